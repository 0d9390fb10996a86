"""The faults of detectors as a table: those of real ones beside those of the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Floats
from ...core.geometry.alignment import aligned_error
from ...core.lifting.features import CANONICAL_M, about_hips, body_size, look_at
from .body import point
from .chance import Chance
from .detectors import body_frame
from .motion import Motion
from .pair_file import Pair
from .pairs import PairBook, Sightings
from .sampling import Conditions, film_motion, simulate

_REASONS: Final = ("in view", "own body", "somebody", "a thing", "outside")
_LIMBS: Final = slice(0, points.LIMBS)
_BONES: Final = {
    f"{a} to {b}": [(point(f"{s}_{a}"), point(f"{s}_{b}")) for s in ("left", "right")]
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
}
_STEEP: Final = 0.25
"""A bone's depth has a sign worth telling from this share of its length."""
_WINDOWS: Final = 400
_FRAMES: Final = 32
Row = tuple[str, float]


def faults(seen: Sightings) -> list[Row]:
    """Name and figure of everything; lengths in millimetres on a body of 1.7 m."""
    return [*_in_picture(seen), *_in_depth(seen)]


def table_of_faults(motion: Motion, pairs: Sequence[Pair]) -> list[str]:
    """Lines of a Markdown table: each quality's real detections, then the simulation."""
    columns = {}
    for quality in dict.fromkeys(pair.quality for pair in pairs):
        book = PairBook([pair for pair in pairs if pair.quality == quality and not pair.held_out])
        columns[quality] = dict(faults(book.draw(_WINDOWS, _FRAMES, Chance(1))))
    tree, _, _ = film_motion(motion, _WINDOWS, _FRAMES, Chance(2), Conditions())
    columns["simulated"] = dict(faults(simulate(tree, Chance(3), Conditions(severe=True))))
    names = dict.fromkeys(name for column in columns.values() for name in column)
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for name in names:
        figures = (column.get(name) for column in columns.values())
        shown = ("" if figure is None else f"{figure:.3g}" for figure in figures)
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return lines


def bias(seen: Sightings) -> dict[str, Floats]:
    """Where the detectors see each visible point, minus the joint, millimetres left, up, front.

    What lies along the view can't be seen: least squares over all views.
    """
    frame = body_frame(seen.xyz)
    out = {}
    for name, xy in (("blazepose", seen.xy), ("multipose", seen.detected_xy)):
        count = xy.shape[2]
        error = _error_m(seen, xy)
        ok = seen.hidden[:, :, :count] == 0
        across = np.swapaxes(frame, -1, -2)[:, :, :, :2]  # what a body axis does in the picture
        table = np.zeros((count, 3))
        for j in range(count):
            use = ok[:, :, j] & (np.linalg.norm(error[:, :, j], axis=-1) < 0.15)
            if use.sum() > 50:
                A = np.swapaxes(across[use], -1, -2).reshape(-1, 3)
                table[j] = np.linalg.lstsq(A, error[:, :, j][use].ravel(), rcond=None)[0]
        out[name] = 1000 * table
    return out


def _error_m(seen: Sightings, xy: Floats) -> Floats:
    theirs = seen.xyz[:, :, : xy.shape[2]]
    return (xy - theirs[..., :2] / np.maximum(theirs[..., 2:], 0.3)) * theirs[..., 2:]


def _in_picture(seen: Sightings) -> list[Row]:
    rows: list[Row] = []
    for name, xy, score in (
        ("BlazePose", seen.xy[:, :, _LIMBS], seen.score[:, :, _LIMBS]),
        ("MultiPose", seen.detected_xy, seen.detected_score),
    ):
        error = _error_m(seen, xy)
        size = 1000 * np.linalg.norm(error, axis=-1)
        reason = seen.hidden[:, :, _LIMBS]
        known = score > 0
        for code, why in enumerate(_REASONS):
            which = (reason == code) & known
            if which.sum() < 100:
                continue
            for share in (50, 90):
                what = f"{name}, {why}: error, {share} % below, mm"
                rows.append((what, float(np.percentile(size[which], share))))
            rows.append((f"{name}, {why}: score", float(score[which].mean())))
            rows.append((f"{name}, {why}: score over 0.5, %", _percent(score[which] > 0.5)))
        visible = (reason[:, 1:] == 0) & (reason[:, :-1] == 0) & known[:, 1:] & known[:, :-1]
        visible &= (size[:, 1:] < 150) & (size[:, :-1] < 150)
        a, b = error[:, :-1][visible], error[:, 1:][visible]
        rows.append((f"{name}, in view: error from frame to frame, correlation", _alike(a, b)))
    return rows


def _in_depth(seen: Sightings) -> list[Row]:
    hips = seen.xyz[:, :, 6:8].mean(2, keepdims=True)
    R = look_at(hips[:, :, 0, :2] / np.maximum(hips[:, :, 0, 2:], 0.3))
    truth = (seen.xyz - hips) @ R.swapaxes(-1, -2)
    size = np.median(body_size(seen.guess), axis=-1)[:, None, None, None] / CANONICAL_M
    guess = (about_hips(seen.guess) @ R.swapaxes(-1, -2)) / size
    limbs = (truth[:, :, _LIMBS], guess[:, :, _LIMBS])
    error = limbs[1] - limbs[0]
    is_clear = (seen.hidden[:, :, _LIMBS] == 0).mean(-1) > 0.8
    pa = 1000 * aligned_error(limbs[1][:, ::4], limbs[0][:, ::4]).mean(-1)
    rows: list[Row] = [
        ("3D: PA, in plain view, mm", _mean(pa[is_clear[:, ::4]])),
        ("3D: PA, much hidden, mm", _mean(pa[~is_clear[:, ::4]])),
        ("3D: error across, mm", 1000 * float(np.sqrt((error[..., :2] ** 2).mean()))),
        ("3D: error along, mm", 1000 * float(np.sqrt((error[..., 2] ** 2).mean()))),
        (
            "3D: error along that lasts the window, % of its variance",
            100 * float((error[..., 2].mean(1) ** 2).mean() / (error[..., 2] ** 2).mean()),
        ),
        (
            "3D: depth told for a metre of depth, m",
            float((limbs[0][..., 2] * limbs[1][..., 2]).sum() / (limbs[0][..., 2] ** 2).sum()),
        ),
    ]
    is_away = (seen.xyz[:, :, 0] - seen.xyz[:, :, 1])[..., 0] < 0
    for bone, ends in _BONES.items():
        wrong, away = [], []
        for a, b in ends:
            z, told = truth[:, :, b] - truth[:, :, a], guess[:, :, b, 2] - guess[:, :, a, 2]
            steep = np.abs(z[..., 2]) > _STEEP * np.linalg.norm(z, axis=-1)
            wrong.append((np.sign(told) != np.sign(z[..., 2]))[steep])
            away.append(is_away[steep])
        turned, behind = np.concatenate(wrong), np.concatenate(away)
        rows.append((f"3D: {bone} turned over, from the front, %", _percent(turned[~behind])))
        rows.append((f"3D: {bone} turned over, from behind, %", _percent(turned[behind])))
    return rows


def _percent(values: Floats) -> float:
    return 100 * _mean(values)


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _alike(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(0), b - b.mean(0)
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
