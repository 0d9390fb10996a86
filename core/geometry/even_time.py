"""Clips whose frames come unevenly, as those of phones, on a clock that ticks evenly.

The solver's smoothness, speeds and contacts, the lifter and most motion files take frames as evenly
spaced. An uneven clip is put on an even clock first, with what was seen interpolated where a tick
lies between frames, and the poses are read off again at the frames' own times. An even clip is left
alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, cast

import numpy as np

from ..data.arrays import F64, I32, Bools, Floats, check_fields, of_shape
from ..data.observations import Observed, PassObservations, TrackObservations
from ..data.profiling.resting import let_rest, rested
from ..data.types import Person, Take
from .inbetween import nearest, person_between, straight_through

_EVEN: Final = 0.1
"""Steps that differ by less than this share count as even."""
_FREQUENT: Final = 0.25
"""The step that so many of all steps are shorter than is taken for the camera's own."""
_WHOLE: Final = 0.1
"""A frame this near to a tick, in ticks, is on it."""
_MOST_TICKS: Final = 8
"""Ticks per frame, at most: rare frames amid fast ones don't fill the memory."""
_NEAR: Final = 0.5  # ticks; a frame so near shows what is seen; by hand
_CLOSE: Final = 1.6  # ticks, see ``EvenTime.close``; by hand
_HOLE_S: Final = 0.4
_HOLE_SCORE: Final = 0.5
"""Between frames up to so many seconds apart it is too, at that share of its score; in longer holes
nobody is seen. Left open, short ones cost 25 mm: left and right are told apart by what lies before
and after."""


@dataclass(frozen=True, slots=True, eq=False)
class EvenTime:
    """A clock of ``fps`` ticks a second: frame i of the clip lies at tick ``at[i]`` (T,).

    ``count`` ticks in all; at ``cuts`` (c,) new shots begin, each on a tick of its own, that of
    the frames ``starts`` (c,).
    """

    fps: float
    at: F64 = field(metadata=of_shape(None))
    starts: I32 = field(metadata=of_shape("c"))
    cuts: I32 = field(metadata=of_shape("c"))
    count: int
    close: float = _CLOSE
    """Between frames at most so many ticks apart what is interpolated counts as seen."""

    def __post_init__(self) -> None:
        check_fields(self)

    def spread(self, seen: Observed) -> Observed:
        """What was seen, tick by tick."""
        near = nearest(self.at, np.arange(self.count))
        tracks = tuple(self._spread_track(track) for track in seen.tracks)
        let_rest()
        lines = seen.lines
        if lines is not None:
            ticks = np.rint(self.at[lines[:, 0].astype(int)]).astype(np.float32)
            lines = np.concatenate([ticks[:, None], lines[:, 1:]], axis=1)
        return Observed(
            np.arange(self.count) / self.fps,
            seen.source_frame[near],
            tracks,
            self.cuts,
            None if seen.depth_grid is None else seen.depth_grid[near],
            lines,
            None if seen.turns is None else self.spread_turns(seen.turns),
        )

    def spread_turns(self, turns: Floats) -> Floats:
        """Rotation vectors (T, 3) of frames at every tick (count, 3), each shot by itself."""
        frames, ticks = [0, *self.starts.tolist(), len(turns)], [0, *self.cuts.tolist(), self.count]
        parts = [
            straight_through(self.at[a:b], turns[a:b], np.arange(c, d))
            for (a, b), (c, d) in zip(pairwise(frames), pairwise(ticks), strict=True)
        ]
        return np.concatenate(parts).astype(np.float32)

    def ticks_of(self, track: TrackObservations) -> I32:
        """Every tick from a track's first frame to its last."""
        first, last = self.at[track.frames[0]], self.at[track.frames[-1]]
        return np.arange(int(np.floor(first)), int(np.ceil(last)) + 1, dtype=np.int32)

    def spread_rows(self, track: TrackObservations, values: Floats) -> Floats:
        """``values`` (t, ...) of every frame from the track's first to its last, at its ticks."""
        frames = np.arange(track.frames[0], track.frames[-1] + 1, dtype=np.int64)
        return values[nearest(self.at[frames], self.ticks_of(track))]

    def gather(self, person: Person, track: TrackObservations) -> Person:
        """A person posed at ticks, posed at the frames of ``track`` instead."""
        frames = np.arange(track.frames[0], track.frames[-1] + 1, dtype=np.int64)
        at = self.at[frames]
        has = np.zeros(self.count + 1, bool)
        has[person.frames] = True
        there = has[np.floor(at).astype(int)] & has[np.ceil(at).astype(int)]
        if not there.any():
            there[nearest(at, person.frames[:1].astype(np.float64))] = True
        return person_between(
            person, person.frames.astype(np.float64), at[there], frames[there].astype(np.int32)
        )

    def _spread_track(self, track: TrackObservations) -> TrackObservations:
        at, ticks = self.at[track.frames], self.ticks_of(track)
        share = self._told(at, np.diff(track.frames) == 1, ticks)
        ticks, share = ticks[share > 0], share[share > 0, None]
        wanted, near = ticks.astype(np.float64), nearest(at, ticks)

        def line(values: Floats) -> Floats:
            return rested(straight_through(at, values, wanted).astype(np.float32))

        def score(values: Floats) -> Floats:
            return (straight_through(at, values, wanted) * share).astype(np.float32)

        def spread(one: PassObservations) -> PassObservations:
            xy_px, xyz_m = line(one.xy_px), line(one.xyz_m)
            told = {"score": score(one.score), "presence": one.presence[near]}
            return replace(one, xy_px=xy_px, xyz_m=xyz_m, **told)

        def nearest_of(one: PassObservations) -> PassObservations:
            # Between a frame in which a part was seen and one in which it wasn't lies nothing.
            told = {"score": one.score[near] * share, "presence": one.presence[near]}
            rows = {"xy_px": rested(one.xy_px[near]), "xyz_m": rested(one.xyz_m[near])}
            return replace(one, **rows, **told)

        return replace(
            track,
            frames=ticks,
            detected_xy_px=line(track.detected_xy_px),
            detected_score=score(track.detected_score),
            boxes_px=line(track.boxes_px),
            center_px=line(track.center_px),
            side_px=line(track.side_px),
            passes={name: spread(one) for name, one in track.passes.items()},
            depth=None if track.depth is None else track.depth[near],
            closeups={name: nearest_of(one) for name, one in track.closeups.items()},
        )

    def _told(self, at: Floats, follows: Bools, ticks: I32) -> F64:
        """How much (n,) in [0, 1] frames at ``at`` (t,) tell of ``ticks`` (n,).

        ``follows`` (t - 1,) where no frame lies between two in which the person wasn't seen.
        """
        if len(at) == 1:
            return (ticks == ticks[nearest(ticks.astype(np.float64), at)]).astype(np.float64)
        before = np.clip(np.searchsorted(at, ticks, side="right") - 1, 0, len(at) - 2)
        span = np.diff(at)[before]
        away = np.minimum(np.abs(ticks - at[before]), np.abs(at[before + 1] - ticks))
        is_seen = (away < _WHOLE) | (follows[before] & (span <= self.close))
        is_near = (away <= _NEAR) | (follows[before] & (span <= _HOLE_S * self.fps))
        is_near[[0, -1]] = True
        return np.where(is_seen, 1.0, np.where(is_near, _HOLE_SCORE, 0.0))


def even_time_of(time_s: F64, cuts: I32) -> EvenTime | None:
    """The even clock of a clip whose frames come unevenly, None where they come evenly."""
    steps = np.delete(np.diff(time_s), cuts - 1)
    if len(steps) < 2 or (np.abs(steps / np.median(steps) - 1) < _EVEN).all():
        return None
    step_s = _camera_step(steps)
    at = np.zeros(len(time_s))
    starts: list[int] = []
    for first, end in pairwise([0, *cuts.tolist(), len(time_s)]):
        starts.append(int(np.ceil(at[first - 1])) + 1 if first else 0)
        ticks = (time_s[first:end] - time_s[first]) / step_s
        whole = np.rint(ticks)
        on_ticks = cast(F64, np.where(np.abs(ticks - whole) < _WHOLE, whole, ticks))
        # After a gap of hours a tick is so long that several frames lie near one.
        at[first:end] = starts[-1] + (on_ticks if (np.diff(on_ticks) > 0).all() else ticks)
    ticks_of_cuts = np.array(starts[1:], np.int32)
    return EvenTime(1 / step_s, at, cuts, ticks_of_cuts, int(np.ceil(at[-1])) + 1)


def every_nth(count: int, cuts: I32, fps: float, n: int) -> EvenTime:
    """A clock that ticks at every ``n``-th of the ``count`` frames of an even clip of ``fps``."""
    at = np.zeros(count)
    ticks: list[int] = []
    for first, end in pairwise([0, *cuts.tolist(), count]):
        ticks.append(int(np.ceil(at[first - 1])) + 1 if first else 0)
        at[first:end] = ticks[-1] + np.arange(end - first) / n
    starts = np.array(ticks[1:], np.int32)
    return EvenTime(fps / n, at, cuts, starts, int(np.ceil(at[-1])) + 1)


def _camera_step(steps: Floats) -> float:
    """Seconds between ticks: the camera's own step where all others are multiples of it."""
    short = float(np.quantile(steps, _FREQUENT))
    whole = np.maximum(np.rint(steps / short), 1)
    if (np.abs(steps / short - whole) < _WHOLE * whole).all():
        short = float(steps.sum() / whole.sum())
    return max(short, float(steps.sum()) / (_MOST_TICKS * len(steps)))


def at_even_time(
    take: Take, frames: Sequence[int] | None = None
) -> tuple[Take, Sequence[int] | None]:
    """A take at a constant rate, for files that hold no times; an even one as it is.

    With it come the positions in it that belong to ``frames`` of ``take`` (None: all).
    """
    clock = even_time_of(take.time_s, take.cuts)
    if clock is None:
        return take, frames
    even = replace(
        take,
        clip=replace(take.clip, fps=clock.fps, step=1),
        time_s=np.arange(clock.count) / clock.fps,
        source_frame=take.source_frame[nearest(clock.at, np.arange(clock.count))],
        people=tuple(_posed_at_ticks(person, clock) for person in take.people),
        cuts=clock.cuts,
        observed=None,
        turns=clock.spread_turns(take.turns) if len(take.turns) else take.turns,
        path=clock.spread_turns(take.path) if len(take.path) else take.path,
        zoom=clock.spread_turns(take.zoom[:, None])[:, 0] if len(take.zoom) else take.zoom,
    )
    return even, None if frames is None else _ticks_of(clock, frames)


def _ticks_of(clock: EvenTime, frames: Sequence[int]) -> list[int]:
    """The ticks of frames, and those between frames that follow each other."""
    chosen = sorted(set(frames))
    ticks = {round(float(clock.at[frame])) for frame in chosen}
    for before, after in pairwise(chosen):
        if after == before + 1 and after not in clock.starts:
            first, last = math.ceil(clock.at[before]), math.floor(clock.at[after])
            ticks.update(range(first, last + 1))
    return sorted(ticks)


def _posed_at_ticks(person: Person, clock: EvenTime) -> Person:
    at = clock.at[person.frames]
    if not len(at):
        return person
    ticks = np.arange(int(np.ceil(at[0])), int(np.floor(at[-1])) + 1)
    if not len(ticks):
        ticks = np.array([round(float(at[0]))])
    before = np.clip(np.searchsorted(at, ticks, side="right") - 1, 0, max(len(at) - 2, 0))
    is_there = np.isin(ticks, at)
    if len(at) > 1:
        # Who was away for a while is away in the file too.
        is_there |= (np.diff(person.frames) == 1)[before]
    else:
        is_there[:] = True
    ticks = ticks[is_there]
    return person_between(person, at, ticks.astype(np.float64), ticks)
