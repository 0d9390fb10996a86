"""VRM 1.0 humanoids, as Unity names their bones too."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

HUMANOID: Final = {
    "pelvis": "hips",
    "spine": "spine chest upperchest",
    "neck": "neck",
    "head": "head",
    "jaw": "jaw",
    "collar": "*shoulder",
    "shoulder": "*upperarm",
    "elbow": "*lowerarm",
    "wrist": "*hand",
    "hip": "*upperleg",
    "knee": "*lowerleg",
    "ankle": "*foot",
    "foot": "*toes",
}
"""Roles by the specification's names."""

VRM: Final = RigProfile(
    ("left", "right"),
    HUMANOID,
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
)
