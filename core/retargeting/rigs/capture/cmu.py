"""The skeletons of the CMU motion capture database as BVH, and what was made after them."""

from __future__ import annotations

from typing import Final

from ..engines.mixamo import LIMBS_AND_TRUNK
from ..profile import RigProfile

CMU: Final = RigProfile(
    ("left", "right"),
    {
        **LIMBS_AND_TRUNK,
        "spine": "lowerback spine spine1",
        "neck": "neck neck1",
    },
    {"index": "*fingerbase *handfinger1"},
)
