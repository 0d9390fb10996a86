"""How engines, libraries and datasets name their bones: data only.

Names are lower case, without a namespace ("mixamorig:"). "*" stands for the side as the convention
spells it; a finger's "#" for 1, 2, 3 or 01, 02, 03. Several names in one entry are a chain, from
the body outwards; those that a rig lacks are left out. Sources: Mixamo, Epic's mannequins, the VRM
1.0 specification and VRoid, SMPL-X, the CMU skeletons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Chains = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Convention:
    """``sides``: left and right; ``roles``: role without side to names, split at spaces;
    ``fingers``: patterns by finger, or three names; ``switches``: bone and property to value, set
    so that the named bones drive the character; ``digits`` of a finger's number.
    """

    sides: tuple[str, str]
    roles: Chains
    fingers: Chains = field(default_factory=dict[str, str])
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    digits: int = 1


_UNREAL: Final = {
    "pelvis": "pelvis",
    "spine": "spine_01 spine_02 spine_03 spine_04 spine_05",
    "neck": "neck_01 neck_02",
    "head": "head",
    "collar": "clavicle*",
    "shoulder": "upperarm*",
    "elbow": "lowerarm*",
    "wrist": "hand*",
    "hip": "thigh*",
    "knee": "calf*",
    "ankle": "foot*",
    "foot": "ball*",
    "shoulder_twist": "upperarm_twist_01* upperarm_twist_02*",
    "elbow_twist": "lowerarm_twist_02* lowerarm_twist_01*",
    "hip_twist": "thigh_twist_01* thigh_twist_02*",
    "knee_twist": "calf_twist_02* calf_twist_01*",
}
_HUMANOID: Final = {
    "pelvis": "hips",
    "spine": "spine chest upperchest",
    "neck": "neck",
    "head": "head",
    "collar": "*shoulder",
    "shoulder": "*upperarm",
    "elbow": "*lowerarm",
    "wrist": "*hand",
    "hip": "*upperleg",
    "knee": "*lowerleg",
    "ankle": "*foot",
    "foot": "*toes",
}
_MIXAMO: Final = {
    "pelvis": "hips",
    "spine": "spine spine1 spine2 spine3",
    "neck": "neck",
    "head": "head",
    "collar": "*shoulder",
    "shoulder": "*arm",
    "elbow": "*forearm",
    "wrist": "*hand",
    "hip": "*upleg",
    "knee": "*leg",
    "ankle": "*foot",
    "foot": "*toebase",
}
_PLAIN_FINGERS: Final = {f: f"{f}_#*" for f in ("thumb", "index", "middle", "ring", "pinky")}

ENGINES: Final[Mapping[str, Convention]] = {
    "cmu": Convention(
        ("left", "right"),
        {
            **_MIXAMO,
            "spine": "lowerback spine spine1",
            "neck": "neck neck1",
        },
        {"index": "*fingerbase *handfinger1"},
    ),
    "mixamo": Convention(
        ("left", "right"),
        _MIXAMO,
        {f: f"*hand{f}#" for f in ("thumb", "index", "middle", "ring", "pinky")},
    ),
    "unreal": Convention(("_l", "_r"), _UNREAL, _PLAIN_FINGERS, digits=2),
    "vrm": Convention(
        ("left", "right"),
        _HUMANOID,
        {
            "thumb": "*thumbmetacarpal *thumbproximal *thumbintermediate *thumbdistal",
            **{
                finger: f"*{name}proximal *{name}intermediate *{name}distal"
                for finger, name in (
                    ("index", "index"),
                    ("middle", "middle"),
                    ("ring", "ring"),
                    ("pinky", "little"),
                )
            },
        },
    ),
    "vroid": Convention(
        ("l_", "r_"),
        {
            **{
                role: " ".join(f"j_bip_c_{name}" for name in _HUMANOID[role].split())
                for role in ("pelvis", "spine", "neck", "head")
            },
            **{
                role: f"j_bip_{name}"
                for role, name in _HUMANOID.items()
                if role not in ("pelvis", "spine", "neck", "head", "foot")
            },
            "foot": "j_bip_*toebase",
        },
        {
            finger: f"j_bip_*{name}#"
            for finger, name in (
                ("thumb", "thumb"),
                ("index", "index"),
                ("middle", "middle"),
                ("ring", "ring"),
                ("pinky", "little"),
            )
        },
    ),
    "smplx": Convention(
        ("left_", "right_"),
        {
            "pelvis": "pelvis",
            "spine": "spine1 spine2 spine3",
            "neck": "neck",
            "head": "head",
            **{
                part: f"*{part}"
                for part in (
                    "collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot",
                )
            },
        },
        {f: f"*{f}#" for f in ("thumb", "index", "middle", "ring", "pinky")},
    ),
}  # fmt: skip
"""Conventions of engines, libraries and datasets, by name."""
