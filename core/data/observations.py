"""What the networks saw, before any solving: per person, frame and network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from .arrays import F32, F64, I32, check_shape


@dataclass(frozen=True, slots=True, eq=False)
class PassObservations:
    """What one network saw of one person: t frames of BlazePose-33, units as in ``Landmarks``.

    A network without 3D leaves ``xyz_m`` at zeros, landmarks it has no name for at score 0.

    ``xy_px`` (t, 33, 2), ``score`` (t, 33), ``xyz_m`` (t, 33, 3), ``presence`` (t,).
    """

    xy_px: F32
    score: F32
    xyz_m: F32
    presence: F32

    def __post_init__(self) -> None:
        t = len(self.presence)
        check_shape("PassObservations.xy_px", self.xy_px, (t, 33, 2))
        check_shape("PassObservations.score", self.score, (t, 33))
        check_shape("PassObservations.xyz_m", self.xyz_m, (t, 33, 3))

    @property
    def has_xyz(self) -> bool:
        """Whether the network tells 3D at all: zeros stand for none."""
        return bool(self.xyz_m.any())


RADIUS_PER_SIDE: Final = 1 / 2.5
"""A crop's side, ``side_px``, is 2 x 1.25 x the body's radius."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackObservations:
    """Everything seen of one person; t frames, not necessarily without holes.

    ``frames`` (t,) positions in the clip; the detector's COCO-17 ``detected_xy_px`` (t, 17, 2) and
    ``detected_score`` (t, 17), interpolated between detections; ``boxes_px`` (t, 4); the crops'
    ``center_px`` (t, 2) and ``side_px`` (t,); ``passes`` by network name; ``colours`` (64,) of the
    torso or None; ``depth`` (t, s, 3) what a depth network told inside the body, the samples of
    ``core.depth.reading``, None without one.
    """

    frames: I32
    detected_xy_px: F32
    detected_score: F32
    boxes_px: F32
    center_px: F32
    side_px: F32
    passes: dict[str, PassObservations]
    colours: F32 | None
    depth: F32 | None = None

    def __post_init__(self) -> None:
        t = len(self.frames)
        check_shape("TrackObservations.detected_xy_px", self.detected_xy_px, (t, 17, 2))
        check_shape("TrackObservations.detected_score", self.detected_score, (t, 17))
        check_shape("TrackObservations.boxes_px", self.boxes_px, (t, 4))
        check_shape("TrackObservations.center_px", self.center_px, (t, 2))
        check_shape("TrackObservations.side_px", self.side_px, (t,))
        for name, one in self.passes.items():
            check_shape(f"TrackObservations.passes[{name}].presence", one.presence, (t,))
        if self.depth is not None:
            check_shape("TrackObservations.depth", self.depth, (t, None, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A clip as the networks saw it: ``time_s`` (T,), ``source_frame`` (T,) and the tracks.

    ``cuts`` (c,) are the positions at which a new shot begins. ``depth_grid`` (T, rows, columns)
    is the relative depth on a coarse grid over every picture, None without a depth network.
    ``lines`` (n, 5) are straight line segments of some pictures: the frame's position, then the
    ends' pixels x0 y0 x1 y1; None where nobody looked for them. ``turns`` (T, 3) is how the camera
    turns, as ``perspective.turning.TurnWatch`` tells it, None where it stands still.
    """

    time_s: F64
    source_frame: I32
    tracks: tuple[TrackObservations, ...]
    cuts: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    depth_grid: F32 | None = None
    lines: F32 | None = None
    turns: F32 | None = None

    def __post_init__(self) -> None:
        if self.lines is not None:
            check_shape("Observed.lines", self.lines, (None, 5))
        if self.turns is not None:
            check_shape("Observed.turns", self.turns, (len(self.time_s), 3))
