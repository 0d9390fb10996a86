"""One frozen type per stage, from a clip to a take; construction checks every array's shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np

from .arrays import (
    F32,
    F64,
    I32,
    U8,
    Bools,
    check_fields,
    check_finite,
    check_increasing,
    check_shape,
    of_shape,
)
from .faces.shapes import check_shapes, no_shapes
from .observations import Observed, PassWorth
from .skeletons import BLAZEPOSE_SKELETON, COCO_17, CONTACT_POINTS, SMPLX_55, Skeleton

if TYPE_CHECKING:
    from .views.view import View

FOCAL_DOUBT: Final = 0.22
"""By what share a guessed focal length is wrong (standard deviation)."""

_JOINTS, _DETECTED = len(SMPLX_55), len(COCO_17)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a running job reports: ``done`` of ``total`` steps of a stage (total 0 = unknown)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """Facts of a clip known before its frames are read.

    ``size_px`` is (width, height) as seen, after the rotation metadata. ``frame_count`` is what the
    container claims for the chosen range, 0 when it does not say.
    """

    path: str
    size_px: tuple[int, int]
    fps: float
    frame_count: int
    first_frame: int = 0
    step: int = 1
    is_still: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: ``index`` counts the source's frames from 0, ``bgr`` is (h, w, 3) uint8."""

    index: int
    time_s: float
    bgr: U8 = field(metadata=of_shape(None, None, 3))

    def __post_init__(self) -> None:
        check_fields(self)


class FrameSource(Protocol):
    """A clip that is read once, frame after frame; nothing of it stays in memory."""

    @property
    def info(self) -> ClipInfo:
        """The clip's facts."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences collected while reading, such as a truncated end."""
        ...

    @property
    def damaged_share(self) -> float:
        """Share of the frames in [0, 1] that can't be decoded, known once they were read."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Every frame of the range, in order."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera that stands still, with OpenCV distortion k1 k2 p1 p2.

    ``K`` (3, 3) pixels, ``T_world_camera`` (4, 4) takes camera coordinates to world metres,
    ``focal_doubt``: by what share the focal length may be wrong (one sigma), 0 where it was given.
    """

    K: F64 = field(metadata=of_shape(3, 3))
    size_px: tuple[int, int]
    dist: F64 = field(default_factory=lambda: np.zeros(4), metadata=of_shape(4))
    T_world_camera: F64 = field(default_factory=lambda: np.eye(4), metadata=of_shape(4, 4))
    focal_doubt: float = 0.0

    @property
    def is_estimated(self) -> bool:
        """Whether the field of view is Limn's own word."""
        return self.focal_doubt > 0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """People found in one frame: COCO-17 ``xy_px`` (n, 17, 2) with ``keypoint_score`` (n, 17),
    ``boxes_px`` (n, 4) as x0 y0 x1 y1, ``score`` (n,)."""

    xy_px: F32 = field(metadata=of_shape("n", _DETECTED, 2, has_gaps=True))
    keypoint_score: F32 = field(metadata=of_shape("n", _DETECTED, has_gaps=True))
    boxes_px: F32 = field(metadata=of_shape("n", 4, has_gaps=True))
    score: F32 = field(metadata=of_shape("n", has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True)
class Limb:
    """A stretch of a body in the picture: all within ``radius_px`` of the line between two points.

    ``is_own`` tells the person looked for from their neighbours.
    """

    start_px: tuple[float, float]
    end_px: tuple[float, float]
    radius_px: float
    is_own: bool


@dataclass(frozen=True, slots=True)
class Region:
    """The rotated square a single-person network looks at, and the upright box it may see.

    ``center_px`` (x, y), ``side_px``, ``rotation_rad`` (clockwise in the picture, 0 = upright);
    outside ``mask_px`` (x0, y0, x1, y1) the crop is greyed so that neighbours don't attract it.
    ``limbs`` of this person and of neighbours who overlap them, farthest first: what a neighbour's
    limb covers last is greyed too.
    """

    center_px: tuple[float, float]
    side_px: float
    rotation_rad: float
    mask_px: tuple[float, float, float, float]
    limbs: tuple[Limb, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The n keypoints of a ``skeleton`` of one person in one frame, in the picture and in metres.

    ``xy_px`` (n, 2) pixels; ``score`` (n,) visibility times presence; ``xyz_m`` (n, 3) hip-centred
    metres, x right, y down, z away, upright with the picture, or zeros; ``presence`` of a person.
    """

    xy_px: F32 = field(metadata=of_shape("n", 2, has_gaps=True))
    score: F32 = field(metadata=of_shape("n", has_gaps=True))
    xyz_m: F32 = field(metadata=of_shape("n", 3, has_gaps=True))
    presence: float
    skeleton: Skeleton = BLAZEPOSE_SKELETON

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.skeleton))


class Detector(Protocol):
    """Finds people in a picture. Called from several threads at once."""

    def detect(self, bgr: U8) -> Detections:
        """People in a (h, w, 3) picture; doubles are removed later."""
        ...


@runtime_checkable
class CloseDetector(Detector, Protocol):
    """A detector that can spend more on a picture where a quick look isn't enough."""

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        """People in the window x0 y0 x1 y1 of a picture, enlarged; pixels of the whole picture."""
        ...

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        """People of all sizes in a picture; for a still, at whatever cost. Doubles included."""
        ...


class LandmarkModel(Protocol):
    """Places the landmarks of the one person in a region. Called from several threads at once."""

    @property
    def name(self) -> str:
        """The pass's name in ``QUALITY_PASSES``."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints that it places."""
        ...

    @property
    def worth(self) -> PassWorth:
        """What its answers are worth as evidence."""
        ...

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        """Landmarks of the person in ``region`` of a (h, w, 3) picture."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The motion of one person: SMPL-X-named joints, a pose in each of the t frames they are in.

    * ``frames`` (t,) increasing positions in ``Take.time_s``; ``root_xyz_world`` (t, 3) metres, the
      pelvis; ``rest_xyz_body`` (55, 3) metres, zero pose in the body frame, pelvis at the origin;
    * ``quat_parent_joint`` (t, 55, 4) w x y z; joint 0 takes the body frame to world;
    * ``confidence`` (t, 55) in [0, 1]; ``contact`` (t, 4) in [0, 1], columns ``CONTACT_POINTS``;
    * ``bridged`` (t,) True where the pose was carried over a stretch in which nobody was seen;
    * ``xy_px`` (t, n, 2) and ``xy_score`` (t, n): 2D evidence, keypoints of ``xy_skeleton``;
    * ``height_m`` the stature the skeleton stands for; ``face_weights`` (t, 52) of ``FACE_SHAPES``,
      (0, 52) where nobody read the face.
    """

    name: str
    frames: I32 = field(metadata=of_shape("t"))
    rest_xyz_body: F32 = field(metadata=of_shape(_JOINTS, 3))
    root_xyz_world: F32 = field(metadata=of_shape("t", 3))
    quat_parent_joint: F32 = field(metadata=of_shape("t", _JOINTS, 4))
    confidence: F32 = field(metadata=of_shape("t", _JOINTS))
    contact: F32 = field(metadata=of_shape("t", len(CONTACT_POINTS)))
    bridged: Bools = field(metadata=of_shape("t"))
    xy_px: F32 = field(metadata=of_shape("t", "n", 2))
    xy_score: F32 = field(metadata=of_shape("t", "n"))
    height_m: float
    xy_skeleton: Skeleton = BLAZEPOSE_SKELETON
    face_weights: F32 = field(default_factory=no_shapes)

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.xy_skeleton))
        check_increasing("Person.frames", self.frames)
        check_shapes("Person.face_weights", self.face_weights, len(self.frames))


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A finished run: the clip's facts, the camera, everybody's motion and the quality report.

    ``time_s`` (T,) seconds of every frame that was read, from 0; ``source_frame`` (T,) its number
    in the file. ``cuts`` (c,) are the positions at which a new shot begins, ``T_world_shots``
    (c, 4, 4) where its camera stands, ``camera`` that of the first. Of each frame's (``camera_at``)
    ``turns`` (T, 3) are rotation vectors to its shot's axes, ``path`` (T, 3) metres where it stands
    there, ``zoom`` (T,) its focal length over ``camera``'s; empty where none does. ``settings`` and
    ``report`` hold JSON values. ``observed`` lets it be solved again, or None; ``views``: others'.
    """

    clip: ClipInfo
    camera: Camera
    time_s: F64
    source_frame: I32
    people: tuple[Person, ...]
    cuts: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    T_world_shots: F64 = field(default_factory=lambda: np.zeros((0, 4, 4)))
    settings: dict[str, object] = field(default_factory=dict[str, object])
    report: dict[str, object] = field(default_factory=dict[str, object])
    warnings: tuple[str, ...] = ()
    observed: Observed | None = None
    turns: F32 = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    path: F32 = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    zoom: F32 = field(default_factory=lambda: np.zeros(0, np.float32))
    views: tuple[View, ...] = ()

    def __post_init__(self) -> None:
        check_shape("Take.time_s", self.time_s, (None,))
        check_shape("Take.source_frame", self.source_frame, (t := len(self.time_s),))
        check_shape("Take.T_world_shots", self.T_world_shots, (len(self.cuts), 4, 4))
        check_shape("Take.turns", self.turns, (t * (len(self.turns) > 0), 3))
        check_shape("Take.path", self.path, (t * (len(self.path) > 0), 3))
        check_shape("Take.zoom", self.zoom, (t * (len(self.zoom) > 0),))
        for person in self.people:
            if len(at := person.frames) and not 0 <= at[0] <= at[-1] < t:
                raise ValueError(f"{person.name} has poses outside the clip's frames")
        for name in ("time_s", "T_world_shots", "turns", "path", "zoom"):
            check_finite(f"Take.{name}", getattr(self, name))
        check_increasing("Take.time_s", self.time_s)
