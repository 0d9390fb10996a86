"""The path of a carried camera in metres, and who of the people before it is taller."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.settings import ASSUMED_HEIGHT_M
from ..data.types import Progress
from ..lifting.lifter import Lifter
from ..perspective.camera_motion import CameraMotion, shots_of
from .floor.ground import find_grounds
from .motion_estimator import SOLVING, Stage
from .path_scale import PathScale, Walker, path_scale, walker
from .person import SIGMAS, Solved, solve_person

_ROUNDS: Final = 2
"""Times that people are solved before a path of the size found so far; by hand."""
_ASKED: Final = 4
"""People of a shot who are asked, those seen longest; by hand."""
_MOST_APART: Final = 0.12
"""Adults differ by this much in height; what tells more is taken for so much."""

_BELIEVED: Final = 0.4
"""Share of a difference in height that feet tell which is believed: they err by six hundredths, and
adults differ by five."""
_SAME_FLOOR: Final = 0.2
"""By what share two people's floors may differ that are one, taken for as tall as each other."""
_LEAST_CAMERA_HEIGHT_M: Final = 0.3
"""Metres over the floor below which a camera tells nobody's height by it; by hand."""

_UNTOLD: Final = (
    "Nobody's feet stand where they can be seen, so how far the carried camera moves is a guess."
)


def with_path_in_metres(
    stage: Stage, lifter: Lifter | None
) -> Generator[Progress, None, tuple[Stage, tuple[str, ...]]]:
    """``stage`` with the paths of carried cameras in metres and, where several people tell of one
    path, their heights; sentences about what is to be doubted."""
    motion = stage.motion
    if motion is None or motion.centers is None:
        return stage, ()
    doubts: tuple[str, ...] = ()
    heights = dict(stage.heights)
    for shot, frames in enumerate(shots_of(motion.cuts, len(motion.R))):
        if not motion.carried[shot]:
            continue
        people = [i for i, at in enumerate(stage.shots) if at == shot]
        people.sort(key=lambda i: -len(stage.seen.tracks[i].frames))
        whole, each = yield from _sized(stage, people[:_ASKED], frames, lifter)
        motion = motion.scaled(frames, whole.factor)
        if not whole.is_told and people:
            doubts = (_UNTOLD,)
        if stage.settings.height_m is None and len(people) > 1:
            heights |= _by_feet(dict(zip(people, each, strict=False)), whole)
            asked = people[:_ASKED]
            yield Progress(SOLVING, 0, 2 * len(stage.seen.tracks))
            heights |= _by_floor(replace(stage, motion=motion, heights={}), asked, lifter)
    return replace(stage, motion=motion, heights=heights), doubts


def _sized(
    stage: Stage, people: Sequence[int], frames: slice, lifter: Lifter | None
) -> Generator[Progress, None, tuple[PathScale, list[PathScale]]]:
    """The size of one shot's path, and the size that each of its ``people`` alone would give it."""
    assert stage.motion is not None
    factor = 0.0
    walkers: list[Walker] = []
    for _ in range(_ROUNDS):
        motion = stage.motion.scaled(frames, factor)
        walkers = []
        for i in people:
            yield Progress(SOLVING, 0, 2 * len(stage.seen.tracks))
            solved = _solved(stage, motion, i, lifter)
            walkers.append(_walker(solved, stage.motion, stage.fps))
        whole = path_scale(walkers)
        factor = whole.factor
    each = [path_scale([one]) for one in walkers] if len(walkers) > 1 else []
    told = [one.factor for one in each if one.is_told]
    if told and stage.settings.height_m is None:
        # Nobody knows who of them is as tall as was assumed: their mean is.
        middle = float(np.exp(np.mean(np.log(told))))
        if abs(np.log(middle / factor)) < _MOST_APART:
            factor = middle
    return PathScale(factor, path_scale(walkers).is_told), each


def _solved(stage: Stage, motion: CameraMotion, i: int, lifter: Lifter | None) -> Solved:
    track = stage.seen.tracks[i]
    filming = motion.between(int(track.frames[0]), int(track.frames[-1]))
    settings = replace(stage.settings, contacts="off")
    # Smoothed more, feet go along with the body more than ``path_scale`` allows for.
    return solve_person(track, stage.camera, stage.fps, settings, lifter, filming, SIGMAS)


def _walker(solved: Solved, motion: CameraMotion, fps: float) -> Walker:
    assert motion.centers is not None
    origin: F64 | None = solved.evidence.origin
    assert origin is not None
    first = int(solved.track.frames[0])
    centers = motion.centers[first : first + len(origin)]
    return walker(solved.X, solved.evidence.score, origin, centers, fps)


def _by_feet(each: dict[int, PathScale], whole: PathScale) -> dict[int, float]:
    """Body heights of people by whom the path would have another size: whoever makes it larger was
    taken for taller than they are. Few steps tell it badly, so they count for a part."""
    out: dict[int, float] = {}
    for i, one in each.items():
        if one.is_told and whole.is_told:
            share = _BELIEVED * np.log(whole.factor / one.factor)
            out[i] = ASSUMED_HEIGHT_M * float(np.exp(np.clip(share, -_MOST_APART, _MOST_APART)))
    return out


def _by_floor(stage: Stage, people: Sequence[int], lifter: Lifter | None) -> dict[int, float]:
    """Body heights of those who, all as tall, would stand on floors of nearly one height: they
    stand on one, under one camera, which is as high over it as they are tall."""
    solved = [stage.solve(i, lifter) for i in people]
    shot = stage.shots[people[0]]
    bodies, stands = [one.X for one in solved], [one.contacts for one in solved]
    seen = [one.evidence.seen for one in solved]
    grounds = find_grounds(bodies, stands, stage.up_of(shot), stage.fps, seen)
    measured = [
        (i, float(np.log(abs(ground.offset))))
        for i, ground in zip(people, grounds, strict=True)
        if ground.is_measured and abs(ground.offset) > _LEAST_CAMERA_HEIGHT_M
    ]
    if not measured:
        return {}
    main = measured[0][1]
    same = {i: at for i, at in measured if abs(at - main) < _SAME_FLOOR}
    middle = float(np.mean(list(same.values())))
    return {i: ASSUMED_HEIGHT_M * float(np.exp(middle - at)) for i, at in same.items()}
