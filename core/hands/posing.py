"""From what a hand network saw of a person to the motion of both hands, in camera axes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.hand_points import POINTS, SIDES
from ..data.observations import PassObservations, TrackObservations
from ..data.profiling.resting import let_rest, rested
from ..data.profiling.side_by_side import side_by_side
from ..data.skeletons import REST_XYZ_BODY
from ..data.types import Camera
from ..geometry.camera import normalized_from_px, rotation_to_ray
from ..geometry.smoothing import blur, eased
from .collecting import CLOSEUP, HAND_M, WORTH
from .fit.steadying import of_this_side
from .fit.usual import corrected
from .fitting import HandFit, HandPoints, fit_hand
from .habits import RELAXED
from .model import MIRROR, Hand, hand_at_rest, hand_of, local_turns
from .reader import load_hand_reader

_SMALL_PX: Final = 24.0
"""Hands up to this size aren't read ..."""
_LARGE_PX: Final = 32.0
"""... from this one on they are trusted; between, mixed."""
_PLAIN_PX: Final = (40.0, 60.0)
"""Between these sizes a hand becomes so plain that the body may be changed by it; measured: smaller
ones did arms more harm than good."""
_OTHER_SIDE: Final = 0.1
"""Trust at least left in points that the network has for a hand of the other side."""
_EASE_S: Final = 0.4
"""Seconds over which a hand that is lost eases to a relaxed one."""
_READ: Final = 0.12
"""Trust from which a frame was read; single frames of less lie between others."""
_LONG: Final = 4096  # frames from which one hand after the other is fitted, which bounds memory
_MOSTLY: Final = 0.6
"""Share of frames that were read, of those about a frame, from which it is all that was seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HandMotion:
    """A person's hands in every frame from their track's first to its last, left then right.

    ``R_parent_joint`` (t, 2, 15, 3, 3) of ``model.finger_joints``; ``R_camera_palm`` (t, 2, 3, 3)
    from the zero pose's axes to the camera's; ``trust`` (t, 2) in [0, 1], 0 = relaxed and with a
    rotation that nobody saw; ``sure`` (t, 2) how much else may rest on it, which is more to ask.
    """

    R_parent_joint: F64 = field(metadata=of_shape("t", 2, 15, 3, 3))
    R_camera_palm: F64 = field(metadata=of_shape("t", 2, 3, 3))
    trust: F64 = field(metadata=of_shape("t", 2))
    sure: F64 = field(metadata=of_shape("t", 2))

    def __post_init__(self) -> None:
        check_fields(self)


def pose_hands(
    track: TrackObservations, camera: Camera, fps: float, expected: Floats, *, every: bool = False
) -> HandMotion | None:
    """Both hands of a person, None where nobody looked at hands.

    ``expected`` (t, 2, 3, 3) are the palms' rotations in camera axes as the body's landmarks have
    them; ``every`` trusts hands of all sizes.
    """
    seen = track.closeups.get(CLOSEUP)
    if seen is None:
        return None
    hand = _usual_hand()
    sides: dict[int, tuple[F64, F64, F64, F64]] = {}

    def work(k: int) -> None:
        fit, R_camera_ray, size_px = fit_side(track, camera, fps, expected[:, k], k, every=every)
        side = SIDES[k]
        if seen.worth.network == WORTH.network:
            fit = replace(fit, angles=corrected(fit.angles, fps))
        share, angles = _eased(fit, fps)
        turns = of_side(local_turns(hand, angles), side)
        sure = blur(fit.trust, _EASE_S / 4 * fps) * eased(
            (size_px - _PLAIN_PX[0]) / (_PLAIN_PX[1] - _PLAIN_PX[0])
        )
        sides[k] = turns, R_camera_ray @ of_side(fit.turn, side), share, sure

    if len(expected) < _LONG:
        side_by_side(work, range(len(SIDES)))
    else:
        for k in range(len(SIDES)):
            work(k)
            let_rest()
    parts = zip(*(sides.pop(k) for k in range(len(SIDES))), strict=True)
    return HandMotion(*(rested(np.stack(part, axis=1)) for part in parts))


def fit_side(
    track: TrackObservations,
    camera: Camera,
    fps: float,
    expected: Floats,
    k: int,
    *,
    every: bool = False,
) -> tuple[HandFit, F64, F64]:
    """The left (0) or right (1) hand as fitted, as a left one, before ``corrected``; rotations
    (t, 3, 3) from where it is looked straight at to camera axes; its sizes (t,) in pixels.

    ``expected`` (t, 3, 3) as of one side in ``pose_hands``. Raises KeyError where nobody looked at
    hands.
    """
    points, R_camera_ray, size_px = points_of(track, track.closeups[CLOSEUP], camera, k)
    is_large = eased((size_px - _SMALL_PX) / (_LARGE_PX - _SMALL_PX))
    trust = points.score**2 * (1.0 if every else is_large)
    R_ray_palm = of_side(R_camera_ray.transpose(0, 2, 1) @ expected, SIDES[k])
    return fit_hand(_usual_hand(), points, trust, R_ray_palm, fps), R_camera_ray, size_px


def _usual_hand() -> Hand:
    """People's hands differ in size only: the skeleton scales them as one."""
    return hand_of(hand_at_rest(REST_XYZ_BODY))


def of_side(R: Floats, side: str) -> F64:
    """Rotations of a left hand as those of the hand on ``side``, and the other way round."""
    return R if side == "left" else MIRROR[:, None] * R * MIRROR


def points_of(
    track: TrackObservations, seen: PassObservations, camera: Camera, k: int
) -> tuple[HandPoints, F64, F64]:
    """The left (0) or right (1) hand in every frame from the track's first to its last, looked
    straight at and read; rotations (t, 3, 3) from there to camera axes; and sizes (t,) in
    pixels. Raises ModelError where the hand reader is missing or another file."""
    first, last = int(track.frames[0]), int(track.frames[-1])
    t, at, own = last - first + 1, track.frames - first, slice(k * POINTS, (k + 1) * POINTS)
    xy_px, xyz_m = np.zeros((t, POINTS, 2)), np.zeros((t, POINTS, 3))
    score = np.zeros(t)
    xy_px[at], xyz_m[at] = seen.xy_px[:, own], seen.xyz_m[:, own]
    score[at] = np.clip(seen.score[:, own].min(1), 0, 1)
    xy_px[score == 0] = camera.K[:2, 2]
    R_camera_ray = rotation_to_ray(camera, xy_px.mean(1))
    ray = normalized_from_px(camera, xy_px)
    ray = np.concatenate([ray, np.ones_like(ray[..., :1])], axis=-1) @ R_camera_ray
    xy = ray[..., :2] / np.maximum(ray[..., 2:], 0.1)
    flat = xyz_m - xyz_m.mean(1, keepdims=True)
    away_px = xy_px - xy_px.mean(1, keepdims=True)
    if seen.worth.has_3d:
        px_per_m = np.linalg.norm(away_px, axis=(1, 2)) / np.maximum(
            np.linalg.norm(flat[..., :2], axis=(1, 2)), 1e-6
        )
    else:
        px_per_m = np.ptp(xy_px, axis=1).max(-1) / HAND_M
    if SIDES[k] == "right":
        xy, xyz_m = xy * MIRROR[:2], xyz_m * MIRROR
    if seen.worth.network == WORTH.network:
        # Read points are always of this side, those of a hand that was taken for the other too.
        score = score * np.sqrt(np.maximum(of_this_side(xyz_m), _OTHER_SIDE))
        xy, xyz_m = load_hand_reader().read(xy, xyz_m)
    points = HandPoints(xy, xyz_m, score, seen.worth.has_3d)
    return points, R_camera_ray, HAND_M * px_per_m


def _eased(fit: HandFit, fps: float) -> tuple[F64, F64]:
    """How much (t,) each frame is what was seen, and the angles (t, 5, 4) mixed with relaxed."""
    width = max(round(_EASE_S * fps) | 1, 1)
    read = np.pad(np.clip(fit.trust / _READ, 0, 1), width // 2, mode="edge")
    mean = np.convolve(read, np.ones(width) / width, mode="valid")
    share = np.clip(mean / _MOSTLY, 0, 1)
    return share, RELAXED + share[:, None, None] * (fit.angles - RELAXED)
