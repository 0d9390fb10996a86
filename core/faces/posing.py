"""From what a face network saw of a person to how the head is turned and the face's shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.faces.eyes import EYES_SKELETON
from ..data.faces.mesh import KEPT
from ..data.faces.shapes import FACE_SHAPES
from ..data.observations import PassObservations, TrackObservations
from ..data.types import Camera
from ..geometry.camera import normalized_from_px, rotation_to_ray
from ..geometry.rotations import (
    continuous_quats,
    exp_so3,
    matrix_from_quat,
    normalize,
    quat_from_matrix,
)
from ..geometry.smoothing import blur, eased, smooth_weighted, strength_for_cutoff
from .collecting import CLOSEUP
from .eyes.lids import Lids, lids_of, with_lids
from .eyes.seen import CLOSEUP as EYES
from .reader import FaceReader, load_face_reader
from .told import told_shapes

_SMALL_PX: Final = 32.0
"""Faces up to this height aren't read ..."""
_LARGE_PX: Final = 48.0
"""... from this one on they are trusted; between, mixed."""
_FACE_M: Final = 0.19
"""How tall a face is, chin to hairline, where the outer corners of its eyes are as far apart as
``collecting.EYE_CORNERS_M``."""
_ASIDE: Final = (np.radians(45.0), np.radians(65.0))
"""Between these angles from the view a mesh becomes a guess."""
_TURN_CUTOFF_HZ: Final = 6.0
"""Cutoff of the head's rotation; by hand."""
_SHAPE_CUTOFF_HZ: Final = 7.0
"""Cutoff of shapes: a blink takes 0.2 s; the best of 5 to 14 on four made-up clips."""
_EASE_S: Final = 0.2
"""Seconds over which a face that is lost comes to rest."""
_READ: Final = 0.2
"""Trust from which a frame was read."""
_ROUNDS: Final = 8
"""Rounds in which somebody's face at rest is found."""
_CALM: Final = 0.3
"""Frames with this share of shapes more count a third for the face at rest."""
_HEAD_FROM_BODY: Final = np.array([1.0, -1.0, -1.0])
"""The reader's axes of a head, x left, y down, z back, from the zero pose's: x left, y up, z
forward."""
JAW_OPEN_RAD: Final = 0.31
"""How far ``jawOpen`` at 1 turns the jaw: as far as the free body's lower teeth go down with it."""
_JAW: Final = FACE_SHAPES.index("jawOpen")


@dataclass(frozen=True, slots=True, eq=False)
class FaceMotion:
    """A person's face in every frame from their track's first to its last.

    ``R_camera_head`` (t, 3, 3) from the zero pose's axes to the camera's; ``weights`` (t, 52) in
    [0, 1] of ``FACE_SHAPES``; ``trust`` (t,) in [0, 1], 0 = at rest, with a rotation nobody saw.
    """

    R_camera_head: F64 = field(metadata=of_shape("t", 3, 3))
    weights: F64 = field(metadata=of_shape("t", len(FACE_SHAPES)))
    trust: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def jaw(self) -> F64:
        """The jaw's rotation (t, 3, 3) in the head's axes: down about the body's left."""
        turn = np.zeros((len(self.weights), 3))
        turn[:, 0] = JAW_OPEN_RAD * self.weights[:, _JAW]
        return exp_so3(turn)


def pose_face(
    track: TrackObservations,
    camera: Camera,
    fps: float,
    *,
    every: bool = False,
    reader: FaceReader | None = None,
) -> FaceMotion | None:
    """A person's face, None where nobody looked at it or found any.

    ``every`` trusts faces of all sizes; ``reader`` is Limn's own, unless another is given. Raises
    ModelError when that is missing.
    """
    seen = track.closeups.get(CLOSEUP)
    if seen is None or not (seen.presence > 0).any():
        return None
    points, R_camera_ray, size_px, presence = points_of(track, seen, camera)
    is_large = eased((size_px - _SMALL_PX) / (_LARGE_PX - _SMALL_PX))
    share = np.ones(len(points)) if every else is_large
    weights, told = None, told_shapes(track)
    if told is not None:
        weights = np.zeros((len(points), len(FACE_SHAPES)))
        weights[track.frames - track.frames[0]] = told
    eyes, at = track.closeups.get(EYES), track.frames - track.frames[0]
    lids = None
    if eyes is not None and eyes.skeleton == EYES_SKELETON:
        lids = lids_of(eyes, at, size_px / _FACE_M)
    return motion_of(points, R_camera_ray, presence, share, fps, reader, weights, lids)


def motion_of(
    points: Floats,
    R_camera_ray: Floats,
    presence: Floats,
    share: Floats,
    fps: float,
    reader: FaceReader | None = None,
    told: F64 | None = None,
    lids: Lids | None = None,
) -> FaceMotion:
    """The motion of meshes ``points`` (t, n, 3) as ``points_of`` tells them, turned by
    ``R_camera_ray`` (t, 3, 3), of ``presence`` (t,) and trusted by ``share`` (t,), both in [0, 1];
    ``told`` are shapes (t, 52) that another network read; ``lids`` have a say in blinks that the
    reader tells. Raises ModelError when the reader is missing.
    """
    reader = reader or load_face_reader()
    there = presence > 0
    R = np.tile(np.eye(3), (len(points), 1, 1))
    R[there] = reader.rotations(points[there])
    aside = np.arccos(np.clip(R[:, 2, 2], -1, 1))
    is_plain = 1 - eased((aside - _ASIDE[0]) / (_ASIDE[1] - _ASIDE[0]))
    trust = presence**2 * is_plain * share
    weights = np.zeros((len(points), len(FACE_SHAPES))) if told is None else told
    if told is None and (trust > _READ).any():
        faces = reader.faces(points[there], R[there])
        weights[there] = _shapes(reader, faces, R[there], trust[there])
        if lids is not None:
            weights = with_lids(weights, lids, trust > _READ)
    turned = _smooth_turns(R_camera_ray @ R * _HEAD_FROM_BODY, trust, fps)
    share, calm = _smooth_shapes(weights, trust, fps)
    return FaceMotion(turned, calm, np.minimum(trust, 1.0) * share)


def points_of(
    track: TrackObservations, seen: PassObservations, camera: Camera
) -> tuple[F64, F64, F64, F64]:
    """The mesh in every frame from the track's first to its last, looked straight at, (t, n, 3);
    rotations (t, 3, 3) from there to camera axes; heights (t,) in pixels; presence (t,)."""
    first, last = int(track.frames[0]), int(track.frames[-1])
    t, at = last - first + 1, track.frames - first
    xy_px, xyz = np.zeros((t, len(KEPT), 2)), np.zeros((t, len(KEPT), 3))
    presence = np.zeros(t)
    xy_px[at], xyz[at] = seen.xy_px, seen.xyz_m
    presence[at] = np.clip(seen.presence, 0, 1)
    presence[~xyz.any((1, 2))] = 0.0
    xy_px[presence == 0] = camera.K[:2, 2]
    R_camera_ray = rotation_to_ray(camera, xy_px.mean(1))
    ray = normalized_from_px(camera, xy_px)
    ray = np.concatenate([ray, np.ones_like(ray[..., :1])], axis=-1) @ R_camera_ray
    xy = ray[..., :2] / np.maximum(ray[..., 2:], 0.1)
    metres = _extent(xyz[..., :2])
    px_per_m = _extent(xy_px) / np.maximum(metres, 1e-6)
    flat = (xy - xy.mean(1, keepdims=True)) * (metres / np.maximum(_extent(xy), 1e-9))[
        :, None, None
    ]
    points = np.concatenate([flat, xyz[..., 2:]], axis=-1)
    return points, R_camera_ray, _FACE_M * px_per_m, presence


def _extent(xy: Floats) -> F64:
    """How far (t,) points (t, n, 2) lie about their middle."""
    return np.linalg.norm(xy - xy.mean(1, keepdims=True), axis=(1, 2))


def _shapes(reader: FaceReader, faces: Floats, R: Floats, trust: Floats) -> F64:
    """Shapes (t, 52) against the person's own face at rest, which is that of their calm frames."""
    calm = np.asarray(trust, np.float64)
    out = np.zeros((len(faces), len(FACE_SHAPES)))
    for _ in range(_ROUNDS):
        neutral = np.einsum("t,tna->na", calm, faces) / max(calm.sum(), 1e-9)
        out = reader.shapes(faces, neutral, R)
        moved = out.sum(1)
        least = float(np.percentile(moved[trust > _READ], 10))
        calm = trust * np.exp(-np.maximum(moved - least, 0) / _CALM)
    return out


def _smooth_turns(R: Floats, trust: Floats, fps: float) -> F64:
    quats = continuous_quats(quat_from_matrix(R))
    weight = np.broadcast_to(trust[:, None] + 1e-4, quats.shape)
    strength = strength_for_cutoff(_TURN_CUTOFF_HZ, fps)
    return matrix_from_quat(normalize(smooth_weighted(quats, weight, strength)))


def _smooth_shapes(weights: F64, trust: Floats, fps: float) -> tuple[F64, F64]:
    """How surely each frame was read (t,), and shapes (t, 52) that come to rest where none was."""
    weight = np.broadcast_to(trust[:, None] + 1e-4, weights.shape)
    calm = smooth_weighted(weights, weight, strength_for_cutoff(_SHAPE_CUTOFF_HZ, fps))
    read = np.clip(trust / _READ, 0, 1)
    share = np.clip(2 * blur(read, max(_EASE_S * fps / 2, 0.5)), 0, 1)
    return read, np.clip(calm, 0, 1) * share[:, None]
