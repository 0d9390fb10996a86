"""The gallery's room: a photo wall across the line of sight, and the floor before and behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.types import Camera
from ..geometry.camera import camera_from_world, looking_at, project_camera
from ..geometry.rotations import normalize
from .figures import ANKLE_M, STEP_M, TILE_M

_FOV_DEG: Final = 30.0  # of the gallery's camera; by hand
_ELEVATION_DEG: Final = 9.0  # it looks down by; by hand
_SWING_DEG: Final = 26.0  # it swings to both sides; by hand
SWING_S: Final = 12.0  # there and back; by hand
_ROOM: Final = (0.93, 0.90)
"""The share of the picture's width and height that the wall and the people fill at most."""
_BEHIND_M: Final = 0.7  # from people to the wall; by hand
_EMPTY_M: Final = 4.0  # from the lens to the middle of an empty room; by hand
_MOST_TILES: Final = 22  # across the floor, else they grow; by hand
_LEVEL: Final = 0.2  # part of the view along the floor; less looks straight down


def swing_deg(phase: float) -> float:
    """Where the view stands beside the footage's own line of sight; a swing is a phase of 1."""
    return _SWING_DEG * math.cos(2 * math.pi * phase)


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Wall and floor of one shot, in the world: ``corners`` (4, 3) of the photo from the top left
    clockwise, ``ahead`` and ``right`` (3,) on the floor, ``base`` (3,) under the wall's middle,
    ``in_view`` (n, 3) what every picture shows."""

    corners: F64 = field(metadata=of_shape(4, 3))
    ahead: F64 = field(metadata=of_shape(3))
    right: F64 = field(metadata=of_shape(3))
    base: F64 = field(metadata=of_shape(3))
    in_view: F64 = field(metadata=of_shape(None, 3))

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of(cls, camera: Camera, people_xyz: Floats) -> Room:
        """The room of a shot whose people's joints (n, 3) are known.

        The photo stands behind everybody, at the size that makes people in it as large as the
        figures before it, and shifted so that they stand behind themselves.
        """
        T = camera.T_world_camera
        # A camera that looks straight down has its picture's upper edge ahead.
        level = T[:2, 2] if np.linalg.norm(T[:2, 2]) > _LEVEL else -T[:2, 1]
        ahead = np.append(normalize(level), 0.0)
        right = np.cross(ahead, [0, 0, 1.0])
        eye = T[:3, 3] * [1, 1, 0]
        if not len(people_xyz):
            people_xyz = (eye + _EMPTY_M * ahead)[None]
        middle = np.median(people_xyz, axis=0)
        seen = camera_from_world(camera, middle)
        pitch_m = max(float(seen[2]), 0.5) / camera.K[0, 0]
        off_px = float(project_camera(camera, seen)[0]) - (camera.size_px[0] - 1) / 2
        behind = float(np.percentile(people_xyz @ ahead, 99.5)) + _BEHIND_M
        aside = float(middle @ right) - off_px * pitch_m
        # Of people on a roof and others below, the roof may be the take's floor.
        low = float(np.percentile(people_xyz[:, 2], 1)) - ANKLE_M
        floor_m = low if low < -STEP_M else 0.0
        base = behind * ahead + aside * right + np.array([0, 0, floor_m])
        half = camera.size_px[0] * pitch_m / 2 * right
        high = np.array([0, 0, camera.size_px[1] * pitch_m * camera.K[0, 0] / camera.K[1, 1]])
        corners = base + np.array([high - half, high + half, half, -half])
        below = people_xyz * [1, 1, 0] + [0, 0, floor_m]
        in_view = np.concatenate([corners, people_xyz, below])
        return cls(corners, ahead, right, base, in_view)

    def view(self, size_px: tuple[int, int], degrees: float) -> Camera:
        """A camera ``degrees`` beside the footage's line of sight that has all in the picture."""
        angle, lift = math.radians(degrees), math.radians(_ELEVATION_DEG)
        back = -math.cos(angle) * self.ahead + math.sin(angle) * self.right
        toward_eye = math.cos(lift) * back + np.array([0, 0, math.sin(lift)])
        target, distance = self.in_view.mean(0), 8.0
        camera = looking_at(target + distance * toward_eye, target, size_px, _FOV_DEG)
        for _ in range(8):
            camera = looking_at(target + distance * toward_eye, target, size_px, _FOV_DEG)
            xy = project_camera(camera, camera_from_world(camera, self.in_view))
            low, high = xy.min(0), xy.max(0)
            off = ((low + high) / 2 - camera.K[:2, 2]) * distance / camera.K[0, 0]
            target = target + camera.T_world_camera[:3, :2] @ off
            distance *= float(((high - low) / np.array(size_px) / _ROOM).max())
        return camera


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """The floor: ``corners`` (n, 4, 3), ``fade`` (n,) from 0 at its rim to 1, ``is_dark`` (n,) in a
    chequered order, ``is_front`` (n,) before the wall; the farthest first."""

    corners: F64 = field(metadata=of_shape("n", 4, 3))
    fade: F64 = field(metadata=of_shape("n"))
    is_dark: np.ndarray = field(metadata=of_shape("n"))
    is_front: np.ndarray = field(metadata=of_shape("n"))

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of(cls, room: Room) -> Tiles:
        """Squares of half a metre, or larger ones in large rooms."""
        reach = float(np.linalg.norm(room.corners[1] - room.corners[0])) * 0.75
        side = TILE_M * 2 ** max(0, math.ceil(math.log2(2 * reach / TILE_M / _MOST_TILES)))
        count = math.ceil(reach / side)
        rows, columns = np.mgrid[-count : 2 * count, -2 * count : 2 * count].reshape(2, -1)
        unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        at = (np.stack([columns, rows], -1)[:, None] + unit) * side
        corners = room.base + at[..., :1] * room.right - at[..., 1:] * room.ahead
        away = np.linalg.norm((corners.mean(1) - room.in_view.mean(0))[:, :2], axis=-1) / reach
        fade = np.clip(1.25 - away, 0, 1) ** 0.8
        keep = fade > 0.02
        return cls(corners[keep], fade[keep], (rows + columns)[keep] % 2 == 1, rows[keep] >= 0)
