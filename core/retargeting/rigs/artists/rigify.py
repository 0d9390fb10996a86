"""Blender's Rigify: the generated controls, the metarig, and the deforming bones alone."""

from __future__ import annotations

from typing import Final

from ..profile import IkLimb, RigProfile

_RIGIFY: Final = {
    "neck": "neck",
    "head": "head",
    "jaw": "jaw_master",
    "collar": "shoulder*",
    "shoulder": "upper_arm_fk*",
    "elbow": "forearm_fk*",
    "wrist": "hand_fk*",
    "hip": "thigh_fk*",
    "knee": "shin_fk*",
    "ankle": "foot_fk*",
}
_RIGIFY_META: Final = {
    "pelvis": "spine",
    "spine": "spine.001 spine.002 spine.003",
    "neck": "spine.004 spine.005",
    "head": "spine.006",
    "collar": "shoulder*",
    "shoulder": "upper_arm*",
    "elbow": "forearm*",
    "wrist": "hand*",
    "hip": "thigh*",
    "knee": "shin*",
    "ankle": "foot*",
    "foot": "toe*",
}
_RIGIFY_FINGERS: Final = {
    finger: f"{name}.#*"
    for finger, name in (
        ("thumb", "thumb"),
        ("index", "f_index"),
        ("middle", "f_middle"),
        ("ring", "f_ring"),
        ("pinky", "f_pinky"),
    )
}


def _ik_limb(
    part: str, lower: str, control: str, roles: tuple[str, str, str], toe: str = ""
) -> IkLimb:
    keys = {
        "IK_FK": 0.0, "pole_vector": 1.0, "IK_parent": 1.0, "pole_parent": 1.0, "IK_Stretch": 0.0,
    }  # fmt: skip
    switches = {(f"{part}_parent*", key): value for key, value in keys.items()}
    # A chain that may stretch does so even where folding would reach: knees came out 25 mm off.
    switches |= {(bone, "ik_stretch"): 0.0 for bone in (f"{part}_ik*", f"MCH-{lower}_ik*")}
    return IkLimb(roles, control, f"{part}_ik_target*", toe, switches)


_IK: Final = (
    _ik_limb("upper_arm", "forearm", "hand_ik*", ("shoulder", "elbow", "wrist")),
    _ik_limb("thigh", "shin", "foot_ik*", ("hip", "knee", "ankle"), "toe_ik*"),
)

RIGIFY: Final = RigProfile(
    (".l", ".r"),
    {
        **_RIGIFY,
        "root": "torso",
        "pelvis": "spine_fk",
        "spine": "spine_fk.001 spine_fk.002 spine_fk.003",
        "foot": "toe_fk*",
    },
    _RIGIFY_FINGERS,
    {
        ("torso", "neck_follow"): 1.0,
        ("torso", "head_follow"): 1.0,
        ("upper_arm_parent*", "IK_FK"): 1.0,
        ("upper_arm_parent*", "FK_limb_follow"): 0.0,
        ("thigh_parent*", "IK_FK"): 1.0,
        ("thigh_parent*", "FK_limb_follow"): 0.0,
    },
    digits=2,
    ik=_IK,
    ik_sides=(".L", ".R"),
)
RIGIFY_METARIG: Final = RigProfile((".l", ".r"), _RIGIFY_META, _RIGIFY_FINGERS, digits=2)

RIGIFY_DEFORM: Final = RigProfile(
    (".l", ".r"),
    {
        role: " ".join(f"def-{name} def-{name}.001" for name in names.split())
        if role in ("shoulder", "elbow", "hip", "knee")
        else " ".join(f"def-{name}" for name in names.split())
        for role, names in _RIGIFY_META.items()
    },
    {finger: f"def-{name}" for finger, name in _RIGIFY_FINGERS.items()},
    digits=2,
)
