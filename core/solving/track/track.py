"""The whole-track solve: one optimisation over every frame of a person.

Unknown are the camera-space positions of 19 points in all frames; evidence are the networks' 2D and
the directions of their 3D, constraints are constant bone lengths, and smoothness is a term on
accelerations, so that smoothing is part of the solve and has no lag. Each round of a long track is
solved in overlapping windows that fade into each other, so memory stays flat and no seam is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.profiling.side_by_side import side_by_side
from ...data.profiling.stages import staged
from ...geometry.smoothing import blur, eased, interpolate_columns
from ..evidence.evidence import Evidence
from ..evidence.other_views import calmer
from .banded import acceleration_bands, solve_pentadiagonal
from .root_translation import root_translation
from .terms import Normal, Sigmas
from .trunk import trunk_diagonals

_WINDOW: Final = 320
"""Frames of a window at most, without the overlap, which bounds memory; by hand."""
_OVERLAP: Final = 48
"""Frames by which windows reach into each other; by hand."""
_DONE_M: Final = 1e-3
"""Metres of the largest change of a round after which nothing more comes; by hand."""
_SETTLING: Final = 3
"""Rounds with smoothness at full strength: before them, noise and strikes look alike."""
_STRIKE: Final = (0.4, 0.8)
"""Accelerations beyond the first number of sigmas count as true, the second tells how soon."""
_SHARED_ROUNDS: Final = 2
"""Times as many rounds there: what other rays pull moves further from where one view had it."""
_STRIKE_BLUR_S: Final = 0.03
"""Seconds over which accelerations are averaged before; by hand."""
_FALLING: Final = 5.0
"""Metres a second^2 by which limbs that nobody sees accelerate beside gravity; by hand."""
_HIPS: Final = tuple(points.POINTS.index(f"{side}_hip") for side in ("left", "right"))


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Feet on the ground: ``weight`` (t, p) for zero velocity of each point, 1 = it stands.

    ``normal`` (3,) and ``height`` (t, p): where the floor is known, planted points lie at
    ``normal . x = height``; ``on_floor`` (t, p) weighs that. ``falls`` (t, 3) is the acceleration
    to be expected of all points, m/s^2, where somebody is in free flight, None without any.
    """

    weight: F64 = field(metadata=of_shape("t", "p"))
    normal: F64 | None = field(default=None, metadata=of_shape(3))
    height: F64 | None = field(default=None, metadata=of_shape("t", "p"))
    on_floor: F64 | None = field(default=None, metadata=of_shape("t", "p"))
    falls: F64 | None = field(default=None, metadata=of_shape("t", 3))

    def __post_init__(self) -> None:
        check_fields(self)


def initial_points(evidence: Evidence) -> F64:
    """Closed-form start (t, 19, 3): the networks' bodies, each frame moved onto its picture."""
    X = points_as_seen(evidence)
    if evidence.axes is None or evidence.origin is None:
        return X
    return np.einsum("tab,tpb->tpa", evidence.axes, X) + evidence.origin[:, None]


def points_as_seen(evidence: Evidence) -> F64:
    """The same in the axes of the camera as it stands in every frame."""
    limbs = slice(0, points.LIMBS)
    shift = root_translation(
        evidence.xyz_m[:, limbs], evidence.xy[:, limbs], evidence.score[:, limbs]
    )
    grid = np.arange(len(evidence), dtype=np.int64)
    known = evidence.seen & (shift[:, 2] > 0)
    if known.any():
        shift = interpolate_columns(grid, grid[known], shift[known])
    return evidence.xyz_m + shift[:, None]


@staged("solving")
def solve_track(
    evidence: Evidence,
    start: Floats,
    lengths: Floats,
    sigmas: Sigmas,
    planted: Planted | None = None,
    rounds: int = 6,
    settling: int = _SETTLING,
) -> F64:
    """Points (t, 19, 3) in camera space that explain all evidence at once.

    ``start`` (t, 19, 3); ``lengths`` (b,) of ``RIGID_BONES`` in metres; ``settling`` is 0 where
    what accelerates hard in ``start`` does so truly.
    """
    rounds *= _SHARED_ROUNDS if evidence.shared is not None else 1
    by_bone = dict(zip(points.RIGID_BONES, lengths.tolist(), strict=True))
    is_certain = bool(evidence.others) or evidence.placed is not None
    here = start
    for i in range(rounds):
        is_settled = planted is not None or i >= settling
        trunk = trunk_diagonals(here, is_certain=is_certain)
        moved = _moved(evidence, here, (by_bone, trunk), sigmas, planted, is_settled)
        change = np.abs(moved - here).max()
        here = moved
        if is_settled and change < _DONE_M:
            break
    return here


def _moved(
    evidence: Evidence,
    here: Floats,
    lengths: tuple[dict[points.Bone, float], dict[points.Bone, float]],
    sigmas: Sigmas,
    planted: Planted | None,
    is_settled: bool,
) -> F64:
    """The points (t, 19, 3) after a round from ``here``, of windows side by side; ``lengths`` in
    metres of rigid bones and of the trunk's diagonals."""
    windows = _windows(len(evidence))
    new: list[F64] = [np.empty(0)] * len(windows)

    def work(k: int) -> None:
        window = windows[k][0]
        normal = Normal(window.stop - window.start)
        normal.add_lengths(here[window], *lengths, sigmas)
        part = _slice_evidence(evidence, window)
        feet = None if planted is None else _slice_planted(planted, window)
        new[k] = _solve_window(here[window], normal, part, lengths[0], sigmas, feet, is_settled)

    side_by_side(work, range(len(windows)))
    moved = np.zeros_like(here)
    for (window, share), part in zip(windows, new, strict=True):
        moved[window] += share[:, None, None] * part
    return moved


def _windows(t: int) -> list[tuple[slice, F64]]:
    """(what is solved, how much each of its frames counts) for a track of t frames.

    Neighbours fade into each other over the middle of what they share, so no seam is left.
    """
    count = max(1, -(-t // _WINDOW))
    edges = np.linspace(0, t, count + 1).astype(int).tolist()
    out: list[tuple[slice, F64]] = []
    for a, b in pairwise(edges):
        window = slice(max(a - _OVERLAP, 0), min(b + _OVERLAP, t))
        frames = np.arange(window.start, window.stop, dtype=np.int64)
        share = np.ones(len(frames))
        if a > 0:
            share *= _fade(frames - a)
        if b < t:
            share *= 1 - _fade(frames - b)
        out.append((window, share))
    return out


def _fade(after_seam: Floats) -> Floats:
    return eased(after_seam / _OVERLAP + 0.5)


def _slice_evidence(evidence: Evidence, window: slice) -> Evidence:
    return replace(
        evidence,
        xyz_m=evidence.xyz_m[window],
        xy=evidence.xy[window],
        score=evidence.score[window],
        radius=evidence.radius[window],
        detected_xy=evidence.detected_xy[window],
        detected_score=evidence.detected_score[window],
        hands=evidence.hands[window],
        hand_score=evidence.hand_score[window],
        seen=evidence.seen[window],
        others=tuple(one.cut(window) for one in evidence.others),
        shared=None if evidence.shared is None else evidence.shared[window],
        trust=None if evidence.trust is None else evidence.trust[window],
        axes=None if evidence.axes is None else evidence.axes[window],
        origin=None if evidence.origin is None else evidence.origin[window],
        placed=None if evidence.placed is None else evidence.placed[window],
        cut=None if evidence.cut is None else evidence.cut[window],
        drawn_in=None if evidence.drawn_in is None else evidence.drawn_in[window],
    )


def _slice_planted(planted: Planted, window: slice) -> Planted:
    def cut(values: F64 | None) -> F64 | None:
        return None if values is None else values[window]

    return Planted(
        planted.weight[window],
        planted.normal,
        cut(planted.height),
        cut(planted.on_floor),
        cut(planted.falls),
    )


def _solve_window(
    X: Floats,
    normal: Normal,
    evidence: Evidence,
    lengths: dict[points.Bone, float],
    sigmas: Sigmas,
    planted: Planted | None,
    is_settled: bool,
) -> F64:
    """One Gauss-Newton step; ``normal`` already holds the bone lengths."""
    normal.add_picture(X, evidence, sigmas.picture)
    normal.add_directions(X, evidence, lengths, sigmas)
    if evidence.placed is not None:
        normal.add_placed(X, evidence.placed, evidence.score, evidence.placed_sigma_m)
    falls = None if planted is None else planted.falls
    weight = _smoothness(X, evidence, sigmas, is_settled, falls)
    diagonal, first, second = acceleration_bands(weight, len(X))
    if falls is not None:
        _add_falls(normal, weight, falls / evidence.fps**2)
    if planted is not None:
        _add_planted(X, normal, diagonal, first, planted, evidence.fps, sigmas)
    index = np.arange(diagonal.shape[1], dtype=np.int64)
    normal.H[:, index, index] += diagonal
    new = solve_pentadiagonal(normal.H, first, second, normal.g, overwrites=True)
    return new.reshape(X.shape)


def _smoothness(
    X: Floats, evidence: Evidence, sigmas: Sigmas, is_settled: bool, falls: F64 | None
) -> F64:
    """Weights (t - 2, n) of second differences; the hips' depth is stiffer still.

    Once the motion has settled, points that still accelerate hard do so because the evidence
    insists: there the term loses its say (Geman and McClure), or it would halve every fast strike.
    """
    t, fps = len(X), evidence.fps
    weight = np.full((max(t - 2, 0), points.COUNT, 3), (fps**2 / sigmas.acceleration) ** 2)
    usual: Floats | float = sigmas.acceleration
    if evidence.shared is not None:
        share = calmer(evidence.shared[1 : t - 1, None], evidence.axes is not None)
        usual, weight = usual * share, weight / share[..., None] ** 2
    if is_settled and t >= 3:
        bent = np.diff(X, n=2, axis=0) * fps**2
        if falls is not None:
            bent = bent - falls[1:-1, None]
        share = np.linalg.norm(bent, axis=-1) / usual
        sigma = max(_STRIKE_BLUR_S * fps, 0.5)
        around = np.sqrt(np.stack([blur(column**2, sigma) for column in share.T], axis=-1))
        beyond = np.maximum(around - _STRIKE[0], 0) / _STRIKE[1]
        weight /= (1 + beyond**2)[..., None]
    if falls is not None:
        weight[falls[1:-1].any(1)] = (fps**2 / _FALLING) ** 2
    stiff: Floats | float = (fps**2 / sigmas.depth_acceleration) ** 2
    if evidence.shared is not None:
        # What the distance does is seen from elsewhere.
        stiff = (stiff * (1 - evidence.shared[1 : t - 1]))[:, None]
    if evidence.axes is None:
        weight[:, list(_HIPS), 2] += stiff
    else:
        # The bands couple no axis with another: a slanting view's stiffness is shared by its axes.
        along = evidence.axes[1 : t - 1, None, :, 2] ** 2
        weight[:, list(_HIPS)] += np.asarray(stiff)[..., None] * along
    return weight.reshape(-1, 3 * points.COUNT)


def _add_falls(normal: Normal, weight: Floats, bend: Floats) -> None:
    """Second differences are ``bend`` (t, 3) and not nothing, by their ``weight`` (t - 2, n)."""
    pull = weight * np.tile(bend[1:-1], (1, points.COUNT))
    normal.g[:-2] += pull
    normal.g[1:-1] -= 2 * pull
    normal.g[2:] += pull


def _add_planted(
    X: Floats,
    normal: Normal,
    diagonal: F64,
    first: F64,
    planted: Planted,
    fps: float,
    sigmas: Sigmas,
) -> None:
    """Zero velocity between frames that are both planted; where the floor is known, standing soles
    lie on it and none below it."""
    both = np.minimum(planted.weight[1:], planted.weight[:-1]) * (fps / sigmas.foot_speed) ** 2
    each = np.repeat(both, 3, axis=1)
    diagonal[1:] += each
    diagonal[:-1] += each
    first[:-1] -= each
    if planted.normal is not None and planted.height is not None and planted.on_floor is not None:
        normal.add_floor(planted.on_floor, planted.normal, planted.height, sigmas.floor)
        normal.keep_above_floor(X, planted.normal, planted.height, sigmas.floor)
