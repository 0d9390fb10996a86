"""Made-up people in one pose each, seen from eight sides by the real networks, beside the truth."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import F32, U8, Floats
from ...core.data.types import LandmarkModel
from ...core.data.writing import write_npz
from ..lifter.chance import Chance
from ..lifter.measure import OUTSIDE, worn
from ..lifter.studio.renderer import Shot
from ..lifter.studio.shooting import Studio, why_hidden
from ..lifter.studio.stage import SCENERY, draw_lights, draw_patterns, draw_set, draw_shot
from ..lifter.studio.stills import strike, tracked_region
from ..lifter.studio.wardrobe import Part

SIDES: Final = 8
_POSES: Final = 6
_PICTURE_PX: Final = (320, 320)
_REACH_M: Final = 0.3
_WORN: Final = 0.5
_LEAST_PRESENCE: Final = 0.5
_MOST_HIDDEN: Final = 4
_NEAREST_M: Final = 0.4
_SESSIONS_A_FILE: Final = 10
_PATTERNS: Final = 80
_TURN_RAD: Final = 0.15
"""Standard deviation of a side from the middle of its eighth."""


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """n pictures: ``xy`` (n, m, 19, 2) undistorted x/z and y/z and ``score`` (n, m, 19) of m
    networks, the true joints ``xyz`` (n, 19, 3) in camera axes, metres, ``hidden`` (n, 19) as in
    ``Pair``, ``up`` (n, 3) in camera axes; ``session`` (n,), one figure each."""

    xy: F32
    score: F32
    xyz: F32
    hidden: F32
    up: F32
    session: F32


def shoot_sides(
    studio: Studio,
    networks: Sequence[LandmarkModel],
    folder: Path,
    seeds: range,
    report: Callable[[str], None],
) -> None:
    """Draw one figure a seed into files of ``folder``; files there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    split = "held_out" if studio.held_out else "train"
    with tempfile.TemporaryDirectory() as patterns:
        here = replace(studio, patterns=draw_patterns(Path(patterns), _PATTERNS, seeds.start))
        for first in range(seeds.start, seeds.stop, _SESSIONS_A_FILE):
            path = folder / f"{split}_{first:06d}.npz"
            if path.exists():
                continue
            rows: list[tuple[Floats, ...]] = []
            for seed in range(first, min(first + _SESSIONS_A_FILE, seeds.stop)):
                rows += [(*row, np.array(seed)) for row in _session(here, networks, Chance(seed))]
            columns = [np.array(column, np.float32) for column in zip(*rows, strict=True)]
            named: dict[str, Any] = dict(zip(Sides.__slots__, columns, strict=True))
            write_npz(path, named, is_packed=False)
            report(f"{path.name}: {len(rows)} pictures")


def read_sides(folder: Path, *, held_out: bool) -> Sides:
    """Everything ``shoot_sides`` wrote for one split. Raises FileNotFoundError without any."""
    split = "held_out" if held_out else "train"
    files = sorted(folder.glob(f"{split}_[0-9]*[0-9].npz"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no {split}_*.npz; run 'shoot' first")
    columns: dict[str, list[F32]] = {name: [] for name in Sides.__slots__}
    for path in files:
        with np.load(path) as file:
            for name, values in columns.items():
                values.append(file[name])
    return Sides(*(np.concatenate(columns[name]) for name in Sides.__slots__))


def _session(
    studio: Studio, networks: Sequence[LandmarkModel], chance: Chance
) -> Iterator[tuple[Floats, ...]]:
    """One figure in one place, in some poses before eight cameras each."""
    one = strike(studio, chance, np.zeros((_POSES, 2)), may_bend=False, poses=_POSES)
    shot = draw_shot(_REACH_M, chance, _PICTURE_PX)
    parts: list[tuple[Part, float]] = [
        (part, SCENERY) for part in draw_set(studio.patterns, shot, chance)
    ]
    studio.renderer.load(parts + [(part, 0.0) for part in one.figure.parts])
    for k in range(_POSES):
        lights, begin = draw_lights(chance), float(chance.uniform(0, 2 * math.pi))
        for side in range(SIDES):
            around = begin + 2 * math.pi * side / SIDES + _TURN_RAD * float(chance.normal(1)[0])
            shot = draw_shot(_REACH_M, chance, _PICTURE_PX, around)
            picture, found = studio.renderer.draw(shot, lights, {0.0: one.bones[k]})
            seen = _see(picture, found, one.xyz[k], shot, networks, chance)
            if seen is not None:
                yield seen


def _see(
    picture: U8,
    found: F32,
    xyz_world: Floats,
    shot: Shot,
    networks: Sequence[LandmarkModel],
    chance: Chance,
) -> tuple[Floats, ...] | None:
    """A row of ``Sides`` but for the session; None where too little of the person is seen."""
    xyz = xyz_world @ shot.R.T + shot.shift
    if xyz[:, 2].min() < _NEAREST_M:
        return None
    hidden = why_hidden(xyz[None], found, shot)[0]
    K, (w, h) = shot.camera.K, shot.camera.size_px
    px = xyz[:, :2] / xyz[:, 2:] * np.diag(K)[:2] + K[:2, 2]
    hidden[((px < 0) | (px > [w - 1, h - 1])).any(-1)] = OUTSIDE
    if (hidden[: points.LIMBS] > 1).sum() > _MOST_HIDDEN:
        return None
    region = tracked_region(px, hidden, (w, h), chance)
    shown = worn([picture], chance)[0] if chance.happens(_WORN, 1)[0] else picture
    answers = [network.locate(shown, region) for network in networks]
    if min(answer.presence for answer in answers) < _LEAST_PRESENCE:
        return None
    pick = points.FROM_BLAZEPOSE
    xy = np.array([(a.xy_px[pick] - K[:2, 2]) / np.diag(K)[:2] for a in answers])
    score = np.array([a.score[pick] for a in answers])
    return xy, score, xyz, hidden, shot.R[:, 2]
