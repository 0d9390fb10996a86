"""What the networks saw, before any solving: per person, frame and network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from .arrays import (
    F32,
    F64,
    I32,
    Bools,
    Floats,
    check_fields,
    check_finite,
    check_increasing,
    check_shape,
    of_shape,
)
from .foreign.motion import Foreign
from .skeletons import BLAZEPOSE_SKELETON, COCO_17, COCO_SKELETON, Skeleton


@dataclass(frozen=True, slots=True)
class PassWorth:
    """What a pass over a clip is worth as evidence, as its network declares.

    * ``network`` that looked: two passes of one network, such as on a mirrored crop, are one
      opinion;
    * ``is_precise``: where passes differ in 2D, only the precise ones count;
    * ``has_3d``: it tells positions in metres;
    * ``sigma_3d``: the standard deviation of its 3D against that of BlazePose's passes, which
      ``solving.evidence.lifter_fusion`` has measured;
    * ``sigma_2d``: the standard deviation of its keypoints in the picture as a share of the body's
      radius, 0 = that of Limn's own networks. Raises ValueError for values that are no deviations.
    """

    network: str
    is_precise: bool
    has_3d: bool
    sigma_3d: float = 1.0
    sigma_2d: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.sigma_3d < np.inf:
            raise ValueError("PassWorth.sigma_3d must be positive")
        if not 0 <= self.sigma_2d < np.inf:
            raise ValueError("PassWorth.sigma_2d must not be negative")


@dataclass(frozen=True, slots=True, eq=False)
class PassObservations:
    """What one network saw of one person: t frames, units as in ``Landmarks``.

    ``xy_px`` (t, n, 2), ``score`` (t, n) and ``xyz_m`` (t, n, 3), zeros where ``worth`` has no 3D,
    of the n keypoints of ``skeleton``; ``presence`` (t,).
    """

    xy_px: F32 = field(metadata=of_shape("t", "n", 2, has_gaps=True))
    score: F32 = field(metadata=of_shape("t", "n", has_gaps=True))
    xyz_m: F32 = field(metadata=of_shape("t", "n", 3, has_gaps=True))
    presence: F32 = field(metadata=of_shape("t", has_gaps=True))
    worth: PassWorth
    skeleton: Skeleton = BLAZEPOSE_SKELETON

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.skeleton))


SECOND_LOOK: Final = "Thunder"
"""The pass whose keypoints stand beside the detector's while a clip is read, and aren't kept.
Networks of the user's have no capitals in their names."""

RADIUS_PER_SIDE: Final = 1 / 2.5
"""A crop's side, ``side_px``, is 2 x 1.25 x the body's radius."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackObservations:
    """Everything seen of one person; t frames, not necessarily without holes.

    ``frames`` (t,) positions in the clip; the detector's ``detected_xy_px`` (t, k, 2) and
    ``detected_score`` (t, k) of the keypoints of ``detected_skeleton``, interpolated between
    detections; ``boxes_px`` (t, 4); the crops' ``center_px`` (t, 2) and ``side_px`` (t,);
    ``passes`` by name; ``colours`` (64,) of the torso or None; ``depth`` (t, s, 3) what a depth
    network told inside the body, the samples of ``core.depth.reading``, None without one;
    ``closeups`` what networks for a part of the body saw, by that part, such as ``hands``: no
    evidence of where the body is.
    """

    frames: I32 = field(metadata=of_shape("t"))
    detected_xy_px: F32
    detected_score: F32
    boxes_px: F32
    center_px: F32
    side_px: F32
    passes: dict[str, PassObservations]
    colours: F32 | None = field(metadata=of_shape(None))
    depth: F32 | None = None
    detected_skeleton: Skeleton = COCO_SKELETON
    closeups: dict[str, PassObservations] = field(default_factory=dict[str, PassObservations])

    def __post_init__(self) -> None:
        t, k = len(self.frames), len(self.detected_skeleton)
        check_fields(self)
        check_shape("TrackObservations.detected_xy_px", self.detected_xy_px, (t, k, 2))
        check_shape("TrackObservations.detected_score", self.detected_score, (t, k))
        check_shape("TrackObservations.boxes_px", self.boxes_px, (t, 4))
        check_shape("TrackObservations.center_px", self.center_px, (t, 2))
        check_shape("TrackObservations.side_px", self.side_px, (t,))
        for name, one in (self.passes | self.closeups).items():
            check_shape(f"TrackObservations.passes[{name}].presence", one.presence, (t,))
        if self.depth is not None:
            check_shape("TrackObservations.depth", self.depth, (t, None, 3))


PASS_ARRAYS: Final = ("xy_px", "score", "xyz_m", "presence")
"""Fields of a pass, and below of a track, that have one row per frame."""
PER_FRAME: Final = (
    "frames", "detected_xy_px", "detected_score", "boxes_px", "center_px", "side_px",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Points that stand still in the scene, as they were followed through the pictures.

    m sightings, those of a frame together and frames in order: ``frames`` (m,) positions in the
    clip, ``points`` (m,) the number of the point, ``xy_px`` (m, 2). A shot whose camera stands
    still has none.
    """

    frames: I32 = field(metadata=of_shape("m"))
    points: I32 = field(metadata=of_shape("m"))
    xy_px: F32 = field(metadata=of_shape("m", 2))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class GivenCamera:
    """A clip's camera as somebody else knows it, at n of its frames; its unit is anybody's guess.

    ``frames`` (n,) are increasing numbers in the file, ``T_world_camera`` (n, 4, 4) OpenCV's camera
    axes to any world, ``K`` (n, 3, 3) pixels of the clip, 0 in its first place where unknown, and
    ``dist`` (4,) k1 k2 p1 p2. Between frames it is interpolated, past the ends it rests.
    """

    frames: I32 = field(metadata=of_shape("n"))
    T_world_camera: F64 = field(metadata=of_shape("n", 4, 4))
    K: F64 = field(metadata=of_shape("n", 3, 3))
    dist: F64 = field(metadata=of_shape(4))

    def __post_init__(self) -> None:
        check_fields(self)
        check_increasing("GivenCamera.frames", self.frames)

    @property
    def has_lens(self) -> bool:
        """Whether it tells intrinsics."""
        return bool((self.K[:, 0, 0] > 0).all())


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A clip as the networks saw it: ``time_s`` (T,), ``source_frame`` (T,) and the tracks.

    ``cuts`` (c,) are the positions at which a new shot begins. ``depth_grid`` (T, rows, columns)
    is the relative depth on a coarse grid over every picture, None without a depth network.
    ``lines`` (n, 5) are straight line segments of some pictures: the frame's position, then the
    ends' pixels x0 y0 x1 y1; None where nobody looked for them. ``turns`` (T, 3) is how the camera
    turns, as ``perspective.camera_turns.TurnWatch`` tells it, None where it stands still.
    ``background`` is what was followed behind the people, None where no camera moves; ``given``
    the camera that somebody named; ``foreign`` what another tool told of the motion, beside the
    tracks or, of a take without any, instead of them.
    """

    time_s: F64
    source_frame: I32
    tracks: tuple[TrackObservations, ...]
    cuts: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    depth_grid: F32 | None = None
    lines: F32 | None = None
    turns: F32 | None = None
    background: Background | None = None
    given: GivenCamera | None = None
    foreign: Foreign | None = None

    def __post_init__(self) -> None:
        frames = len(self.time_s)
        check_shape("Observed.time_s", self.time_s, (None,))
        check_shape("Observed.source_frame", self.source_frame, (frames,))
        check_shape("Observed.cuts", self.cuts, (None,))
        check_finite("Observed.time_s", self.time_s)
        if self.depth_grid is not None:  # NaN where nothing was read
            check_shape("Observed.depth_grid", self.depth_grid, (frames, None, None))
        if self.lines is not None:
            check_shape("Observed.lines", self.lines, (None, 5))
            check_finite("Observed.lines", self.lines)
        if self.turns is not None:
            check_shape("Observed.turns", self.turns, (frames, 3))
            check_finite("Observed.turns", self.turns)


_AT_BORDER: Final = 0.06
"""Of the box's longer side: this near the picture's lower border a box may be cut by it."""
_LEGS_SEEN: Final = 0.35
"""Score of the better ankle up to which none is seen: ankles of whole people near the border have
0.5 and more, those of cut ones 0.3 and less."""
_ANKLES: Final = [COCO_17.index(f"{side}_ankle") for side in ("left", "right")]


def are_legs_cut(box_px: Floats, keypoint_score: Floats, height_px: int) -> Bools:
    """Whether pictures of ``height_px`` end above the feet of people with boxes (..., 4) and the
    scores (..., 17) of COCO's keypoints: (...)."""
    gap = height_px - box_px[..., 3]
    longer = (box_px[..., 2:] - box_px[..., :2]).max(-1)
    return (gap < _AT_BORDER * longer) & (keypoint_score[..., _ANKLES].max(-1) < _LEGS_SEEN)
