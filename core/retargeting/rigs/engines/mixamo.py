"""Mixamo's rigs, whose bones carry the namespace "mixamorig:"."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

LIMBS_AND_TRUNK: Final = {
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
"""Also how most of CMU's skeletons are spelled."""

MIXAMO: Final = RigProfile(
    ("left", "right"),
    LIMBS_AND_TRUNK,
    {f: f"*hand{f}#" for f in ("thumb", "index", "middle", "ring", "pinky")},
)
