"""Brings skeletons of motion capture to how joints lie in a body: trunks turned over the hips.

The CMU database's solver put hip joints about 4 cm in front of where anatomy and MakeHuman have
them, each subject's by another bit (0.5 to 6 cm). So trunks, hips to shoulders, lean back against
the legs although nobody leant back. Networks that learn from that show everybody leaning back, and
figures posed after it do.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import Bools, Floats
from ...core.geometry.rotations import normalize
from .body import SIDES, joint, offsets, positions, rotations

_REST_DEG: Final = 6.3
"""How far trunks of 15 of CMU's skeletons lean back at rest, on average."""
_BEND_DEG: Final = -2.9
"""Mean over those subjects of the trunk's lean less the legs' while they stand or walk."""
_SKELETONS_SHARE: Final = 0.6
"""Of a subject's bend beyond that mean so much is the skeleton's, the rest is posture: the slope
of the lean at rest on it (correlation 0.67)."""
_LEAST_FRAMES: Final = 30
_STRAIGHT: Final = 0.9
_UPRIGHT_DEG: Final = 30.0
_HIPS: Final = [joint(f"{side}_hip") for side in SIDES]
_SHOULDERS: Final = [joint(f"{side}_shoulder") for side in SIDES]
_KNEES: Final = [joint(f"{side}_knee") for side in SIDES]
_ANKLES: Final = [joint(f"{side}_ankle") for side in SIDES]
_TRUNK: Final = [joint("spine"), joint("neck"), *_SHOULDERS]


def at_rest_like_a_figure(xyz_m: Floats) -> Floats:
    """One skeleton's joints (n, 22, 3), z up, with its trunk turned forward over its hips.

    The angle comes from its own frames on straight legs, or is the usual one where there are too
    few. Head and arms keep their directions.
    """
    left = normalize(xyz_m[:, _HIPS[0]] - xyz_m[:, _HIPS[1]])
    angle = np.radians(_backward_deg(xyz_m))
    offset = offsets(xyz_m[None].astype(np.float64))
    # About the left axis a positive angle takes up to the front: front = left x up.
    R = rotations(angle * left)[None]
    offset[:, :, _TRUNK] = offset[:, :, _TRUNK] @ R.swapaxes(-1, -2)
    return positions(offset)[0].astype(xyz_m.dtype)


def _backward_deg(xyz_m: Floats) -> float:
    """How far one skeleton's trunk leans back because of where its hips are."""
    bend, stands = _bend_deg(xyz_m)
    usual = stands.sum() < _LEAST_FRAMES
    own = 0.0 if usual else _SKELETONS_SHARE * (_BEND_DEG - float(np.median(bend[stands])))
    return _REST_DEG + own


def _bend_deg(xyz_m: Floats) -> tuple[Floats, Bools]:
    """The trunk's lean forward less the legs' (n,) in degrees, and who is upright on straight legs
    (n,)."""
    shoulders, hips, ankles = (xyz_m[:, k].mean(1) for k in (_SHOULDERS, _HIPS, _ANKLES))
    left = (xyz_m[:, _HIPS] + xyz_m[:, _SHOULDERS]) @ np.diag([1.0, 1.0, 0.0])
    left = normalize(left[:, 0] - left[:, 1])
    ahead = np.cross(left, [0.0, 0.0, 1.0])
    trunk, leg = shoulders - hips, hips - ankles
    lean = np.degrees(np.arctan2((trunk * ahead).sum(-1), trunk[:, 2]))
    legs = np.degrees(np.arctan2((leg * ahead).sum(-1), leg[:, 2]))
    length = sum(
        np.linalg.norm(xyz_m[:, a] - xyz_m[:, b], axis=-1).mean(1)
        for a, b in ((_HIPS, _KNEES), (_KNEES, _ANKLES))
    )
    straight = leg[:, 2] > _STRAIGHT * length
    return lean - legs, straight & (np.abs(lean) < _UPRIGHT_DEG)
