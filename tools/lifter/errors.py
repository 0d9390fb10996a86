"""How far single-frame networks and the lifter are off, part by part, across and along the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import F64, Floats
from ...core.data.skeletons import part_of
from ...core.geometry.rotations import normalize
from ...core.lifting.features import about_hips, body_size
from ...core.lifting.lifter import Lifter
from .pair_file import Pair
from .real_judge import view_of

_NORMAL: Final = 0.6745
"""The median of absolute values of a standard normal distribution."""


def spread(xyz_m: Floats, pair: Pair) -> F64:
    """Errors (t, 19, 2) in metres across (one axis) and along the view of root-relative ``xyz_m``
    (t, 19, 3) of any size, against the pair's truth."""
    truth = pair.columns["truth_m"]
    size = np.median(body_size(truth)) / np.median(body_size(xyz_m))
    error = about_hips(xyz_m) * size - about_hips(truth)
    xy = truth[..., :2] / truth[..., 2:]
    ray = normalize(np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1))
    along = (error * ray).sum(-1)
    across = np.sqrt(np.maximum((error**2).sum(-1) - along**2, 0) / 2)
    return np.stack([across, np.abs(along)], axis=-1)


def table_of_errors(pairs: Sequence[Pair], lifter: Lifter) -> list[str]:
    """Lines of a Markdown table: robust standard deviations in mm, networks and lifter."""
    networks = np.concatenate([spread(pair.columns["xyz_m"], pair) for pair in pairs])
    # Without the networks' 3D, as ``core.solving.evidence.lifter_fusion`` asks.
    answers = [lifter.lift(view_of(pair, shows_3d=False)).xyz_m for pair in pairs]
    lifted = np.concatenate([spread(xyz, pair) for xyz, pair in zip(answers, pairs, strict=True)])
    lines = ["| | networks across / along | lifter |", "|---|---|---|"]
    for part in dict.fromkeys(part_of(name) for name in points.POINTS):
        mine = [part_of(name) == part for name in points.POINTS]
        shown = []
        for errors in (networks, lifted):
            sigma = 1000 * np.median(errors[:, mine], axis=(0, 1)) / _NORMAL
            shown.append(f"{sigma[0]:.0f} / {sigma[1]:.0f}")
        lines.append(f"| {part} | " + " | ".join(shown) + " |")
    return lines
