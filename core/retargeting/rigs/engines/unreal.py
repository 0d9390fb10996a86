"""Epic's mannequins of Unreal Engine 4 and 5, and MB-Lab's people, who have toes like theirs."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

_ROLES: Final = {
    "pelvis": "pelvis",
    "spine": "spine_01 spine_02 spine_03 spine_04 spine_05",
    "neck": "neck_01 neck_02 neck",
    "head": "head",
    "jaw": "facial_c_jaw",
    "collar": "clavicle*",
    "shoulder": "upperarm*",
    "elbow": "lowerarm*",
    "wrist": "hand*",
    "hip": "thigh*",
    "knee": "calf*",
    "ankle": "foot*",
    "foot": "ball* toes*",
    "shoulder_twist": "upperarm_twist_01* upperarm_twist_02*",
    "elbow_twist": "lowerarm_twist_02* lowerarm_twist_01*",
    "hip_twist": "thigh_twist_01* thigh_twist_02*",
    "knee_twist": "calf_twist_02* calf_twist_01*",
}

UNREAL: Final = RigProfile(
    ("_l", "_r"),
    _ROLES,
    {finger: f"{finger}_#*" for finger in ("thumb", "index", "middle", "ring", "pinky")},
    digits=2,
)
