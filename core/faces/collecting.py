"""Everybody's face looked at closely while a clip is read.

A face is looked for where it was a frame before; the body's eyes and nose are asked at the start
and when it seems lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, U8, Floats, check_fields, of_shape
from ..data.collector import PartCollector, Sighting, led
from ..data.faces.eyes import EYES_SKELETON
from ..data.faces.mesh import FACE_SKELETON, KEPT
from ..data.faces.shapes import FACE_SHAPES
from ..data.observations import Observed, PassObservations, PassWorth, TrackObservations
from ..data.profiling.stages import staged
from ..data.skeletons import COCO_SKELETON
from .doubles import without_doubles
from .eyes.seen import CLOSEUP as EYES
from .eyes.seen import EYE_NUMBERS, eyes_pass, eyes_row
from .regions import LEFT_CORNER, RIGHT_CORNER, eye_span, region_from_body, region_from_mesh
from .seen import EyeModel, FaceModel, FaceSeen, ShapeModel
from .told import TOLD, told_pass

CLOSEUP: Final = "face"
"""The name of what a face network saw in ``TrackObservations.closeups``."""
WORTH: Final = PassWorth("face_landmark", is_precise=True, has_3d=True)

EYE_CORNERS_M: Final = 0.09
"""Metres between the outer corners of an adult's eyes: what a mesh in pixels is scaled by."""
FACE_PER_EYES: Final = 2.9
"""How tall a face is, chin to hairline, in distances between the eyes' centres."""
_SMALLEST_PX: Final = 32.0
"""Face height under which a mesh tells nothing that a body's landmarks don't."""
_SURE: Final = 0.5
"""Chance of a face over which the network's answer is followed; MediaPipe's own."""
_ASTRAY: Final = 0.7
"""Distances between the eyes by which mesh and body may differ before the body is asked."""
_PLAIN_EARS: Final = 0.7
"""Distances between the eyes by which ears lie apart that tell a face from the back of a head."""
_PATIENCE: Final = 3  # frames, then the next
_ASK_AGAIN: Final = 5
"""Who wasn't found in so many frames is looked for every few frames only, as who turned away."""
_PRESENCE: Final = 0.3
"""Chance of a person in the crop from which a body's landmarks count; by hand."""
_STEP_PX: Final = 1 / 64
_STEP_M: Final = 2.0**-17
"""What is kept is rounded to these: it packs to half the size, and meshes err by far more."""
_HEAD: Final = ("left_eye", "right_eye", "nose", "left_ear", "right_ear")
_CORNERS: Final = (KEPT.index(LEFT_CORNER), KEPT.index(RIGHT_CORNER))


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    """A head as the body's landmarks have it: ``points_px`` (3, 2) of left eye, right eye and nose,
    the ``span`` between the eyes as seen from the front, and ``ears_px`` (2,) right to left."""

    points_px: F64 = field(metadata=of_shape(3, 2))
    span: float
    ears_px: F64 = field(metadata=of_shape(2))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """What was last ``seen`` of a face, None where nothing was, and for how many frames it is
    ``missed``; ``eyes_px`` (40, 2) where somebody looked at its eyes."""

    seen: FaceSeen | None = None
    missed: int = 0
    eyes_px: F32 | None = field(default=None, metadata=of_shape(len(EYES_SKELETON), 2))

    def __post_init__(self) -> None:
        check_fields(self)


class FaceCollector(PartCollector[_Followed]):
    """Runs a model on the faces that are large enough. Implements ``data.collector.Collector``.

    ``every`` looks at faces of all sizes, ``step`` at one frame in so many; ``shapes`` tells their
    shapes, else the mesh is read for them when the clip is solved; ``eyes`` looks at lids, of
    every ``eye_step``-th look at a face.
    """

    numbers = len(FACE_SKELETON) * 5 + 1

    def __init__(
        self,
        model: FaceModel,
        *,
        every: bool = False,
        step: int = 1,
        shapes: ShapeModel | None = None,
        eyes: EyeModel | None = None,
        eye_step: int = 1,
    ) -> None:
        super().__init__(step)
        self._model = model
        self._eyes, self._eye_step = eyes, eye_step
        if eyes is not None:
            self.numbers += EYE_NUMBERS
        self._shapes = shapes
        self._smallest_px = 0.0 if every else _SMALLEST_PX

    def nothing(self) -> _Followed:
        """Nothing was seen yet."""
        return _Followed()

    @staged("faces")
    def look_at(self, bgr: U8, person: Sighting, last: _Followed, position: int) -> _Followed:
        """The face in one frame, where it was, else where the body has it."""
        head = _head_of(person)
        if head is None:
            return _Followed(None, last.missed + 1)
        if head.span * FACE_PER_EYES < self._smallest_px:
            return _Followed(None, last.missed + 1)
        # What the network sees wrongly in a picture differs in a mirror, and evens out over time.
        number = position // self.step
        mirrored = number % 2 == 1
        seen = last.seen
        if seen is not None:
            seen = self._model.locate(bgr, region_from_mesh(seen.xyz_px), mirrored=mirrored)
            if _is_followed(seen, head):
                return self._followed(bgr, seen, number)
        if last.missed > _PATIENCE and number % _ASK_AGAIN:
            return _Followed(None, last.missed + 1)
        first = self._model.locate(bgr, region_from_body(*head.points_px), mirrored=mirrored)
        if not np.isfinite(first.xyz_px).all():
            return _Followed(None, last.missed + 1)
        # A look at what the first one found is far better than it.
        again = self._model.locate(bgr, region_from_mesh(first.xyz_px), mirrored=mirrored)
        is_there = _is_followed(again, head)
        return self._followed(bgr, again, number) if is_there else _Followed(None, last.missed + 1)

    def _followed(self, bgr: U8, seen: FaceSeen, number: int) -> _Followed:
        if self._eyes is None or number % self._eye_step:
            return _Followed(seen)
        return _Followed(seen, eyes_px=self._eyes.look(bgr, seen.xyz_px))

    def row_of(self, seen: _Followed) -> F32:
        """A face as a closeup's fields in one row."""
        if seen.seen is None:
            return np.zeros(self.numbers, np.float32)
        xyz = seen.seen.xyz_px[list(KEPT)].astype(np.float64)
        xy_px = np.rint(xyz[:, :2] / _STEP_PX) * _STEP_PX
        xyz_m = np.rint(metric(xyz) / _STEP_M) * _STEP_M
        eyes = np.zeros(0)
        if self._eyes is not None:
            eyes = eyes_row(seen.eyes_px, seen.seen.presence, _STEP_PX)
        row = np.concatenate([xy_px.ravel(), xyz_m.ravel(), eyes, [seen.seen.presence]])
        return row.astype(np.float32)

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with no face that is two people's."""
        return replace(seen, tracks=without_doubles(seen.tracks, CLOSEUP))

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` with its face; where nobody looked, or found any, it has score 0."""
        n, t = len(FACE_SKELETON), len(told)
        told = led(told, track.frames, -1, self.step)
        xy, xyz, eyes, presence = np.split(told, [2 * n, 5 * n, self.numbers - 1], axis=1)
        seen = PassObservations(
            xy_px=xy.reshape(t, n, 2),
            score=np.repeat(presence, n, axis=1),
            xyz_m=xyz.reshape(t, n, 3),
            presence=presence[:, 0],
            worth=WORTH,
            skeleton=FACE_SKELETON,
        )
        closeups = {**track.closeups, CLOSEUP: seen}
        if self._eyes is not None:
            closeups[EYES] = eyes_pass(eyes, track.frames, self.step * self._eye_step)
        if self._shapes is not None:
            there = seen.presence > 0
            weights = np.zeros((t, len(FACE_SHAPES)), np.float32)
            weights[there] = self._shapes.shapes(seen.xy_px[there])
            closeups[TOLD] = told_pass(weights, seen.presence, self._shapes.name)
        return replace(track, closeups=closeups)


def metric(xyz_px: Floats) -> F64:
    """Meshes (..., n, 3) in pixels as metres about their middle, as large as adults' are."""
    corners = np.linalg.norm(xyz_px[..., _CORNERS[0], :] - xyz_px[..., _CORNERS[1], :], axis=-1)
    about = xyz_px - xyz_px.mean(-2, keepdims=True)
    return about * EYE_CORNERS_M / np.maximum(corners, 1e-3)[..., None, None]


def _is_followed(seen: FaceSeen, head: _Head) -> bool:
    """Whether it is a face, and that of the person, not of somebody before whom they stand."""
    if seen.presence < _SURE or not np.isfinite(seen.xyz_px).all():
        return False
    right, left = seen.xyz_px[[RIGHT_CORNER, LEFT_CORNER], :2].astype(np.float64)
    middle = (head.points_px[0] + head.points_px[1]) / 2
    if np.linalg.norm((left + right) / 2 - middle) > _ASTRAY * head.span:
        return False
    # Of who is seen from behind the left ear lies on the left.
    ears = float(np.linalg.norm(head.ears_px))
    backwards = head.ears_px @ (left - right) < 0
    return not (backwards and ears > _PLAIN_EARS * head.span)


def _head_of(person: Sighting) -> _Head | None:
    """The head by the body's landmarks, the networks' mean, else by the detector's keypoints; None
    where nobody tells it."""
    results = [result.result() for result in person.landmarks]
    told = [
        (one.skeleton.select(_HEAD), one.xy_px)
        for one in results
        if one.presence > _PRESENCE and np.isfinite(one.xy_px).all()
    ]
    told = [(pick, xy) for pick, xy in told if pick.known.all()]
    told = told or [(COCO_SKELETON.select(_HEAD), np.asarray(person.keypoints_px, np.float32))]
    points = np.mean([pick.of(xy) for pick, xy in told], axis=0).astype(np.float64)
    if not np.isfinite(points).all():
        return None
    return _Head(points[:3], eye_span(*points[:3]), points[3] - points[4])
