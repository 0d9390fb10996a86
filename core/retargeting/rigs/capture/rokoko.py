"""Rokoko's Smartsuit and Smartgloves, the skeleton of Rokoko Studio's own exports."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

ROKOKO: Final = RigProfile(
    ("left", "right"),
    {
        "pelvis": "hips",
        "spine": "spine1 spine2 spine3 spine4",
        "neck": "neck",
        "head": "head",
        "collar": "*shoulder",
        "shoulder": "*arm",
        "elbow": "*forearm",
        "wrist": "*hand",
        "hip": "*thigh",
        "knee": "*shin",
        "ankle": "*foot",
        "foot": "*toe",
    },
    {
        finger: " ".join(f"*finger{number}{joint}" for joint in joints)
        for number, finger, joints in (
            (1, "thumb", ("metacarpal", "proximal", "distal")),
            *(
                (number, finger, ("proximal", "medial", "distal"))
                for number, finger in enumerate(("index", "middle", "ring", "pinky"), start=2)
            ),
        )
    },
)
