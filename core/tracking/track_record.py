"""What was seen of one person while the clip is read, stacked once at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, check_fields, of_shape
from ..data.observations import PASS_ARRAYS, PER_FRAME, PassObservations, TrackObservations
from ..data.skeletons import COCO_17
from ..data.types import LandmarkModel, Landmarks, Limb, Region
from .neighbours import Pose, within_limbs

_COVERED: Final = 0.3
"""A landmark behind somebody or outside the picture keeps this share of its score."""


_DETECTED: Final = len(COCO_17)
_POSE: Final = _DETECTED * 2 + _DETECTED + 4
_REGION: Final = 3
"""Numbers of a region in a row: centre x and y, side."""


@dataclass(slots=True, eq=False)
class TrackRecord:
    """What grows while a clip is read: one packed row of numbers per frame of a person.

    A row is the detector's pose (keypoints, scores, box), the region's centre and side, every
    network's landmarks, then what every collector told. Thousands of small arrays
    would cost more than what they hold.
    """

    frames: list[int] = field(default_factory=list[int])
    rows: list[F32] = field(default_factory=list[F32], metadata=of_shape("n", has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)

    def add(
        self,
        frame: int,
        pose: Pose,
        region: Region,
        landmarks: Sequence[Landmarks],
        told: Sequence[F32] = (),
    ) -> None:
        """Append what was seen in ``frame``, and what collectors ``told``, as long in all rows."""
        numbers = sum(_numbers(len(seen.skeleton)) for seen in landmarks)
        numbers += sum(values.size for values in told)
        row = np.empty(_POSE + _REGION + numbers, np.float32)
        at = 0
        parts = [*pose, region.center_px, region.side_px]
        for seen in landmarks:
            parts += [seen.xy_px, seen.score, seen.xyz_m, seen.presence]
        parts += told
        for part in parts:
            values = np.ravel(np.asarray(part))
            row[at : at + len(values)] = values
            at += len(values)
        self.frames.append(frame)
        self.rows.append(row)

    def box_px(self, i: int) -> F32:
        """The box (4,) of entry ``i``."""
        return self.rows[i][_POSE - 4 : _POSE]

    def split(self, frame: int) -> TrackRecord:
        """Take away and return what was seen from ``frame`` on."""
        k = int(np.searchsorted(self.frames, frame))
        tail = TrackRecord(self.frames[k:], self.rows[k:])
        del self.frames[k:], self.rows[k:]
        return tail

    def extend(self, other: TrackRecord) -> None:
        """Append another record of later frames."""
        self.frames += other.frames
        self.rows += other.rows

    def stacked(
        self, models: Sequence[LandmarkModel], colours: F32 | None, told: Sequence[int] = ()
    ) -> tuple[TrackObservations, list[F32]]:
        """Everything as arrays; ``models`` in the order of the landmarks, and how many numbers each
        collector told: theirs are returned as (t, numbers).

        The rows are given up on the way, so that a long clip is never held twice.
        """
        t = len(self.rows)
        shapes: list[tuple[int, ...]] = [(_DETECTED, 2), (_DETECTED,), (4,), (2,), ()]
        for n in (len(model.skeleton) for model in models):
            shapes += [(n, 2), (n,), (n, 3), ()]
        shapes += [(count,) for count in told]
        out = [np.empty((t, *shape), np.float32) for shape in shapes]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        for i in range(t):
            for values, part in zip(out, np.split(self.rows[i], ends), strict=True):
                values[i] = part.reshape(values.shape[1:])
            self.rows[i] = _GIVEN_UP
        passes = {
            model.name: PassObservations(
                *out[5 + 4 * k : 9 + 4 * k], worth=model.worth, skeleton=model.skeleton
            )
            for k, model in enumerate(models)
        }
        frames = np.array(self.frames, np.int32)
        track = TrackObservations(frames, *out[:5], passes=passes, colours=colours)
        return track, out[len(out) - len(told) :]


def _numbers(keypoints: int) -> int:
    """Of the landmarks of so many keypoints: pixels, scores, metres and the presence."""
    return 6 * keypoints + 1


_GIVEN_UP: Final = np.empty(0, np.float32)


def doubted(landmarks: Landmarks, in_front: Sequence[Limb], size_px: tuple[int, int]) -> Landmarks:
    """Lower the scores of landmarks that somebody nearer covers or that the picture cuts off."""
    xy = landmarks.xy_px
    if not np.isfinite(xy).all():
        return landmarks
    hidden = (xy < 0).any(1) | (xy > size_px).any(1) | within_limbs(xy, in_front)
    score = np.where(hidden, _COVERED * landmarks.score, landmarks.score)
    return replace(landmarks, score=score.astype(np.float32))


def join_tracks(a: TrackObservations, b: TrackObservations) -> TrackObservations:
    """All of ``a``, then all of ``b``, as one person."""

    def both(x: F32, y: F32) -> F32:
        return np.concatenate([x, y])

    def joined(one: PassObservations, other: PassObservations) -> PassObservations:
        return replace(one, **{f: both(getattr(one, f), getattr(other, f)) for f in PASS_ARRAYS})

    passes = {name: joined(one, b.passes[name]) for name, one in a.passes.items()}
    closeups = {
        name: joined(one, b.closeups[name])
        for name, one in a.closeups.items()
        if name in b.closeups
    }
    return replace(
        a,
        **{field: both(getattr(a, field), getattr(b, field)) for field in PER_FRAME},
        passes=passes,
        closeups=closeups,
        colours=a.colours if a.colours is not None else b.colours,
        depth=None if a.depth is None or b.depth is None else both(a.depth, b.depth),
    )
