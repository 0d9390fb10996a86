"""A slowly turning view of everybody on a floor grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...core.data.arrays import F64, I32, U8, Floats
from ...core.data.types import Camera, Take
from ...core.geometry.camera import camera_at, camera_from_world, looking_at, project_camera
from ..opencv import load_cv2
from .figures import IS_FINGER, LIMB_ENDS, LIMB_RADII_M, Colour, Figure, Pose, mixed
from .overlay import Style, draw_contacts, draw_people
from .shapes import blend, capsule_outlines, fill, lines

_FOV_DEG: Final = 32.0
_ELEVATION_DEG: Final = 16.0
_START_DEG: Final = 28.0
_FOLLOW_S: Final = 1.0
_TRAIL_S: Final = 2.5
_GRID_M: Final = 0.5
_GRID_LEVELS: Final = 8
_NEAR_M: Final = 0.2
_SKY: Final[Colour] = (66, 56, 50)
_GROUND: Final[Colour] = (33, 27, 24)
_GRID: Final[Colour] = (118, 104, 96)
_CAMERA: Final[Colour] = (190, 178, 170)
# Sunlight from the upper left behind the viewer: where a shadow falls per metre of height.
_SHADOW_SLANT: Final = np.array([0.35, 0.2])


class Turntable:
    """Draws square-ish views of a take at any of its frames; the camera follows and circles."""

    def __init__(self, take: Take, figures: Sequence[Figure], size_px: tuple[int, int]) -> None:
        self._take, self._figures, self._size_px = take, figures, size_px
        self._target = _followed(take, figures)
        self._reach_m = _reach(take, figures, self._target)
        self._backdrop = _backdrop(size_px)
        eye = take.camera.T_world_camera[:3, 3]
        away = eye - self._target[0]
        self._start_rad = math.atan2(away[1], away[0]) + math.radians(_START_DEG)

    def draw(self, position: int, poses: Sequence[Pose], turned_deg: float) -> U8:
        """The view (h, w, 3) at a position in ``Take.time_s`` with the ``poses`` of that frame."""
        camera = self._camera(position, turned_deg)
        picture = self._backdrop.copy()
        self._draw_grid(picture, camera, position)
        _draw_source_camera(picture, camera, camera_at(self._take, position))
        self._draw_trails(picture, camera, position)
        _draw_shadows(picture, camera, poses)
        draw_contacts(picture, camera, poses)
        unit = max(picture.shape[:2]) / 720
        style = Style(thickness=1.0, outline_px=max(1.1 * unit, 0.8), has_dots=False)
        faint = [pose for pose in poses if pose.is_bridged]
        if faint:
            painted = picture.copy()
            draw_people(painted, camera, faint, style)
            blend(picture, painted, 0.4)
        draw_people(picture, camera, [pose for pose in poses if not pose.is_bridged], style)
        return picture

    def _camera(self, position: int, turned_deg: float) -> Camera:
        angle = self._start_rad + math.radians(turned_deg)
        lift = math.radians(_ELEVATION_DEG)
        toward_eye = np.array(
            [math.cos(angle) * math.cos(lift), math.sin(angle) * math.cos(lift), math.sin(lift)]
        )
        distance = 0.96 * self._reach_m[position] / math.sin(math.radians(_FOV_DEG) / 2)
        return looking_at(
            self._target[position] + distance * toward_eye,
            self._target[position],
            self._size_px,
            _FOV_DEG,
        )

    def _draw_grid(self, picture: U8, camera: Camera, position: int) -> None:
        """Lines that fade into the ground with their distance from the middle."""
        target = self._target[position]
        reach = max(3.0, 2.2 * float(self._reach_m.max()))
        cell = _GRID_M * 2 ** max(0, math.ceil(math.log2(reach / 8)))
        ticks = np.arange(-math.ceil(reach / cell), math.ceil(reach / cell) + 1) * cell
        along = np.arange(ticks[0], ticks[-1] + cell / 2, cell / 2)
        origin = np.round(target[:2] / cell) * cell
        starts = [np.stack(np.meshgrid(ticks, along[:-1], indexing="ij"), -1).reshape(-1, 2)]
        ends = [starts[0] + [0, cell / 2]]
        starts.append(starts[0][:, ::-1])
        ends.append(ends[0][:, ::-1])
        segments = np.stack([np.concatenate(starts), np.concatenate(ends)], axis=1) + origin
        middle = segments.mean(axis=1) - target[:2]
        fade = 1 - np.hypot(middle[:, 0], middle[:, 1]) / reach
        segments_world = np.concatenate([segments, np.zeros((*segments.shape[:2], 1))], axis=-1)
        xyz_camera = camera_from_world(camera, segments_world)
        xy_px = project_camera(camera, xyz_camera)
        is_seen = (xyz_camera[..., 2] > _NEAR_M).all(axis=1)
        level = np.ceil(np.clip(fade, 0, 1) * _GRID_LEVELS).astype(int)
        for step in range(1, _GRID_LEVELS + 1):
            chosen = xy_px[is_seen & (level == step)]
            lines(picture, chosen, mixed(_GROUND, _GRID, (step / _GRID_LEVELS) ** 0.8))

    def _draw_trails(self, picture: U8, camera: Camera, position: int) -> None:
        """Where everybody's pelvis went lately, on the floor."""
        now = self._take.time_s[position]
        for figure in self._figures:
            times = self._take.time_s[figure.frames]
            path = figure.xyz_world[(times <= now) & (times > now - _TRAIL_S), 0] * [1, 1, 0]
            edges = [path[i : i + 2] for i in range(len(path) - 1)]
            for part in range(4):
                recent = edges[part * len(edges) // 4 : (part + 1) * len(edges) // 4]
                colour = mixed(_GROUND, figure.tints["middle"], 0.25 + 0.15 * part)
                _lines_world(picture, camera, recent, colour, width=2)


def _followed(take: Take, figures: Sequence[Figure]) -> F64:
    """A calm point (T, 3) amid everybody, at half their height."""
    total = len(take.time_s)
    sums, counts = np.zeros((total, 2)), np.zeros(total)
    for figure in figures:
        sums[figure.frames] += figure.xyz_world[:, 0, :2]
        counts[figure.frames] += 1
    seen = np.flatnonzero(counts)
    if not len(seen):
        return np.tile([0.0, 0.0, 0.9], (total, 1))
    calm = _calm(_filled(seen, sums[seen] / counts[seen, None], total), _step_s(take))
    heights = np.concatenate([figure.xyz_world[..., 2].max(axis=1) for figure in figures])
    return np.concatenate([calm, np.full((total, 1), np.median(heights) / 2)], axis=1)


def _reach(take: Take, figures: Sequence[Figure], target: F64) -> F64:
    """How far from the followed point people are at each time (T,), metres, changing calmly."""
    total = len(take.time_s)
    far = np.zeros(total)
    for figure in figures:
        offsets = figure.xyz_world - target[figure.frames][:, None]
        farthest = np.linalg.norm(offsets, axis=-1).max(axis=1)
        far[figure.frames] = np.maximum(far[figure.frames], farthest)
    seen = np.flatnonzero(far)
    if not len(seen):
        return np.full(total, 1.5)
    far = np.minimum(_filled(seen, far[seen, None], total)[:, 0], 3 * np.median(far[seen]))
    step_s = _step_s(take)
    # The widest within the time that the calming looks at, or people would leave the view.
    ahead = round(_FOLLOW_S / step_s)
    padded = np.pad(far, min(ahead, 400), mode="edge")
    widest = np.lib.stride_tricks.sliding_window_view(padded, 2 * min(ahead, 400) + 1).max(axis=1)
    return _calm(widest[:, None], step_s)[:, 0]


def _step_s(take: Take) -> float:
    return float(np.median(np.diff(take.time_s))) if len(take.time_s) > 1 else 1.0


def _filled(seen: I32 | NDArray[np.intp], values: F64, total: int) -> F64:
    """Values (n, k) known at the frames ``seen``, for all frames."""
    columns = [np.interp(np.arange(total), seen, column) for column in values.T]
    return np.stack(columns, axis=-1)


def _calm(values: F64, step_s: float) -> F64:
    """Values (T, k) smoothed over about a second."""
    radius = min(round(3 * _FOLLOW_S / step_s), 400)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) * step_s / _FOLLOW_S) ** 2)
    padded = np.pad(values, ((radius, radius), (0, 0)), mode="edge")
    columns = [np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T]
    return np.stack(columns, axis=-1)


def _backdrop(size_px: tuple[int, int]) -> U8:
    """From a lighter horizon to the ground's colour."""
    width, height = size_px
    y = np.linspace(0, 1, height)[:, None, None]
    x = np.linspace(-1, 1, width)[None, :, None]
    glow = np.exp(-((y - 0.2) ** 2) / 0.08 - x**2 / 1.6)
    # Half a step of noise hides the bands that a smooth dark gradient shows in 8 bits.
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    bgr = np.array(_GROUND) + (np.array(_SKY) - np.array(_GROUND)) * glow + noise
    return np.clip(np.rint(bgr), 0, 255).astype(np.uint8)


def _draw_shadows(picture: U8, camera: Camera, poses: Sequence[Pose]) -> None:
    """Everybody flattened onto the floor along the light, softened."""
    cv2 = load_cv2()
    mask = np.zeros(picture.shape[:2], np.uint8)
    focal = float(camera.K[0, 0])
    for pose in poses:
        fallen = pose.xyz_world.astype(float)
        fallen[:, :2] += fallen[:, 2:] * _SHADOW_SLANT
        fallen[:, 2] = 0
        xyz_camera = camera_from_world(camera, fallen)
        xy_px = project_camera(camera, xyz_camera)
        depth = xyz_camera[LIMB_ENDS, 2]
        radii = 0.8 * LIMB_RADII_M * pose.scale * focal / np.maximum(depth, _NEAR_M)
        outlines = capsule_outlines(xy_px[LIMB_ENDS], radii)
        for outline in outlines[~IS_FINGER & (depth.min(axis=1) > _NEAR_M)]:
            fill(mask, outline, 255)
    softness = max(picture.shape[:2]) / 300
    left = 255 - cv2.GaussianBlur(mask, (0, 0), softness) // 4 * 3
    cv2.multiply(picture, cv2.merge([left] * 3), dst=picture, scale=1 / 255)


def _draw_source_camera(picture: U8, camera: Camera, source: Camera) -> None:
    """The footage's camera as a small pyramid."""
    width, height = source.size_px
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    rays = (corners - source.K[:2, 2]) / np.array([source.K[0, 0], source.K[1, 1]])
    xyz = np.concatenate([rays, np.ones((4, 1))], axis=1) * 0.35
    T = source.T_world_camera
    tip, rim = T[:3, 3], xyz @ T[:3, :3].T + T[:3, 3]
    edges = [np.stack([tip, corner]) for corner in rim]
    edges += [np.stack([rim[i], rim[(i + 1) % 4]]) for i in range(4)]
    _lines_world(picture, camera, edges, _CAMERA)


def _lines_world(
    picture: U8, camera: Camera, paths_world: Sequence[Floats], colour: Colour, width: int = 1
) -> None:
    if not paths_world:
        return
    xyz_camera = camera_from_world(camera, np.stack(paths_world))
    is_seen = (xyz_camera[..., 2] > _NEAR_M).all(axis=1)
    lines(picture, project_camera(camera, xyz_camera[is_seen]), colour, width)
