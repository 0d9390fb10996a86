"""Where the body's landmarks have somebody's hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, check_fields, of_shape
from ..data.collector import Sighting
from ..data.hand_points import SIDES
from ..data.skeletons import COCO_SKELETON
from ..data.types import Landmarks

_PRESENCE: Final = 0.3
"""Chance of a person in the crop from which a body's landmarks count; by hand."""
_FOREARM_TO_KNUCKLES: Final = 0.38
"""Where nobody tells knuckles they are so far beyond the wrist, in forearms; by hand."""
_PALM_SHARE: Final = 0.35
"""A palm is at least so long in the picture, of how long it would be seen from the front: of one
that points at the camera the body's landmarks would make a speck."""
PALM_M: Final = 0.09  # of an adult; by hand


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """A hand as the body's landmarks have it: ``points_px`` (3, 2) of wrist, index and little
    finger's knuckle, and the pixels of a ``palm`` seen from the front."""

    points_px: F64 = field(metadata=of_shape(3, 2))
    palm: float

    def __post_init__(self) -> None:
        check_fields(self)


_ARM: Final = ("elbow", "wrist", "index", "pinky")


def arms_of(person: Sighting) -> list[Arm | None]:
    """Both hands by the body's landmarks, the networks' mean, else by the detector's keypoints."""
    seen = [result.result() for result in person.landmarks]
    sure = [one for one in seen if one.presence > _PRESENCE and np.isfinite(one.xy_px).all()]
    px_per_m = _scale_of(sure, person)
    out: list[Arm | None] = []
    for side in SIDES:
        names = [f"{side}_{part}" for part in _ARM]
        told = [(one.skeleton.select(names), one.xy_px) for one in sure]
        told = told or [(COCO_SKELETON.select(names), np.asarray(person.keypoints_px, np.float32))]
        points = np.mean([pick.of(xy) for pick, xy in told], axis=0).astype(np.float64)
        if not told[0][0].known[:2].all() or not np.isfinite(points).all():
            out.append(None)
            continue
        elbow, wrist, index, pinky = points
        if not told[0][0].known.all():
            index = pinky = wrist + _FOREARM_TO_KNUCKLES * (wrist - elbow)
        palm = px_per_m * PALM_M
        middle = (2 * index + pinky) / 3 - wrist
        short = _PALM_SHARE * palm / max(float(np.linalg.norm(middle)), 1e-6)
        if short > 1:
            index, pinky = wrist + (index - wrist) * short, wrist + (pinky - wrist) * short
        out.append(Arm(np.stack([wrist, index, pinky]), max(palm, 1e-3)))
    return out


_BODY_M: Final = 1.9
"""Metres of the side of a standing person's region, where no network tells any; by hand."""


def _scale_of(sure: Sequence[Landmarks], person: Sighting) -> float:
    """Pixels per metre at a person's place: by their body in pixels and metres."""
    scales: list[float] = []
    for one in sure:
        if one.xyz_m.any():
            weight = np.asarray(one.score, np.float64)[:, None] + 1e-3
            flat = [np.asarray(v, np.float64) for v in (one.xy_px, one.xyz_m[:, :2])]
            flat = [v - (v * weight).sum(0) / weight.sum() for v in flat]
            px, m = (float(np.sqrt((weight * v**2).sum())) for v in flat)
            scales.append(px / max(m, 1e-6))
    return float(np.mean(scales)) if scales else person.region.side_px / _BODY_M
