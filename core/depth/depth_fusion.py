"""From kept depth readings and a first solve to the evidence of a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Bools, Floats
from ..data.observations import Observed
from ..data.settings import Settings
from ..data.types import Camera
from ..geometry.camera import normalized_from_px
from ..solving.floor.ground import Ground
from ..solving.person import Solved
from . import reading
from .evidence import Expected, JointDepth, expect, joint_depth
from .occlusion import Body
from .scale import Affine, fit_scale, likeness, steadied

_SOLVED_M: Final = 0.09
_SOLVED_FLAT_M: Final = 0.12
"""Error in depth of a first solve from networks with 3D, and from the lifter alone."""
_MAP_SHARE: Final = 0.02
"""A map's own error, as a share of the nearest person's inverse depth: far people suffer most. No
map is trusted better."""
_TO_SIGMA: Final = 1.4826  # of a normal distribution over its median error
_FLOOR_SHARE: Final = 0.04
"""How well it knows the floor's, as a share of the distance."""
_FLOOR_REACH: Final = 1.6
"""Floor counts up to this many times nearer or farther than the people."""
_LEAST_LIKENESS: Final = 0.5
"""Maps less like the floor that is known show another scene, or nothing: they are left out."""
_BLUR_S: Final = 0.4  # seconds in which frames share a scale; by hand
_LEAST_SCORE: Final = 0.2  # a point's, below which nothing is read; by hand
_COVERED_M: Final = 0.15  # error of what covers a sample; by hand
_LEAST_READ_M: Final = 0.03  # error of a reading at least; by hand
_LEAST_SHARE: Final = 0.5
"""Of what readings and a first solve differ by, at least this much is the readings' fault."""
_PRIOR_M: Final = 0.13
_PRIOR_FLAT_M: Final = 0.25
"""The same of single joints in the evidence that depth is weighed against."""
_MOST_RESIZED: Final = 0.4
"""Of the logarithm: children are that much shorter. Beyond, something else was read."""
_LEAST_RESIZED: Final = 0.02  # a smaller change of size is none; by hand
_RESIZE_ROUNDS: Final = 3  # of sizes and scales in turn; by hand
_NEAREST_M: Final = 0.2  # before the lens; by hand
_FARTHEST_PER_M: Final = 1e-2  # inverse depth of 100 m; by hand
_NOSE: Final = points.POINTS.index("nose")
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_TRUNK: Final = [0, 1, *_HIPS, *range(reading.TRUNK.start, reading.TRUNK.stop)]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedByDepth:
    """One person after the depth was read: ``solved`` with new evidence, and what was judged.

    ``is_scene`` is False where the shot's maps weren't like its floor and were left out.
    """

    solved: Solved
    joints: JointDepth
    ratio: float
    is_scene: bool


def has_depth(seen: Observed) -> bool:
    """Whether a depth network looked at the clip."""
    return any(track.depth is not None for track in seen.tracks)


def place_by_depth(
    seen: Observed,
    solved: Sequence[Solved],
    grounds: Sequence[Ground],
    shots: Sequence[int],
    camera: Camera,
    settings: Settings,
) -> list[PlacedByDepth]:
    """Everybody's evidence with what depth says of each joint, of their size and distance.

    All people of a shot are fitted to one scale. People whose height nobody gave are moved along
    the view and resized to the depth that the first of their shot has.
    """
    out: dict[int, PlacedByDepth] = {}
    for shot in sorted(set(shots)):
        members = [i for i, at in enumerate(shots) if at == shot]
        first = 0 if shot == 0 else int(seen.cuts[shot - 1])
        last = int(seen.cuts[shot]) if shot < len(seen.cuts) else len(seen.time_s)
        scene = _Scene(seen, [solved[i] for i in members], grounds[members[0]], camera, first, last)
        placed = scene.place(settings.height_m is not None)
        out |= dict(zip(members, placed, strict=True))
    return [out[i] for i in range(len(solved))]


class _Scene:
    """The people of one shot, frames ``first`` up to ``last``; s = the samples of a body."""

    def __init__(
        self,
        seen: Observed,
        people: Sequence[Solved],
        ground: Ground,
        camera: Camera,
        first: int,
        last: int,
    ) -> None:
        self._people, self._first, self._t = people, first, last - first
        self._fps = people[0].evidence.fps
        grid = np.full((self._t, *reading.GRID), np.nan)
        steady = Affine(np.ones(self._t), np.zeros(self._t))
        if seen.depth_grid is not None:
            grid = seen.depth_grid[first:last].astype(np.float64)
            steady = steadied(grid)
        floor = _floor_inverse(ground, camera, people).ravel()
        used = np.isfinite(floor)
        self._floor = floor[used]
        self._grid = steady.apply(grid).reshape(self._t, -1)[:, used]
        self._is_scene = not likeness(self._grid, self._floor) < _LEAST_LIKENESS
        self._values: list[F64] = []
        self._spreads: list[F64] = []
        for person in people:
            read = self._readings(person)
            value = steady.apply(read[..., reading.VALUE])
            self._values.append(value if self._is_scene else np.full_like(value, np.nan))
            self._spreads.append(read[..., reading.SPREAD] * steady.gain[:, None])

    def _readings(self, person: Solved) -> F64:
        """(t, s, 3) on the shot's frames, left and right as the solver has them."""
        out = np.full((self._t, reading.SAMPLES, 3), np.nan)
        track = person.track
        if track.depth is not None:
            values = track.depth.astype(np.float64)
            flipped = _confused(person)
            values[flipped] = values[flipped][:, reading.MIRROR]
            out[track.frames - self._first] = values
        return out

    def place(self, is_height_known: bool) -> list[PlacedByDepth]:
        """Fit the scale, resize people to it, then judge every reading."""
        people = list(self._people)
        ratios = np.ones(len(people))
        if len(people) > 1 and not is_height_known:
            for _ in range(_RESIZE_ROUNDS):
                change = self._farther(self._expect(people))
                ratios = ratios * change
                ratios[np.abs(np.log(ratios)) > _MOST_RESIZED] = 1.0
                people = [_scaled(p, float(r)) for p, r in zip(self._people, ratios, strict=True)]
        expected = self._expect(people)
        surfaces, sigmas = self._surfaces(expected)
        out: list[PlacedByDepth] = []
        for i, person in enumerate(people):
            rows = self._rows(person)
            joints = joint_depth(
                person.X,
                person.evidence.score,
                Expected(expected[i].front[rows], expected[i].cover[rows]),
                surfaces[i][rows],
                sigmas[i][rows],
                self._fps,
            )
            evidence = replace(person.evidence, xyz_m=_moved(person, joints))
            moved = replace(person, evidence=evidence)
            out.append(PlacedByDepth(moved, joints, float(ratios[i]), self._is_scene))
        return out

    def _expect(self, people: Sequence[Solved]) -> list[Expected]:
        """What the camera sees at everybody's samples on the shot's frames."""
        bodies = [Body(self._on_shot(person, person.X), person.height_m) for person in people]
        return [expect(body, [b for b in bodies if b is not body]) for body in bodies]

    def _surfaces(self, expected: Sequence[Expected]) -> tuple[list[F64], list[F64]]:
        """Camera z (t, s) of the surface at everybody's samples, and how sure that is."""
        known, sigma = list[F64](), list[F64]()
        nearest = min(float(np.nanmedian(one.surface)) for one in expected)
        for person, one in zip(self._people, expected, strict=True):
            z = np.maximum(one.surface, _NEAREST_M)
            score = self._on_shot(person, _sample_scores(person.evidence.score))
            error = np.where(one.is_covered, _COVERED_M, _solved_m(person)) / z**2
            known.append(1 / z)
            error = np.hypot(error, _MAP_SHARE / nearest)
            sigma.append(np.where(score > _LEAST_SCORE, error, np.inf))
        floor = np.broadcast_to(self._floor, (self._t, len(self._floor)))
        columns = len(known) * reading.SAMPLES + len(self._floor)
        affine, _ = fit_scale(
            np.concatenate([*self._values, self._grid], axis=1),
            np.concatenate([*known, floor], axis=1),
            np.concatenate([*sigma, np.hypot(_FLOOR_SHARE * floor, _MAP_SHARE / nearest)], axis=1),
            np.arange(columns) >= columns - len(self._floor),
            _BLUR_S * self._fps,
        )
        surfaces, sigmas = list[F64](), list[F64]()
        for i, person in enumerate(self._people):
            inverse = affine.apply(self._values[i])
            with np.errstate(invalid="ignore", divide="ignore"):
                z = np.where(inverse > _FARTHEST_PER_M, 1 / inverse, np.nan)
                told = np.where(np.isfinite(sigma[i]), np.abs(inverse - known[i]), np.nan)
                misfit = z**2 * _TO_SIGMA * _median(told)
                read = np.sqrt(np.maximum(misfit**2 - _solved_m(person) ** 2, 0))
                least = np.maximum(_LEAST_READ_M, z**2 * _MAP_SHARE / nearest)
                read = np.maximum(np.maximum(read, _LEAST_SHARE * misfit), least)
                edge = z**2 * affine.gain[:, None] * self._spreads[i]
                sigmas.append(np.hypot(read, edge / 2))
            surfaces.append(z)
        return surfaces, sigmas

    def _farther(self, expected: Sequence[Expected]) -> F64:
        """How many times farther than expected everybody is.

        Somebody's height is a guess, but the mean of all stays; those seen larger count for more.
        """
        surfaces, _ = self._surfaces(expected)
        out = np.zeros(len(surfaces))
        for i, (one, z) in enumerate(zip(expected, surfaces, strict=True)):
            share = np.where(one.is_covered, np.nan, z / one.front)[:, _TRUNK]
            if np.isfinite(share).any():
                out[i] = np.log(np.nanmedian(share))
        size = [float((person.track.side_px.astype(float) ** 2).sum()) for person in self._people]
        return np.exp(out - np.average(out, weights=size))

    def _rows(self, person: Solved) -> slice:
        start = int(person.track.frames[0]) - self._first
        return slice(start, start + len(person.evidence))

    def _on_shot(self, person: Solved, values: Floats) -> F64:
        """Values (t', ...) of a person's frames on those of the shot, NaN where they aren't."""
        out = np.full((self._t, *values.shape[1:]), np.nan)
        out[self._rows(person)] = values
        return out


def _solved_m(person: Solved) -> float:
    """How well a first solve knows the depth of a person's surface."""
    return _SOLVED_M if person.evidence.shows_3d else _SOLVED_FLAT_M


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


def _sample_scores(score: Floats) -> F64:
    """(t, s): how well the points behind each sample are seen, from those of points (t, 19)."""
    eyes = score[:, [_NOSE, _NOSE]]
    bones = [np.minimum(score[:, a], score[:, b]) for a, b in points.LIMB_BONES for _ in range(2)]
    trunk = score[:, [0, 1, *_HIPS]].min(1)
    return np.concatenate([score, eyes, np.stack([*bones, *[trunk] * 3], axis=-1)], axis=-1)


def _confused(person: Solved) -> Bools:
    """Frames (n,) of the track in which the solver took the networks' left for right."""
    track, evidence = person.track, person.evidence
    told = np.stack([one.presence > 0 for one in track.passes.values()])
    told |= ~told.any(0)
    each = track.passes.values()
    raw = np.stack([one.skeleton.select(points.POINTS).of(one.xy_px) for one in each])
    raw = np.einsum("nt,ntpc->tpc", told / told.sum(0), raw)[:, : points.LIMBS]
    repaired = evidence.xy[track.frames - track.frames[0], : points.LIMBS]
    # In pixels and in rays alike, the trunk's right-to-left vector tells which way round it is.
    mirror = points.MIRROR[: points.LIMBS]
    before, after = raw - raw[:, mirror], repaired - repaired[:, mirror]
    return (before * after).sum((1, 2)) < 0


def _moved(person: Solved, joints: JointDepth) -> F64:
    """The person's 3D evidence (t, 19, 3), each point along its ray as far as depth is sure."""
    evidence, X = person.evidence, person.X
    own = evidence.xyz_m[..., 2] - evidence.xyz_m[:, _HIPS, 2].mean(1, keepdims=True)
    read = X[..., 2] + joints.change_m - X[:, _HIPS, 2].mean(1, keepdims=True)
    prior = _PRIOR_M if evidence.shows_3d else _PRIOR_FLAT_M
    share = prior**2 / (prior**2 + joints.sigma_m**2)
    ray = np.concatenate([evidence.xy, np.ones_like(evidence.xy[..., :1])], axis=-1)
    return evidence.xyz_m + (share * (read - own))[..., None] * ray


def _scaled(person: Solved, ratio: float) -> Solved:
    if abs(ratio - 1) < _LEAST_RESIZED:
        return person
    evidence = replace(person.evidence, xyz_m=person.evidence.xyz_m * ratio)
    return replace(person, X=person.X * ratio, lengths=person.lengths * ratio, evidence=evidence)


def _floor_inverse(ground: Ground, camera: Camera, people: Sequence[Solved]) -> F64:
    """1 / z (rows, columns) of the floor at the grid's cells, NaN where it isn't to be used."""
    xy = normalized_from_px(camera, reading.grid_px(camera.size_px))
    ray = np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1)
    inverse = ray @ ground.normal / ground.offset if ground.offset else np.zeros(xy.shape[:-1])
    depths = np.concatenate([person.X[..., 2].ravel() for person in people])
    near, far = np.percentile(depths, [5, 95])
    used = (inverse > 1 / (far * _FLOOR_REACH)) & (inverse < _FLOOR_REACH / near)
    return np.where(used & ground.is_measured, inverse, np.nan)
