"""What a hand tells of its forearm: a wrist bends only so far."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...data.hand_points import SIDES
from ...geometry.rotations import normalize
from ...geometry.smoothing import eased
from ...hands.model import MIRROR
from ...hands.posing import HandMotion
from ..evidence.evidence import Evidence
from .joint_limits import soft

_DEVIATION: Final = float(np.radians(35))
"""How far a wrist bends to the thumb's or the little finger's side."""
_FLEXION: Final = float(np.radians(75))
"""How far to the palm or the back of the hand. Both are ends that hardly anybody reaches: American
Academy of Orthopaedic Surgeons (Joint Motion, 1965)."""
_SHARE: Final = 0.8
"""How much of what a wrist can't do the forearm takes over of a hand that is surely seen; by hand.
The rest is doubt in the hand."""
_ABSURD: Final = (float(np.radians(70)), float(np.radians(110)))
"""Where a forearm would have to turn by more, the hand is mistaken."""


def turn_forearms(evidence: Evidence, motion: HandMotion | None) -> Evidence:
    """``evidence`` with the 3D direction of forearms changed as far as the hands at their ends
    leave no other way; the picture's own evidence stays."""
    if motion is None or not evidence.shows_3d:
        return evidence
    xyz = evidence.xyz_m.copy()
    for k, side in enumerate(SIDES):
        elbow, wrist = (points.POINTS.index(f"{side}_{part}") for part in ("elbow", "wrist"))
        bone = evidence.xyz_m[:, wrist] - evidence.xyz_m[:, elbow]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        along = bone / np.maximum(length, 1e-9)
        wanted = _bearable(along, motion.R_camera_palm[:, k], side)
        turn = np.arccos(np.clip((along * wanted).sum(-1), -1, 1))
        sane = 1 - eased((turn - _ABSURD[0]) / (_ABSURD[1] - _ABSURD[0]))
        # Half sure hands are wrong more often than forearms.
        share = (_SHARE * motion.sure[:, k] ** 2 * sane)[:, None]
        xyz[:, wrist] += length * (normalize(along + share * (wanted - along)) - along)
    return replace(evidence, xyz_m=xyz)


def _bearable(along: Floats, palm: Floats, side: str) -> F64:
    """The direction (t, 3) nearest to ``along``, from elbow to wrist, that the wrist of a hand
    turned as ``palm`` (t, 3, 3) allows."""
    mirror = np.ones(3) if side == "left" else MIRROR
    x, y, z = np.moveaxis(np.einsum("tba,tb->ta", palm, along) * mirror, -1, 0)
    deviation, flexion = np.arctan2(z, x), np.arcsin(np.clip(y, -1, 1))
    deviation = np.sign(deviation) * soft(np.abs(deviation), _DEVIATION)
    flexion = np.sign(flexion) * soft(np.abs(flexion), _FLEXION)
    flat = np.cos(flexion)
    local = np.stack([flat * np.cos(deviation), np.sin(flexion), flat * np.sin(deviation)], -1)
    return np.einsum("tab,tb->ta", palm, local * mirror)
