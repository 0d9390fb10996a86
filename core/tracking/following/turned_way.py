"""Where somebody who turns over is heading, and whether a pose further on may be theirs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.observations import TrackObservations
from ...data.skeletons import COCO_17
from ...data.types import LandmarkModel

_FASTEST_SPIN: Final = math.radians(30.0)
"""Radians by which nobody turns more from one frame to the next at 30 a second; by hand."""
_OFF, _OFF_A_FRAME = 0.5, 0.15
"""How far from where they were heading, in trunks, hips may be, and more with every frame; by hand.
"""
_TURNED, _TURNED_A_FRAME = math.radians(60.0), math.radians(15.0)
"""How far their trunk may be turned from what its spin promises; by hand."""
_TRUNKS: Final = (0.5, 1.6)
"""Shortest and longest trunk that may be theirs, of its length before; by hand."""
_LATEST: Final = 5
"""Rows of a track that tell where somebody is heading; by hand."""
_SEEN: Final = 0.5
"""Chance of a person in the crop from which a row of a track tells where they are; by hand."""
_HIPS, _SHOULDERS = slice(11, 13), slice(5, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Where somebody was in ``frame``, pixels, and how fast they move, pixels a frame; the
    ``turn_rad`` of their trunk from upright, clockwise, and its ``spin_rad`` a frame."""

    frame: int
    hips_px: F64 = field(metadata=of_shape(2))
    speed_px: F64 = field(metadata=of_shape(2))
    trunk_px: float
    turn_rad: float
    spin_rad: float

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of(
        cls, track: TrackObservations, frame: int, eye: LandmarkModel, *, ahead: bool
    ) -> Way | None:
        """In a ``frame`` of a ``track``, by what ``eye`` saw of the frames before it, or after it
        where the way doesn't go ``ahead``; None where it saw nobody."""
        one = track.passes[eye.name]
        told = one.presence > _SEEN
        near = track.frames <= frame if ahead else track.frames >= frame
        rows = np.flatnonzero(told & near)
        rows = rows[-_LATEST:] if ahead else rows[:_LATEST][::-1]
        if not len(rows) or abs(int(track.frames[rows[-1]]) - frame) > 1:
            return None
        xy = one.skeleton.select(COCO_17).of(one.xy_px)[rows].astype(np.float64)
        frames = track.frames[rows].astype(np.float64)
        hips = xy[:, _HIPS].mean(1)
        since = frames - frames.mean()
        speed = since @ (hips - hips.mean(0)) / max(float(since @ since), 1.0)
        trunk = float(np.median([_trunk_px(body) for body in xy]))
        end = hips.mean(0) + speed * (frames[-1] - frames.mean())
        turns = np.unwrap([_turn_rad(body) for body in xy])
        spin = float(since @ (turns - turns.mean())) / max(float(since @ since), 1.0)
        spin = float(np.clip(spin, -_FASTEST_SPIN, _FASTEST_SPIN))
        return cls(int(frames[-1]), end, speed, max(trunk, 1.0), float(turns[-1]), spin)

    def hips_at(self, frame: int) -> F64:
        """The hips' middle (2,) in a later frame."""
        return self.hips_px + self.speed_px * (frame - self.frame)

    def turn_at(self, frame: int) -> float:
        """How far the trunk is turned in a later frame."""
        return self.turn_rad + self.spin_rad * (frame - self.frame)

    def may_lead_to(self, frame: int, xy_px: Floats) -> bool:
        """Whether somebody at ``xy_px`` (17, 2) in a later frame may be them."""
        gap = abs(frame - self.frame)
        off = np.linalg.norm(xy_px[_HIPS].mean(0) - self.hips_at(frame)) / self.trunk_px
        trunk = _trunk_px(xy_px) / self.trunk_px
        turned = abs(_wrapped(_turn_rad(xy_px) - self.turn_at(frame)))
        is_near = off < _OFF + _OFF_A_FRAME * gap and turned < _TURNED + _TURNED_A_FRAME * gap
        return bool(is_near and _TRUNKS[0] < trunk < _TRUNKS[1])

    def after(self, frame: int, xy_px: Floats) -> Way:
        """The way on, once they were seen at ``xy_px`` (17, 2) in a later ``frame``."""
        hips = xy_px[_HIPS].mean(0).astype(np.float64)
        speed = (hips - self.hips_px) / (frame - self.frame)
        off = _wrapped(_turn_rad(xy_px) - self.turn_at(frame))
        spin = self.spin_rad + off / (frame - self.frame) / 2
        return replace(
            self,
            frame=frame,
            hips_px=hips,
            speed_px=(speed + self.speed_px) / 2,
            turn_rad=self.turn_at(frame) + off,
            spin_rad=float(np.clip(spin, -_FASTEST_SPIN, _FASTEST_SPIN)),
        )


def _wrapped(angle_rad: float) -> float:
    return (angle_rad + math.pi) % (2 * math.pi) - math.pi


def _turn_rad(xy_px: Floats) -> float:
    x, y = xy_px[_SHOULDERS].mean(0) - xy_px[_HIPS].mean(0)
    return math.atan2(float(x), -float(y))


def _trunk_px(xy_px: Floats) -> float:
    return float(np.linalg.norm(xy_px[_SHOULDERS].mean(0) - xy_px[_HIPS].mean(0)))
