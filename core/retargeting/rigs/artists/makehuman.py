"""MakeHuman's and MPFB's default rig."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

MAKEHUMAN: Final = RigProfile(
    (".l", ".r"),
    {
        "pelvis": "root",
        "spine": "spine05 spine04 spine03 spine02 spine01",
        "neck": "neck01 neck02 neck03",
        "head": "head",
        "jaw": "jaw",
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
)
