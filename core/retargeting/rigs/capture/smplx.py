"""SMPL-X's own joints, which are those of Limn's figures."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

SMPLX: Final = RigProfile(
    ("left_", "right_"),
    {
        "pelvis": "pelvis",
        "spine": "spine1 spine2 spine3",
        "neck": "neck",
        "head": "head",
        "jaw": "jaw",
        **{
            part: f"*{part}"
            for part in (
                "collar",
                "shoulder",
                "elbow",
                "wrist",
                "hip",
                "knee",
                "ankle",
                "foot",
            )
        },
    },
    {f: f"*{f}#" for f in ("thumb", "index", "middle", "ring", "pinky")},
)
