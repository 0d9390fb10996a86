"""Avatars for VRChat, as its community's tools name bones: "Left arm", "Left elbow", "Left leg"."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

VRCHAT: Final = RigProfile(
    ("left", "right"),
    {
        "pelvis": "hips",
        "spine": "spine chest upper_chest",
        "neck": "neck",
        "head": "head",
        "collar": "*_shoulder",
        "shoulder": "*_arm",
        "elbow": "*_elbow",
        "wrist": "*_wrist",
        "hip": "*_leg",
        "knee": "*_knee",
        "ankle": "*_ankle",
        "foot": "*_toe",
    },
    {
        "thumb": "thumb0_* thumb1_* thumb2_*",
        **{
            finger: f"{name}finger#_*"
            for finger, name in (
                ("index", "index"),
                ("middle", "middle"),
                ("ring", "ring"),
                ("pinky", "little"),
            )
        },
    },
    finger_sides=("l", "r"),
)
