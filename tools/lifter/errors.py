"""How far single-frame networks and the lifter are off, part by part, across and along the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...core.arrays import F64, Floats
from ...core.lifter_features import body_size
from ...core.lifting import Lifter, LifterInput
from ...core.rotations import normalize
from ...core.solving import points
from .pair_file import Pair

_FPS: Final = 30.0
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_NORMAL: Final = 0.6745
"""The median of absolute values of a standard normal distribution."""


def spread(xyz_m: Floats, pair: Pair) -> F64:
    """Errors (t, 19, 2) in metres across (one axis) and along the view of root-relative ``xyz_m``
    (t, 19, 3) of any size, against the pair's truth."""
    truth = pair.columns["truth_m"]
    size = np.median(body_size(truth)) / np.median(body_size(xyz_m))
    error = _about_hips(xyz_m) * size - _about_hips(truth)
    xy = truth[..., :2] / truth[..., 2:]
    ray = normalize(np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1))
    along = (error * ray).sum(-1)
    across = np.sqrt(np.maximum((error**2).sum(-1) - along**2, 0) / 2)
    return np.stack([across, np.abs(along)], axis=-1)


def table_of_errors(pairs: Sequence[Pair], lifter: Lifter) -> list[str]:
    """Lines of a Markdown table: robust standard deviations in mm, networks and lifter."""
    networks = np.concatenate([spread(pair.columns["xyz_m"], pair) for pair in pairs])
    lifted = np.concatenate([spread(_lift(pair, lifter), pair) for pair in pairs])
    lines = ["| | networks across / along | lifter |", "|---|---|---|"]
    for part in dict.fromkeys(_part(name) for name in points.POINTS):
        mine = [_part(name) == part for name in points.POINTS]
        shown = []
        for errors in (networks, lifted):
            sigma = 1000 * np.median(errors[:, mine], axis=(0, 1)) / _NORMAL
            shown.append(f"{sigma[0]:.0f} / {sigma[1]:.0f}")
        lines.append(f"| {part} | " + " | ".join(shown) + " |")
    return lines


def _lift(pair: Pair, lifter: Lifter) -> F64:
    """Without the networks' 3D, as ``core.solving.fusion`` asks it."""
    columns = pair.columns
    view = LifterInput(
        xy=columns["xy"],
        score=columns["score"],
        detected_xy=columns["detected_xy"],
        detected_score=columns["detected_score"],
        xyz_m=columns["xyz_m"],
        fps=_FPS,
        seen=np.ones(len(columns["xy"]), bool),
        shows_3d=False,
    )
    return lifter.lift(view).xyz_m


def _about_hips(xyz: Floats) -> Floats:
    return xyz - xyz[:, _HIPS].mean(1, keepdims=True)


def _part(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")
