"""A room as a camera sees it, exactly known: its straight lines, and points that stand still."""

from __future__ import annotations

import numpy as np
from limn.core.data.types import Camera
from limn.core.geometry.camera import project_camera
from limn.core.geometry.rotations import exp_so3
from limn.core.perspective.camera_turns import Flow


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def in_clip(*pictures: np.ndarray) -> np.ndarray:
    """``Observed.lines`` of pictures at frames 0, 10, 20 and so on."""
    each = [np.insert(lines, 0, 10 * i, axis=1) for i, lines in enumerate(pictures)]
    return np.concatenate(each).astype(np.float32)


def room_axes(pitch_deg: float, roll_deg: float, yaw_deg: float) -> np.ndarray:
    """Rows in camera space: up, and two level directions, of a camera that looks down."""
    yaw = exp_so3(np.radians(yaw_deg) * np.array([0.0, 1.0, 0.0]))
    pitch = exp_so3(np.radians(pitch_deg) * np.array([1.0, 0.0, 0.0]))
    roll = exp_so3(np.radians(roll_deg) * np.array([0.0, 0.0, 1.0]))
    return np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) @ (roll @ pitch @ yaw).T


def room_lines(
    camera: Camera,
    axes: np.ndarray,
    noise_px: float = 0.5,
    strays: float = 0.25,
    count: int = 120,
    seed: int = 0,
) -> np.ndarray:
    """Segments (n, 4) along the rows of ``axes``, some of them ``strays`` that run anywhere."""
    rng = np.random.default_rng(seed)
    w, h = camera.size_px
    middle = rng.uniform([-2.5, -1.6, 3], [2.5, 1.6, 7], (4 * count, 3))
    way = axes[rng.integers(0, len(axes), 4 * count)]
    wild = rng.random(4 * count) < strays
    way[wild] = rng.normal(size=(int(wild.sum()), 3))
    half = rng.uniform(0.2, 0.7, (4 * count, 1)) * way
    ends = np.stack([middle - half, middle + half], axis=1)
    ends = ends[(ends[..., 2] > 0.5).all(1)]
    px = project_camera(camera, ends)
    px = px[((px > 0) & (px < [w, h])).all((1, 2))][:count]
    return (px + noise_px * rng.normal(size=px.shape)).reshape(-1, 4)


class RoomScene:
    """A ``SceneFinder`` that knows the lines and how the camera turns.

    ``turns`` (t, 3) are rotation vectors from frames' axes to the first look's; every third point
    is somebody's who moves. Frames must be given one after the other.
    """

    def __init__(
        self,
        camera: Camera,
        lines_px: np.ndarray | None = None,
        turns: np.ndarray | None = None,
        noise_px: float = 0.1,
    ) -> None:
        self._camera, self._noise_px = camera, noise_px
        self._lines = np.zeros((0, 4)) if lines_px is None else lines_px
        self._turns = turns
        self._frame, self._key = 0, 0
        self._rng = np.random.default_rng(3)
        spread = self._rng.uniform([-0.9, -0.5], [0.9, 0.5], (500, 2))
        self._points = np.concatenate([spread, np.ones((500, 1))], axis=-1)

    def lines(self, bgr: np.ndarray) -> np.ndarray:
        """The same lines in every picture."""
        return self._lines.astype(np.float32)

    def _seen(self, frame: int) -> np.ndarray:
        turn = np.zeros(3) if self._turns is None else self._turns[frame]
        points = self._points.copy()
        points[::3, 0] += 0.03 * frame
        px = project_camera(self._camera, points @ exp_so3(turn))
        return px + self._noise_px * self._rng.normal(size=px.shape)

    def follow(self, bgr: np.ndarray, *, starts_shot: bool) -> Flow:
        """Points of the last key frame; every tenth frame is one."""
        self._key = self._frame if starts_shot else self._key
        before, after = self._seen(self._key), self._seen(self._frame)
        w, h = self._camera.size_px
        keep = ((before > 0) & (before < [w, h]) & (after > 0) & (after < [w, h])).all(1)
        is_key = self._frame % 10 == 0
        self._key = self._frame if is_key else self._key
        self._frame += 1
        return Flow(before[keep].astype(np.float32), after[keep].astype(np.float32), is_key)
