"""Noitom's Perception Neuron, whose hands have a bone in the palm before each finger."""

from __future__ import annotations

from typing import Final

from ..engines.mixamo import LIMBS_AND_TRUNK
from ..profile import RigProfile

PERCEPTION_NEURON: Final = RigProfile(
    ("left", "right"),
    {
        **{role: names for role, names in LIMBS_AND_TRUNK.items() if role != "foot"},
        "neck": "neck neck1",
    },
    {
        "thumb": "*handthumb1 *handthumb2 *handthumb3",
        **{f: f"*hand{f}#" for f in ("index", "middle", "ring", "pinky")},
    },
    marks=("*inhandindex", "*inhandmiddle"),
)
