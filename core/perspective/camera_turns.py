"""How the camera turns while it films, from what stands still behind the people.

Points of the background are followed from a key frame on (``Flow``); points at people are left out.
What a turning camera does to them is a rotation of their rays, found by lot and least squares
(Fischler and Bolles' RANSAC; Kabsch). Where it is moved as well, what is far away decides. A camera
that stands still gives exactly no turn: that is tried first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Bools, Floats, check_shape
from ..data.types import Camera
from ..geometry.camera import camera_from_fov, rays_from_px
from ..geometry.rotations import exp_so3, frame_from_axes, log_so3, nearest_rotation
from ..geometry.smoothing import interpolate_columns

_SURE_SHARE: Final = 0.0016
"""Points that are followed lie within this share of the picture's longer side."""
_FEWEST: Final = 10
"""Points that tell a turn at least; by hand."""
_PROPOSALS: Final = 60
"""Random pairs of points tried, which bounds time; by hand."""
_STILL: Final = 0.7
"""With so many of the best turn's supporters for no turn at all, there is none."""
_LEAST_RAD: Final = np.radians(0.15)
"""A shot that never turns by more stands still."""
_LATEST: Final = 6
"""Frames at rest after which the camera is taken to rest; by hand."""
_MARGIN: Final = 0.08
"""People's boxes are taken larger by this share."""


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where n points of the key frame, ``before`` (n, 2) pixels, lie now, ``after`` (n, 2).

    ``is_key`` tells that the frames after this one are compared with this one.
    """

    before: F32
    after: F32
    is_key: bool

    def __post_init__(self) -> None:
        check_shape("Flow.before", self.before, (None, 2))
        check_shape("Flow.after", self.after, self.before.shape)


class TurnWatch:
    """Adds up the camera's turns over a clip; frames may be left out, but come in order.

    ``camera`` is the one that films, or a guess at its field of view.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._key, self._last = np.eye(3), np.eye(3)
        self._boxes: Floats = np.zeros((0, 4))
        self._turns: list[F64] = []
        self._positions: list[int] = []
        self._starts: list[int] = []

    def add(
        self, position: int, flow: Flow, boxes_px: Sequence[Floats], *, starts_shot: bool
    ) -> None:
        """The frame at ``position``, with the boxes (4,) of the people in it."""
        boxes = np.asarray(boxes_px, np.float64).reshape(-1, 4)
        if starts_shot or not self._turns:
            self._starts.append(len(self._turns))
            self._key = self._last = np.eye(3)
        else:
            free = ~_inside(flow.after, boxes) & ~_inside(flow.before, self._boxes)
            turn = turn_between(flow.before[free], flow.after[free], self._camera)
            # Where nothing can be followed the camera goes on looking where it looked.
            self._last = self._last if turn is None else self._key @ turn
        if flow.is_key:
            self._key, self._boxes = self._last, boxes
        self._turns.append(self._last)
        self._positions.append(position)

    @property
    def stands_still(self) -> bool:
        """Whether the latest frames of the shot all look the same way."""
        latest = self._turns[self._starts[-1] :][-_LATEST:] if self._starts else []
        return len(latest) == _LATEST and bool((np.array(latest) == latest[0]).all())

    def turns(self, frame_count: int) -> F32 | None:
        """Rotation vectors (frame_count, 3) from every frame's axes to those of its shot.

        A shot's axes are the mean of its frames'. None where the camera never turns.

        They are what they would be at the usual field of view, see ``at_focal``. Frames left out
        lie between their neighbours.
        """
        out = np.zeros((frame_count, 3), np.float32)
        places = np.array([*self._positions, frame_count])
        for start, stop in zip(self._starts, [*self._starts[1:], len(self._turns)], strict=True):
            R = np.array(self._turns[start:stop])
            if np.linalg.norm(log_so3(R[0].T @ R), axis=-1).max() < _LEAST_RAD:
                continue
            turns = log_so3(nearest_rotation(R.sum(0)).T @ R)
            whole = np.arange(places[start], places[stop], dtype=np.int64)
            known = places[start:stop]
            out[whole] = interpolate_columns(whole, known, turns)
        return (out / _at_usual(self._camera)).astype(np.float32) if out.any() else None


def at_focal(turns: Floats, camera: Camera) -> F64:
    """Rotations (t, 3, 3) from frames' axes to their shot's for a camera of known focal length.

    What moves a picture sideways by so many pixels is a smaller turn the longer the lens.
    """
    return exp_so3(np.asarray(turns, np.float64) * _at_usual(camera))


def _at_usual(camera: Camera) -> F64:
    """What turns (3,) at the usual field of view are multiplied by at that of ``camera``."""
    usual = camera_from_fov(camera.size_px, None).K
    return np.array([usual[1, 1] / camera.K[1, 1], usual[0, 0] / camera.K[0, 0], 1.0])


def turn_between(before: Floats, after: Floats, camera: Camera) -> F64 | None:
    """The rotation (3, 3) that takes rays of ``after`` (n, 2) pixels to those of ``before``.

    None where fewer than ten points agree on one; exactly none where most stayed in place.
    """
    if len(before) < _FEWEST:
        return None
    a, b = (rays_from_px(camera, np.asarray(px, np.float64)) for px in (before, after))
    reach = _SURE_SHARE * max(camera.size_px) / float(camera.K[0, 0])
    still = int((np.linalg.norm(b - a, axis=-1) < reach / 2).sum())
    if still >= max(_STILL * len(a), _FEWEST):
        return np.eye(3)
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, len(a), (2, _PROPOSALS))
    proposals = frame_from_axes(a[i], a[j]) @ np.swapaxes(frame_from_axes(b[i], b[j]), -1, -2)
    off = np.linalg.norm(np.einsum("hij,nj->hni", proposals, b) - a, axis=-1)
    best = proposals[np.argmax((off < reach).sum(1))]
    for _ in range(3):
        agreed = np.linalg.norm(b @ best.T - a, axis=-1) < reach
        if agreed.sum() < _FEWEST:
            return None
        best = nearest_rotation(a[agreed].T @ b[agreed])
    agreed = np.linalg.norm(b @ best.T - a, axis=-1) < reach
    return np.eye(3) if still >= _STILL * agreed.sum() else best


def _inside(xy: Floats, boxes: Floats) -> Bools:
    """Whether points (n, 2) lie in any of the boxes (b, 4), which are taken a little larger."""
    size = boxes[:, 2:] - boxes[:, :2]
    low, high = boxes[:, :2] - _MARGIN * size, boxes[:, 2:] + _MARGIN * size
    inside = ((xy[:, None] >= low) & (xy[:, None] <= high)).all(-1)
    return np.asarray(inside.any(-1))
