"""A furnished room before a camera that moves, exactly known: points that stand still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from limn.core.data.types import Camera
from limn.core.geometry.camera import camera_from_world, project_camera
from limn.core.geometry.rotations import exp_so3, nearest_rotation
from limn.core.perspective.background import Sight
from limn.core.perspective.path.shot import Seen, ShotPath
from synthetic import camera_at


def room_points(count: int = 900, seed: int = 0) -> np.ndarray:
    """Points (n, 3), world metres, on the floor, on walls and on things that stand about."""
    rng = np.random.default_rng(seed)
    floor = rng.uniform([-5, -5, 0], [5, 5, 0], (count // 3, 3))
    walls = rng.uniform([-5, 4.6, 0], [5, 5, 3], (count // 3, 3))
    sides = rng.uniform([-5, -5, 0], [-4.8, 5, 3], (count // 6, 3))
    things = rng.uniform(
        [-4, 0.8, 0], [4, 4, 1.5], (count - len(floor) - len(walls) - len(sides), 3)
    )
    return np.concatenate([floor, walls, sides, things])


def smooth(count: int, size: Sequence[float], seed: int = 0) -> np.ndarray:
    """A hand's sway: (count, n) of sines, about ``size`` (n,) large, 0 in the first frame."""
    rng = np.random.default_rng(seed)
    t = np.arange(count)[:, None] / 30
    out = sum(
        np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28, len(size))) / (1 + f)
        for f in (0.3, 0.8, 1.7, 3.1)
    )
    out = np.asarray(size) * np.asarray(out)
    return out - out[0]


def cameras(path: np.ndarray, turns: np.ndarray, zoom: np.ndarray | None = None) -> list[Camera]:
    """``camera_at``, moved along ``path`` (t, 3) in its axes and turned by ``turns`` (t, 3)."""
    out: list[Camera] = []
    for frame in range(len(path)):
        camera = camera_at()
        T, K = camera.T_world_camera.copy(), camera.K.copy()
        T[:3, 3] += T[:3, :3] @ path[frame]
        T[:3, :3] = T[:3, :3] @ exp_so3(turns[frame])
        if zoom is not None:
            K[:2, :2] *= zoom[frame]
        out.append(replace(camera, K=K, T_world_camera=T))
    return out


def sideways(count: int = 70) -> np.ndarray:
    along = np.linspace(0, 2.0, count)
    return np.stack([along, 0 * along, 0.2 * along], -1) + smooth(count, (0.02, 0.02, 0.02))


def shake(count: int = 70, deg: float = 1.0) -> np.ndarray:
    return np.radians(smooth(count, (deg, 2 * deg, 0.5 * deg), seed=1))


class MovingRoom:
    """A ``BackgroundFollower`` that knows where the room's points are.

    ``cameras`` of every frame; a share ``strays`` of the points moves by itself; in ``blind``
    frames nothing is seen. Frames must be given one after the other.
    """

    def __init__(
        self,
        cameras: Sequence[Camera],
        noise_px: float = 0.2,
        strays: float = 0.0,
        blind: frozenset[int] = frozenset(),
        most: int = 150,
        points: np.ndarray | None = None,
    ) -> None:
        self._cameras, self._noise_px, self._blind, self._most = cameras, noise_px, blind, most
        self._points = room_points() if points is None else points
        self._rng = np.random.default_rng(5)
        self._stray = self._rng.random(len(self._points)) < strays
        self._way = self._rng.normal(size=(len(self._points), 3)) * 0.02
        self._frame = -1
        self._numbers: dict[int, int] = {}
        self._next = 0

    def look(self, frame: int) -> Sight:
        """What is seen in a frame."""
        self._frame = frame
        points = self._points + np.where(self._stray[:, None], frame * self._way, 0.0)
        camera = self._cameras[frame]
        seen = camera_from_world(camera, points)
        px = project_camera(camera, seen) + self._noise_px * self._rng.normal(size=(len(points), 2))
        inside = (seen[:, 2] > 0.3) & (px > 5).all(1) & (px < np.array(camera.size_px) - 5).all(1)
        if frame in self._blind:
            inside[:] = False
        # A point that was lost is another one when it comes back.
        self._numbers = {i: n for i, n in self._numbers.items() if inside[i]}
        for i in np.flatnonzero(inside).tolist():
            if i not in self._numbers and len(self._numbers) < self._most:
                self._numbers[i] = self._next
                self._next += 1
        rows = np.array(sorted(self._numbers, key=self._numbers.__getitem__), int)
        numbers = np.array([self._numbers[i] for i in rows.tolist()], np.int32)
        return Sight(numbers, px[rows].astype(np.float32))

    def follow(self, bgr: np.ndarray, boxes_px: np.ndarray, *, starts_shot: bool) -> Sight:
        """The frame after the last one, or the one whose number the picture holds."""
        return self.look(int(bgr[0, 0, 0]) | int(bgr[0, 0, 1]) << 8)


def seen_by(
    filmed: list[Camera], room: MovingRoom | None = None, wrong: float = 1.15, doubt: float = 0.2
) -> Seen:
    """What is seen of the room, with a focal length that is ``wrong`` by so many times."""
    room = room or MovingRoom(filmed)
    sights = [room.look(i) for i in range(len(filmed))]
    counts = [len(s.points) for s in sights]
    frames = np.flatnonzero(counts)
    look = np.repeat(np.arange(len(frames)), [counts[f] for f in frames])
    xy = np.concatenate([s.xy_px for s in sights]).astype(np.float64)
    camera = camera_at()
    return Seen(
        look,
        np.concatenate([s.points for s in sights]).astype(np.int64),
        xy - camera.K[:2, 2],
        frames,
        float(camera.K[0, 0]) * wrong,
        doubt,
        float(max(camera.size_px)),
    )


def path_error(found: ShotPath, filmed: list[Camera]) -> float:
    """Root mean square distance after a similarity, as a share of the path's length."""
    true = np.stack([filmed[f].T_world_camera[:3, 3] for f in found.frames])
    a, b = found.centers - found.centers.mean(0), true - true.mean(0)
    R = nearest_rotation(b.T @ a)
    scale = float((b * (a @ R.T)).sum() / (a**2).sum())
    length = np.linalg.norm(np.diff(true, axis=0), axis=1).sum()
    return float(np.sqrt(((scale * a @ R.T - b) ** 2).sum(1).mean()) / length)
