"""What was seen of one person while the clip is read, stacked once at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..arrays import F32
from ..observations import PassObservations, TrackObservations
from ..types import Landmarks, Limb, Region
from .neighbours import Pose, within_limbs

_COVERED: Final = 0.3
"""A landmark behind somebody or outside the picture keeps this share of its score."""


@dataclass(slots=True, eq=False)
class Record:
    """Lists that grow together, an entry per frame in which the networks looked."""

    frames: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    landmarks: list[list[Landmarks]] = field(default_factory=list)

    def add(self, frame: int, pose: Pose, region: Region, landmarks: list[Landmarks]) -> None:
        """Append what was seen in ``frame``."""
        self.frames.append(frame)
        self.poses.append(pose)
        self.regions.append(region)
        self.landmarks.append(landmarks)

    def split(self, frame: int) -> Record:
        """Take away and return what was seen from ``frame`` on."""
        k = int(np.searchsorted(self.frames, frame))
        tail = Record(self.frames[k:], self.poses[k:], self.regions[k:], self.landmarks[k:])
        for values in (self.frames, self.poses, self.regions, self.landmarks):
            del values[k:]
        return tail

    def extend(self, other: Record) -> None:
        """Append another record of later frames."""
        self.frames += other.frames
        self.poses += other.poses
        self.regions += other.regions
        self.landmarks += other.landmarks

    def stacked(self, names: Sequence[str], colours: F32 | None) -> TrackObservations:
        """Everything as arrays; ``names`` of the networks in the order of the landmarks."""
        passes = {}
        for k, name in enumerate(names):
            seen = [landmarks[k] for landmarks in self.landmarks]
            passes[name] = PassObservations(
                xy_px=_stack(s.xy_px for s in seen),
                score=_stack(s.score for s in seen),
                xyz_m=_stack(s.xyz_m for s in seen),
                presence=_stack(s.presence for s in seen),
            )
        return TrackObservations(
            frames=np.array(self.frames, np.int32),
            detected_xy_px=_stack(pose[0] for pose in self.poses),
            detected_score=_stack(pose[1] for pose in self.poses),
            boxes_px=_stack(pose[2] for pose in self.poses),
            center_px=_stack(region.center_px for region in self.regions),
            side_px=_stack(region.side_px for region in self.regions),
            passes=passes,
            colours=colours,
        )


def _stack(values: Iterator[object]) -> F32:
    return np.array(list(values), np.float32)


def doubted(landmarks: Landmarks, in_front: Sequence[Limb], size_px: tuple[int, int]) -> Landmarks:
    """Lower the scores of landmarks that somebody nearer covers or that the picture cuts off."""
    xy = landmarks.xy_px
    if not np.isfinite(xy).all():
        return landmarks
    hidden = (xy < 0).any(1) | (xy > size_px).any(1) | within_limbs(xy, in_front)
    score = np.where(hidden, _COVERED * landmarks.score, landmarks.score)
    return replace(landmarks, score=score.astype(np.float32))
