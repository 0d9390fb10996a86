"""Looking again for people who turn over: in the air, on their hands, on the floor.

Of whoever is lost or seen in doubt while their trunk is far from upright, what surrounds the place
is kept for up to a second. Once the clip is read, each of these pictures is looked at turned by
eighths, and the best way through all that was seen in them says who of it they are.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import I32, U8
from ...data.collector import Apart, Sighting
from ...data.observations import Observed, TrackObservations
from ...data.settings import usable_cores
from ...data.types import Detector, Frame, LandmarkModel, Progress
from .turned_pictures import Spell, TurnedPictures
from .turned_rows import FoundRow, along, row_at, with_rows
from .turned_search import Search
from .turned_sights import TurnedEyes

STAGE: Final = "Finding people who turn over"


class TurnedLooks(Apart):
    """Continues the tracks of people who turn over. Implements ``core.data.collector.Collector``.

    ``detector`` and ``models``, the landmark networks, are those of a clip of ``fps``.
    """

    def __init__(self, detector: Detector, models: Sequence[LandmarkModel], fps: float) -> None:
        sharp = [k for k, model in enumerate(models) if model.worth.is_precise]
        eye = sharp[0] if sharp else len(models) - 1
        self._models = models
        self._eyes = TurnedEyes(detector, models, eye)
        self._pictures = TurnedPictures(eye, fps)
        self._fps = fps
        self._begins: set[int] = set()

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Note where shots begin."""
        if starts_shot:
            self._begins.add(first)

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Keep what surrounds whoever is turned over and perhaps not seen."""
        if position in self._begins:
            self._begins.remove(position)
            self._pictures.end_shot()
        self._pictures.meet(position, bgr, people)

    def finish(self, seen: Observed) -> Observed:
        """``seen`` as it is: ``look`` takes a while."""
        return seen

    def look(self, seen: Observed) -> Generator[Progress, None, Observed]:
        """``seen`` with the tracks continued and mended by what turned looks show."""
        spells = self._pictures.spells()
        total, done = sum(len(spell.pictures) for spell in spells), 0
        tracks = list(seen.tracks)
        pool = ThreadPoolExecutor(usable_cores(8))
        try:
            for spell in spells:
                tracks = yield from self._through(spell, tracks, seen.cuts, pool, (done, total))
                done += len(spell.pictures)
        finally:
            # Whoever cancels waits for looks under way, not for those in line.
            pool.shutdown(cancel_futures=True)
        return replace(seen, tracks=tuple(tracks))

    def _through(
        self,
        spell: Spell,
        tracks: list[TrackObservations],
        cuts: I32,
        pool: ThreadPoolExecutor,
        steps: tuple[int, int],
    ) -> Generator[Progress, None, list[TrackObservations]]:
        """The ``tracks`` after one spell; ``steps`` done before it, of all."""
        k = _whose(spell, tracks)
        if k is None:
            return tracks
        begin = [i for i in range(len(tracks)) if i != k and _may_be(tracks[i], spell, cuts)]
        search = Search(self._eyes, self._fps, spell, tracks, [k, *begin])
        looking, done, total = search.way(pool), *steps
        while True:
            try:
                shown = next(looking)
            except StopIteration as end:
                way = end.value
                break
            yield Progress(STAGE, done + min(shown, len(spell.pictures)), total)
        if not way:
            return tracks
        same = search.same(way)
        known = {one.row for one in search.known if one.row is not None}
        own = along(tracks, same, way, known)
        new = [one for one in way if one.row is None]
        if new:
            found = [FoundRow(one.frame, one.pose, one.region, one.landmarks) for one in new]
            own = with_rows(own, found, self._models)
        return [own if i == k else one for i, one in enumerate(tracks) if i == k or i not in same]


def _whose(spell: Spell, tracks: Sequence[TrackObservations]) -> int | None:
    """Whose track was where somebody was seen before a spell."""
    for k, track in enumerate(tracks):
        row = row_at(track, spell.last)
        if row is not None and np.allclose(track.center_px[row], spell.region.center_px, atol=1.0):
            return k
    return None


def _may_be(track: TrackObservations, spell: Spell, cuts: I32) -> bool:
    """Whether a track begins in a spell, in its shot, where its pictures show."""
    first = int(track.frames[0])
    if ((spell.last < cuts) & (cuts <= first)).any():
        return False
    near = [one for one in spell.pictures if one.frame <= first]
    is_soon = bool(near) and first <= spell.pictures[-1].frame + 1
    return is_soon and near[-1].shows(track.center_px[0])
