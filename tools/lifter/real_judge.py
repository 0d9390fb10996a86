"""How a lifter does on held-out pairs: whole tracks, as the product would lift them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Bools, Floats
from ...core.geometry.alignment import aligned_error
from ...core.lifting.features import CANONICAL_M, about_hips, body_size, look_at
from ...core.lifting.lifter import LifterInput, Network, lift_with
from .motion import FPS
from .pair_file import Pair


@dataclass(frozen=True, slots=True)
class RealScore:
    """Limb joints of real detections, millimetres on a body of 1.7 m: mean distance from the hips,
    after the best similarity, of ``hidden_mm`` joints alone; rms of error over sigma across and
    along the view."""

    root_mm: float
    pa_mm: float
    hidden_mm: float
    calibration: tuple[float, float]


def judge_pairs(
    network: Network, pairs: Sequence[Pair], *, shows_3d: bool
) -> tuple[RealScore, dict[str, float]]:
    """The mean over clips, and PA by clip; ``network`` as ``core.lifting.lifter`` runs it."""

    def lifted(pair: Pair) -> tuple[Floats, Floats]:
        answer = lift_with(network, view_of(pair, shows_3d=shows_3d))
        return answer.xyz_m, answer.sigma_view_m

    return judge_with(lifted, pairs)


def view_of(pair: Pair, *, shows_3d: bool) -> LifterInput:
    """The pair as a lifter is shown it."""
    c = pair.columns
    seen = (c["score"].max(1) > 0) | (c["detected_score"].max(1) > 0)
    return LifterInput(
        c["xy"],
        c["score"],
        c["detected_xy"],
        c["detected_score"],
        c["xyz_m"],
        FPS,
        seen,
        shows_3d,
    )


def judge_with(
    answer: Callable[[Pair], tuple[Floats, Floats]], pairs: Sequence[Pair]
) -> tuple[RealScore, dict[str, float]]:
    """Score any source of joints (t, 19, 3) in camera axes with sigmas (t, 19, 2)."""
    rows: dict[str, list[Floats]] = {}
    for pair in pairs:
        xyz, sigma = answer(pair)
        rows.setdefault(pair.clip, []).append(_score_track(pair, xyz, sigma))
    by_clip = {clip: _mean_of_known(tracks) for clip, tracks in rows.items()}
    mean = _mean_of_known(list(by_clip.values()))
    score = RealScore(
        float(mean[0]),
        float(mean[1]),
        float(mean[2]),
        (float(np.sqrt(mean[3])), float(np.sqrt(mean[4]))),
    )
    return score, {clip: float(row[1]) for clip, row in by_clip.items()}


def _mean_of_known(rows: Sequence[Floats]) -> Floats:
    values = np.array(rows)
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(0)
    return np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nan)


def _score_track(pair: Pair, xyz: Floats, sigma: Floats) -> Floats:
    truth = pair.columns["truth_m"]
    unit = CANONICAL_M / np.median(body_size(truth))
    scale = CANONICAL_M / np.median(body_size(xyz))
    truth, xyz = about_hips(truth) * unit, about_hips(xyz) * scale
    limbs = slice(0, points.LIMBS)
    distance = np.linalg.norm(xyz - truth, axis=-1)[:, limbs]
    hidden: Bools = pair.columns["hidden"][:, limbs] > 0
    rays = pair.columns["xy"][:, limbs].mean(1)
    error = (xyz - truth) @ look_at(rays).swapaxes(-1, -2)
    ratio = (error / (sigma[..., [0, 0, 1]] * scale))[:, limbs] ** 2
    return np.array(
        [
            1000 * distance.mean(),
            1000 * aligned_error(xyz[:, limbs], truth[:, limbs]).mean(),
            1000 * distance[hidden].mean() if hidden.sum() > 20 else np.nan,
            ratio[..., :2].mean(),
            ratio[..., 2].mean(),
        ]
    )
