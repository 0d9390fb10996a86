"""Acclaim skeletons (ASF), as the CMU motion capture database's own files name their bones."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

ACCLAIM: Final = RigProfile(
    ("l", "r"),
    {
        "pelvis": "root",
        "spine": "lowerback upperback thorax",
        "neck": "lowerneck upperneck",
        "head": "head",
        "collar": "*clavicle",
        "shoulder": "*humerus",
        "elbow": "*radius",
        "wrist": "*wrist",
        "hip": "*femur",
        "knee": "*tibia",
        "ankle": "*foot",
        "foot": "*toes",
    },
)
