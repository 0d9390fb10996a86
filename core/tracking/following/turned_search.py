"""A spell of somebody who turns over: looks at its pictures, the way through what they show."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import Floats
from ...data.observations import TrackObservations
from .turned_path import best_way, step_cost
from .turned_pictures import Spell, Surroundings
from .turned_rows import row_at
from .turned_sights import Sight, TurnedEyes, alike_poses

_LOOKS_S: Final = 30.0
"""Looks a second with a detector; pictures in between are looked at where somebody was then."""
_BESIDE_S: Final = 0.25
"""Seconds before and after a spell's pictures whose sights count as well; by hand."""
_SURE: Final = 0.7
"""Agreement of what was seen while reading over which nobody looks again; by hand."""
_SMOOTH: Final = 0.35
"""Cost of a step to the sights beside, under which the same; by hand."""
_TAKEN: Final = 0.4
"""Keypoint similarity from which a sight is somebody else; by hand."""
_FEWEST: Final = 3
"""Rows of another track on the way from which that is the same person; by hand."""
_BETWEEN_S: Final = 0.4
"""Seconds of the longest hole that is filled by where somebody was then; by hand."""
_PATIENCE_S: Final = 0.3
"""Seconds in which nothing is found after which nobody looks further; by hand."""
_NEAR_S: Final = 0.07
"""Seconds between what is known and a frame beside which it has to be smooth; by hand."""


class Search:
    """The search for the person of a ``spell`` of a clip of ``fps``, whose track is the first of
    those ``mine``; the others of these begin in it and may be the same person."""

    def __init__(
        self,
        eyes: TurnedEyes,
        fps: float,
        spell: Spell,
        tracks: Sequence[TrackObservations],
        mine: Sequence[int],
    ) -> None:
        self._eyes, self._fps, self._spell = eyes, fps, spell
        self._tracks, self._mine = list(tracks), list(mine)
        beside = max(round(_BESIDE_S * fps), 1)
        first, last = spell.pictures[0].frame - beside, spell.pictures[-1].frame + beside
        self.known = [
            sight
            for k in mine
            for row in np.flatnonzero((tracks[k].frames >= first) & (tracks[k].frames <= last))
            if (sight := eyes.known(tracks[k], k, int(row))) is not None
        ]
        self._done = 0
        self._stride = max(round(fps / _LOOKS_S), 1)
        self._sights = list(self.known)
        self._at = {one.frame: one.hips_px for one in reversed(self.known)}
        own = [one.trunk_px for one in self.known]
        self._trunk_px = float(np.percentile(own, 75)) if own else 0.0

    def way(self, pool: ThreadPoolExecutor) -> Generator[int, None, list[Sight]]:
        """Who is that person, frame by frame; steps after a few looks, so that whoever cancels
        doesn't wait, and tells how many pictures are done. Empty where nobody is theirs who was so
        before the spell."""
        for picture in self._spell.pictures:
            if self._gives_up(picture.frame):
                break
            yield from self._look(picture, pool)
            self._done += 1
        way = best_way(self._sights, self._fps)
        for is_wide in (False, True):
            yield from self._look_between(way, is_wide=is_wide)
            way = best_way(self._sights, self._fps)
        k = self._mine[0]
        is_theirs = any(
            one.row is not None and one.row[0] == k and one.frame <= self._spell.last for one in way
        )
        return way if is_theirs else []

    def same(self, way: Sequence[Sight]) -> list[int]:
        """Which of the tracks are that person's who goes a ``way``."""
        rows = [one.row[0] for one in way if one.row is not None]
        return [
            k
            for k in self._mine
            if k == self._mine[0] or rows.count(k) >= min(_FEWEST, len(self._tracks[k].frames))
        ]

    def _gives_up(self, frame: int) -> bool:
        """Whether nobody was seen for so long before a frame that somebody is away for good."""
        if not self._sights or frame <= self._spell.last:
            return not self._sights
        if any(one.frame >= frame for one in self._sights):
            return False
        return frame - max(one.frame for one in self._sights) > _PATIENCE_S * self._fps

    def _look(self, picture: Surroundings, pool: ThreadPoolExecutor) -> Generator[int, None, None]:
        """See who is in the next picture, unless that is known well."""
        frame = picture.frame
        if frame % self._stride or self._is_clear(frame):
            return
        found: list[Sight] = []
        for one in self._eyes.sights(picture, self._hips_at(frame), self._trunk_px, pool):
            found += [] if one is None else [one]
            yield self._done
        for one in self.known:
            if one.frame == frame:
                again = self._eyes.again(picture, one)
                found += [] if again is None else [again]
        found = [one for one in found if not self._is_somebody_else(one)]
        self._sights += found
        near = [one for one in self._sights if 0 < frame - one.frame <= self._fps / 10]
        if found and near:
            before = max(near, key=lambda one: (one.frame, one.worth))
            best = min(found, key=lambda one: self._cost(before, one))
            if self._cost(before, best) < _SMOOTH:
                self._at[frame] = best.hips_px

    def _look_between(self, way: Sequence[Sight], *, is_wide: bool) -> Generator[int, None, None]:
        """See who is in pictures between two sights of a way."""
        shown = {picture.frame: picture for picture in self._spell.pictures}
        for a, b in pairwise(way):
            if b.frame - a.frame > max(_BETWEEN_S * self._fps, 2):
                continue
            for frame in range(a.frame + 1, b.frame):
                if frame not in shown:
                    continue
                at = shown[frame], a, b, self._trunk_px, self._fps
                for one in self._eyes.between(*at, is_wide=is_wide):
                    yield self._done
                    if one is not None and not self._is_somebody_else(one):
                        self._sights.append(one)
                        if one.worth > _SURE:
                            break
                self._done += 1

    def _is_clear(self, frame: int) -> bool:
        """Whether what was seen while reading is sure and goes on what was before and after."""
        here = [one for one in self.known if one.frame == frame]
        near = [
            one for one in self.known if 0 < abs(frame - one.frame) <= max(_NEAR_S * self._fps, 1)
        ]
        if len(here) != 1 or here[0].worth < _SURE or not near:
            return False
        return all(self._cost(one, here[0]) < _SMOOTH for one in near)

    def _cost(self, a: Sight, b: Sight) -> float:
        return step_cost(a, b, abs(b.frame - a.frame) / self._fps)

    def _hips_at(self, frame: int) -> Floats:
        """Where hips probably are, straight in time between what is known."""
        frames = np.array(sorted(self._at), float)
        xy = np.stack([self._at[int(f)] for f in frames])
        return np.array([np.interp(frame, frames, xy[:, i]) for i in range(2)])

    def _is_somebody_else(self, sight: Sight) -> bool:
        for k, track in enumerate(self._tracks):
            row = row_at(track, sight.frame)
            if k in self._mine or row is None:
                continue
            other = self._eyes.known(track, k, row)
            if other is not None and alike_poses(sight.pose, other.pose) > _TAKEN:
                return True
        return False
