"""Looking again for people who turn over in the air: the picture turned, its haze taken out.

Detectors know few people upside down, and landmark networks none whose crop is turned wrongly, off
by half a trunk, or full of the sun. So of whoever is lost while their trunk is far from upright,
what surrounds the place is kept for up to a second. Once the clip is read they are looked for,
frame by frame, where they were heading, in crops turned by eighths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import I32, U8, Floats
from ...data.collector import Apart, Sighting
from ...data.observations import Observed, TrackObservations
from ...data.types import Frame, LandmarkModel, Region
from ..neighbours import Pose
from ..regions import region_of
from ..similarity import keypoint_similarity
from ..track_merging import are_one, join_tracks
from .landmark_tracking import pose_from_landmarks
from .turned_pictures import Lost, Surroundings, TurnedPictures
from .turned_rows import FoundRow, with_rows
from .turned_way import Way

_LONGEST_S: Final = 1.0
"""Seconds for which somebody is looked for: a fall from five metres."""
_PATIENCE_S: Final = 0.3
"""Seconds in which nothing is found after which nobody looks further; by hand."""
_SIDE_PER_TRUNK: Final = 3.6
"""A crop's side over a trunk's length, of somebody curled up or stretched; by hand."""
_EIGHTHS: Final = 8  # turns of a crop that are tried; by hand
_AGREEING: Final = 2
"""So many networks, or the only one, must see the same; by hand."""
_ALIKE: Final = 0.4
"""Keypoint similarity of looks and networks that must agree; by hand."""
_ASIDE: Final = ((0.0, 0.0), (0.0, -0.3), (0.3, 0.0), (-0.3, 0.0), (0.0, 0.3))
"""Where else to look, in trunks: bent over, hips are seen where they aren't; by hand."""
_HAZE: Final = (3.0, 90.0)
"""Percentiles of a crop's brightness that become dark and light; by hand."""


class TurnedLooks(Apart):
    """Continues the tracks of people who turn over. Implements ``core.data.collector.Collector``.

    ``models`` are the landmark networks of a clip of ``fps``.
    """

    def __init__(self, models: Sequence[LandmarkModel], fps: float) -> None:
        sharp = [k for k, model in enumerate(models) if model.worth.is_precise]
        eye = sharp[0] if sharp else len(models) - 1
        self._models, self._eye, self._first = models, models[eye], eye
        self._pictures = TurnedPictures(eye, max(round(_LONGEST_S * fps), 1))
        self._fps = fps
        self._patience = max(round(_PATIENCE_S * fps), 1)
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
        """``seen`` with the tracks continued by what turned looks show."""
        tracks = list(seen.tracks)
        for lost in self._pictures.lost():
            k = _whose(lost, tracks)
            if k is None:
                continue
            own = tracks[k]
            begin = [
                i for i in range(len(tracks)) if i != k and self._may_be(tracks[i], lost, seen.cuts)
            ]
            until = min((int(tracks[i].frames[0]) for i in begin), default=None)
            since = [one for one in lost.since if until is None or one.frame < until]
            way = Way.of(own, lost.last, self._eye, ahead=True)
            found = self._along(since, way, _others(tracks, [k]))
            goes_on = [i for i in begin if are_one(own, tracks[i], self._fps)]
            if goes_on:
                # Backwards in time from where they are seen again. Where nobody is found the tracks
                # stay apart: those who join tracks later have all of them before them.
                i = goes_on[0]
                way = Way.of(tracks[i], int(tracks[i].frames[0]), self._eye, ahead=False)
                last = max((row.frame for row in found), default=lost.last)
                back = [one for one in reversed(since) if one.frame > last]
                found += self._along(back, way, _others(tracks, [i, k]))
                own = join_tracks(own, tracks[i])
            if found:
                tracks[k] = with_rows(own, found, self._models)
                tracks = _others(tracks, goes_on[:1])
        return replace(seen, tracks=tuple(tracks))

    def _may_be(self, track: TrackObservations, lost: Lost, cuts: I32) -> bool:
        """Whether a track begins while somebody is lost, in their shot, about where they were."""
        first = int(track.frames[0])
        if ((lost.last < cuts) & (cuts <= first)).any():
            return False
        before = [one for one in lost.since if one.frame < first]
        if not before or first > lost.since[-1].frame + 1:
            return False
        way = Way.of(track, first, self._eye, ahead=False)
        return way is not None and before[-1].shows(way.hips_px)

    def _along(
        self,
        pictures: Sequence[Surroundings],
        way: Way | None,
        others: Sequence[TrackObservations],
    ) -> list[FoundRow]:
        """Who goes this ``way``, picture after picture, until somebody else is there."""
        found: list[FoundRow] = []
        for around in pictures:
            if way is None or abs(around.frame - way.frame) > self._patience:
                break
            if _is_taken(way.hips_at(around.frame), way.trunk_px, around.frame, others):
                break
            row = self._look(around, way)
            if row is not None:
                found.append(row)
                way = way.after(around.frame, row.pose[0])
        return found

    def _look(self, around: Surroundings, way: Way) -> FoundRow | None:
        """The surest pose in the picture as it is, then without its haze; then the same a little
        aside of where they were heading."""
        center = around.inside(way.hips_at(around.frame))
        trunk = way.trunk_px / around.step
        clear = _without_haze(around.bgr, center, _SIDE_PER_TRUNK * trunk)
        every = [2 * math.pi * k / _EIGHTHS - math.pi for k in range(_EIGHTHS)]
        turn = way.turn_at(around.frame)
        near = [turn - math.pi / 4, turn, turn + math.pi / 4]
        for aside in _ASIDE:
            for bgr in (around.bgr, clear):
                place = center + trunk * np.array(aside)
                turns = near if any(aside) else every
                best, worth = None, 0.0
                for first in self._first_poses(bgr, place, _SIDE_PER_TRUNK * trunk, turns):
                    row, sure = self._row(around, bgr, first, way)
                    if row is not None and sure > worth:
                        best, worth = row, sure
                if best is not None:
                    return best
        return None

    def _first_poses(
        self, bgr: U8, center: Floats, side: float, turns: Sequence[float]
    ) -> Iterator[Pose]:
        """What looks turned by ``turns`` show."""
        height, width = bgr.shape[:2]
        for turn in turns:
            region = Region(
                center_px=(float(center[0]), float(center[1])),
                side_px=side,
                rotation_rad=turn,
                mask_px=(0.0, 0.0, float(width), float(height)),
            )
            first = pose_from_landmarks(self._eye.locate(bgr, region))
            if first is not None:
                yield first

    def _row(
        self, around: Surroundings, bgr: U8, first: Pose, way: Way
    ) -> tuple[FoundRow | None, float]:
        """What all networks see in ``bgr`` where one ``first`` saw somebody, in the frame's pixels,
        and how sure they are; None where they don't agree, or it can't be them."""
        region = region_of(*first)
        told = [model.locate(bgr, region) for model in self._models]
        poses = [pose_from_landmarks(one) for one in told]
        pose = poses[self._first]
        if pose is None:
            return None, 0.0
        # The same network in a mirror is no other opinion.
        by_network: dict[str, float] = {}
        for model, one in zip(self._models, poses, strict=True):
            own, alike = model.worth.network, 0.0 if one is None else _alike(pose, one)
            by_network[own] = max(alike, by_network.get(own, 0.0))
        sure = min(_alike(pose, first), *sorted(by_network.values())[-_AGREEING:])
        xy = around.of_frame(pose[0])
        if sure < _ALIKE or not way.may_lead_to(around.frame, xy):
            return None, 0.0
        x, y = around.of_frame(np.array(region.center_px, np.float32)).tolist()
        row = FoundRow(
            around.frame,
            (xy, pose[1], around.of_frame(pose[2].reshape(2, 2)).reshape(4)),
            replace(region, center_px=(x, y), side_px=region.side_px * around.step),
            [replace(one, xy_px=around.of_frame(one.xy_px)) for one in told],
        )
        return row, sure * float(pose[1].mean())


def _whose(lost: Lost, tracks: Sequence[TrackObservations]) -> int | None:
    """Whose track was where somebody was seen last."""
    for k, track in enumerate(tracks):
        row = _row_at(track, lost.last)
        if row is not None and np.allclose(track.center_px[row], lost.region.center_px, atol=1.0):
            return k
    return None


def _others(tracks: Sequence[TrackObservations], leave: Sequence[int]) -> list[TrackObservations]:
    return [track for i, track in enumerate(tracks) if i not in leave]


def _alike(a: Pose, b: Pose) -> float:
    return keypoint_similarity(*a[:2], *b[:2], a[2])


def _row_at(track: TrackObservations, frame: int) -> int | None:
    row = int(np.searchsorted(track.frames, frame))
    return row if row < len(track.frames) and int(track.frames[row]) == frame else None


def _is_taken(
    hips_px: Floats, trunk_px: float, frame: int, others: Sequence[TrackObservations]
) -> bool:
    """Whether somebody is tracked at that place in ``frame``."""
    for track in others:
        row = _row_at(track, frame)
        if row is not None and np.linalg.norm(track.center_px[row] - hips_px) < trunk_px:
            return True
    return False


def _without_haze(bgr: U8, center: Floats, side: float) -> U8:
    """The picture with the contrast that the crop about ``center`` lost to the sun in the lens."""
    low = np.clip(center - side / 2, 0, np.array(bgr.shape[1::-1]) - 2).astype(int)
    high = np.maximum(np.clip(center + side / 2, 0, bgr.shape[1::-1]).astype(int), low + 2)
    crop = bgr[low[1] : high[1], low[0] : high[0]].reshape(-1, 3)
    dark, light = np.percentile(crop, _HAZE, axis=0)
    even = (bgr - dark) * (220.0 / np.maximum(light - dark, 20.0)) + 10.0
    return np.clip(even, 0, 255).astype(np.uint8)
