"""How the rigs of character tools name their bones: data only, spelled as in ``conventions``.

Sources: Rigify (Blender 4.5), MPFB/MakeHuman's default rig, Daz Genesis 3 to 9, Auto-Rig Pro.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .conventions import ENGINES, Convention

_RIGIFY: Final = {
    "neck": "neck",
    "head": "head",
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
ARTISTS: Final[Mapping[str, Convention]] = {
    "rigify": Convention(
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
    ),
    "rigify_metarig": Convention((".l", ".r"), _RIGIFY_META, _RIGIFY_FINGERS, digits=2),
    "rigify_deform": Convention(
        (".l", ".r"),
        {
            role: " ".join(f"def-{name} def-{name}.001" for name in names.split())
            if role in ("shoulder", "elbow", "hip", "knee")
            else " ".join(f"def-{name}" for name in names.split())
            for role, names in _RIGIFY_META.items()
        },
        {finger: f"def-{name}" for finger, name in _RIGIFY_FINGERS.items()},
        digits=2,
    ),
    "makehuman": Convention(
        (".l", ".r"),
        {
            "pelvis": "root",
            "spine": "spine05 spine04 spine03 spine02 spine01",
            "neck": "neck01 neck02 neck03",
            "head": "head",
            "collar": "clavicle* shoulder01*",
            "shoulder": "upperarm01* upperarm02*",
            "elbow": "lowerarm01* lowerarm02*",
            "wrist": "wrist*",
            "hip": "upperleg01* upperleg02*",
            "knee": "lowerleg01* lowerleg02*",
            "ankle": "foot*",
            "foot": "toe3-1*",
        },
        {
            finger: f"finger{number}-#*"
            for number, finger in enumerate(("thumb", "index", "middle", "ring", "pinky"), start=1)
        },
    ),
    "daz_genesis_8": Convention(
        ("l", "r"),
        {
            "root": "hip",
            "pelvis": "pelvis",
            "spine": "abdomenlower abdomenupper chestlower chestupper",
            "neck": "necklower neckupper",
            "head": "head",
            "collar": "*collar",
            "shoulder": "*shldrbend *shldrtwist",
            "elbow": "*forearmbend *forearmtwist",
            "wrist": "*hand",
            "hip": "*thighbend *thightwist",
            "knee": "*shin",
            "ankle": "*foot",
            "foot": "*toe",
        },
        {
            finger: f"*{name}#"
            for finger, name in (
                ("thumb", "thumb"),
                ("index", "index"),
                ("middle", "mid"),
                ("ring", "ring"),
                ("pinky", "pinky"),
            )
        },
    ),
    "daz_genesis_9": Convention(
        ("l_", "r_"),
        {
            "root": "hip",
            "pelvis": "pelvis",
            "spine": "spine1 spine2 spine3 spine4",
            "neck": "neck1 neck2",
            "head": "head",
            "collar": "*shoulder",
            "shoulder": "*upperarm",
            "elbow": "*forearm",
            "wrist": "*hand",
            "hip": "*thigh",
            "knee": "*shin",
            "ankle": "*foot",
            "foot": "*toes",
            "shoulder_twist": "*upperarmtwist1 *upperarmtwist2",
            "elbow_twist": "*forearmtwist1 *forearmtwist2",
            "hip_twist": "*thightwist1 *thightwist2",
        },
        {
            finger: f"*{name}#"
            for finger, name in (
                ("thumb", "thumb"),
                ("index", "index"),
                ("middle", "mid"),
                ("ring", "ring"),
                ("pinky", "pinky"),
            )
        },
    ),
    "auto_rig_pro": Convention(
        (".l", ".r"),
        {
            "pelvis": "c_root_master.x",
            "spine": "c_spine_01.x c_spine_02.x c_spine_03.x",
            "neck": "c_neck.x",
            "head": "c_head.x",
            "collar": "c_shoulder*",
            "shoulder": "c_arm_fk*",
            "elbow": "c_forearm_fk*",
            "wrist": "c_hand_fk*",
            "hip": "c_thigh_fk*",
            "knee": "c_leg_fk*",
            "ankle": "c_foot_fk*",
            "foot": "c_toes_fk*",
        },
        {f: f"c_{f}#*" for f in ("thumb", "index", "middle", "ring", "pinky")},
        {("c_hand_ik*", "ik_fk_switch"): 1.0, ("c_foot_ik*", "ik_fk_switch"): 1.0},
    ),
    "auto_rig_pro_export": Convention(
        (".l", ".r"),
        {
            "pelvis": "root.x",
            "spine": "spine_01.x spine_02.x spine_03.x",
            "neck": "neck.x",
            "head": "head.x",
            "collar": "shoulder*",
            "shoulder": "arm_stretch*",
            "elbow": "forearm_stretch*",
            "wrist": "hand*",
            "hip": "thigh_stretch*",
            "knee": "leg_stretch*",
            "ankle": "foot*",
            "foot": "toes_01*",
        },
        {f: f"{f}#*" for f in ("thumb", "index", "middle", "ring", "pinky")},
    ),
}
"""Conventions of rigs made for animators, by name."""

CONVENTIONS: Final[Mapping[str, Convention]] = {**ARTISTS, **ENGINES}
"""Where several fit a rig equally well, the first is taken: controls before what they drive."""
