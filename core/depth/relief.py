"""A clip's depth maps as surfaces in metres, where the take's people and floor say they are.

What a network tells of a picture has an unknown scale and shift. Here it gets those with which it
lies under the solved people's skins and on their floor, per frame, as the solver's own evidence
does (``scale``); any take will do, made with depth or without. Nothing here moves a person.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, check_finite, check_shape
from ..data.errors import ClipError, ModelError
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS
from ..data.types import Camera, FrameSource, Person, Progress, Take
from ..geometry.camera import camera_at, camera_from_world, normalized_from_px, project_camera
from ..geometry.kinematics import person_joints_world
from . import reading
from .maps import DepthMap, DepthModel
from .scale import Affine, fit_scale, steadied

STAGE: Final = "Reading depth"
_LONGER_SIDE: Final = 128  # points along the picture's longer side; by hand
_LEAST_SIDE: Final = 16  # points along the shorter one at least; by hand
_MOST_VALUES: Final = 24_000_000
"""Points of all frames together: 96 MB, and three times that as a vertex cache."""
_LIMB_M, _TRUNK_M, _HEAD_M = 0.05, 0.115, 0.09  # joint to skin, metres; by hand
_WIDTH_M: Final = 0.035
"""Half the side of the patch that is read, narrower than a lower leg."""
_NEAR_SHARE: Final = 6  # nearest values whose median counts; by hand
_REFERENCE_M: Final = 1.7  # stature that these are given for
_PEOPLE_M, _FLOOR_SHARE, _MAP_SHARE = 0.10, 0.04, 0.02  # one sigma of each; by hand
_LEAST_CONFIDENCE: Final = 0.2  # of joints that tell depth; by hand
_FLOOR_REACH: Final = 1.6  # times people's depths in which floor counts; by hand
_BLUR_S: Final = 0.4  # seconds in which frames share a scale; by hand
_NEAREST_M: Final = 0.2  # before the lens; by hand
_BACKDROP: Final = 6.0
"""Nothing is placed farther than this many times the farthest person's distance."""


def _samples() -> tuple[np.ndarray, np.ndarray, F64]:
    """Both joints of every place that is read, as indices, and its depth under the skin."""
    kinds = {"elbow": _LIMB_M, "wrist": _LIMB_M, "knee": _LIMB_M, "ankle": _LIMB_M, "head": _HEAD_M}
    kinds |= {"hip": _TRUNK_M, "spine1": _TRUNK_M, "spine2": _TRUNK_M, "spine3": _TRUNK_M}
    rows: list[tuple[int, int, float]] = []
    for i, name in enumerate(SMPLX_55):
        part = name.rpartition("_")[2]
        if part in kinds:
            rows.append((i, i, kinds[part]))
        if part in ("wrist", "elbow", "ankle", "knee"):  # and half-way up to the joint before
            rows.append((i, SMPLX_PARENTS[i], _LIMB_M))
    first, second, thickness = zip(*rows, strict=True)
    return np.array(first), np.array(second), np.array(thickness)


_FIRST, _SECOND, _THICKNESS_M = _samples()


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """What the camera sees as a grid of points, for every frame of a take.

    ``z_m`` (t, rows, columns) float32: camera z in metres on the rays of ``relief_px``, whose
    outer points lie on the picture's outer edges.
    """

    z_m: F32

    def __post_init__(self) -> None:
        check_shape("Relief.z_m", self.z_m, (None, None, None))
        check_finite("Relief.z_m", self.z_m)

    def xyz_camera(self, position: int, camera: Camera) -> F32:
        """Points (rows, columns, 3) of a frame in camera metres."""
        z = self.z_m[position]
        px = relief_px(camera.size_px, (z.shape[0], z.shape[1]))
        y = (px[..., 1] - camera.K[1, 2]) / camera.K[1, 1]
        x = (px[..., 0] - camera.K[0, 2] - camera.K[0, 1] * y) / camera.K[0, 0]
        # No lens: the points lie on the pixels that they were read at, as the footage does.
        return (np.stack([x, y, np.ones_like(x)], axis=-1) * z[..., None]).astype(np.float32)


def relief_px(size_px: tuple[int, int], shape: tuple[int, int]) -> F64:
    """Pixels (rows, columns, 2) of a relief's points, from outer edge to outer edge."""
    rows, columns = shape
    x = np.linspace(0, size_px[0], columns) - 0.5
    y = np.linspace(0, size_px[1], rows) - 0.5
    return np.stack(np.meshgrid(x, y), axis=-1)


def relief_shape(size_px: tuple[int, int], frames: int) -> tuple[int, int]:
    """Rows and columns: 128 along the longer side, fewer in clips of many thousand frames."""
    width, height = size_px
    longer = float(_LONGER_SIDE)
    share = min(width, height) / max(width, height)
    longer = min(longer, (_MOST_VALUES / max(frames, 1) / share) ** 0.5)
    sides = [max(round(longer * side / max(width, height)), _LEAST_SIDE) for side in size_px]
    return sides[1], sides[0]


def read_relief(
    take: Take, source: FrameSource, model: DepthModel
) -> Generator[Progress, None, Relief]:
    """Run ``model`` on the frames of ``take`` in ``source`` and place what it tells.

    ``close()`` on the generator cancels. Raises ClipError when the source has none of the frames,
    ModelError when the model fails or its maps don't fit the people in any frame.
    """
    reading_ = _Reader(take)
    position_of = {int(index): k for k, index in enumerate(take.source_frame)}
    last, done = max(position_of, default=-1), 0
    threads = min(os.cpu_count() or 1, 4)
    waiting: deque[tuple[int, Future[DepthMap | None]]] = deque()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for frame in itertools.takewhile(lambda one: one.index <= last, source.frames()):
                if frame.index in position_of:
                    at = position_of[frame.index]
                    waiting.append((at, pool.submit(model.estimate, frame.bgr)))
                if len(waiting) > threads:
                    done += 1
                    _keep(reading_, *waiting.popleft())
                    yield Progress(STAGE, done, len(position_of))
            while waiting:
                done += 1
                _keep(reading_, *waiting.popleft())
                yield Progress(STAGE, done, len(position_of))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if not done:
        raise ClipError(f"{source.info.path} has none of the frames that the take was made from.")
    return reading_.placed(model.name)


def _keep(reader: _Reader, position: int, result: Future[DepthMap | None]) -> None:
    depth = result.result()
    if depth is not None:
        reader.keep(position, depth)


class _Reader:
    """Keeps every frame's map coarsely, and what it says under the people."""

    def __init__(self, take: Take) -> None:
        self._take = take
        frames = len(take.time_s)
        size_px = take.camera.size_px
        self._maps = np.full((frames, *relief_shape(size_px, frames)), np.nan, np.float32)
        self._grids = np.full((frames, *reading.GRID), np.nan, np.float32)
        # Just inside: rounding must not put an outer point beyond the map.
        px = relief_px(size_px, (self._maps.shape[1], self._maps.shape[2]))
        self._px = np.clip(px, -0.499, np.array(size_px) - 0.501)
        self._bodies = [_Body(person, take) for person in take.people]

    def keep(self, position: int, depth: DepthMap) -> None:
        """Read one frame's map."""
        self._maps[position] = depth.at(self._px)
        self._grids[position] = reading.read_grid(depth, self._take.camera.size_px)
        for body in self._bodies:
            body.read(position, depth)

    def placed(self, model: str) -> Relief:
        """Every shot's maps in metres; frames without a map take their neighbours' place."""
        out = np.full(self._maps.shape, np.nan, np.float32)
        edges = [0, *self._take.cuts.tolist(), len(self._take.time_s)]
        for first, last in itertools.pairwise(edges):
            if last > first:
                out[first:last] = self._shot(slice(first, last))
        if not np.isfinite(out).any():
            raise ModelError(
                f"The depth that {model} tells doesn't fit the people of this take: it is the same "
                "everywhere, or larger where they are farther; see 'sense' of the depth input."
            )
        return Relief(_filled(out))

    def _shot(self, rows: slice) -> F32:
        """(t', rows, columns) metres of one shot, NaN in all of it where nothing fits."""
        take, camera = self._take, camera_at(self._take, rows.start)
        steady = steadied(self._grids[rows].astype(np.float64))
        known = [body.z_m[rows] for body in self._bodies]
        told = [steady.apply(body.told[rows]) for body in self._bodies]
        z = np.concatenate(known, axis=1) if known else np.zeros((rows.stop - rows.start, 0))
        if not np.isfinite(z).any():
            return np.full(self._maps[rows].shape, np.nan, np.float32)
        nearest, farthest = np.nanpercentile(z, [5, 95])
        floor = _floor_inverse(camera, float(nearest), float(farthest)).ravel()
        grid = steady.apply(self._grids[rows].astype(np.float64)).reshape(len(z), -1)
        floor_sigma = np.hypot(_FLOOR_SHARE * floor, _MAP_SHARE / nearest)
        affine, _ = fit_scale(
            np.concatenate([*told, grid], axis=1),
            np.concatenate([1 / z, np.broadcast_to(floor, grid.shape)], axis=1),
            np.concatenate(
                [
                    np.hypot(_PEOPLE_M / z**2, _MAP_SHARE / nearest),
                    np.broadcast_to(floor_sigma, grid.shape),
                ],
                axis=1,
            ),
            np.arange(z.shape[1] + grid.shape[1]) >= z.shape[1],
            _BLUR_S * _rate(take),
        )
        both = _carried(affine).after(_carried(steady))
        least = 1 / (_BACKDROP * farthest)
        out = np.empty(self._maps[rows].shape, np.float32)
        # One by one: a long clip fills memory once, not thrice.
        for k, one in enumerate(self._maps[rows]):
            inverse = both.gain[k] * one + both.shift[k]
            out[k] = 1 / np.clip(inverse, least, 1 / _NEAREST_M)
        return out


class _Body:
    """One person's places on the take's frames: known depth, and what the maps say there."""

    def __init__(self, person: Person, take: Take) -> None:
        frames, count = len(take.time_s), len(_FIRST)
        self.z_m = np.full((frames, count), np.nan)
        self.told = np.full((frames, count), np.nan)
        self._px = np.full((frames, count, 2), np.nan)
        self._half_px = np.full((frames, count), np.nan)
        world = person_joints_world(person).astype(np.float64)
        sure = np.minimum(person.confidence[:, _FIRST], person.confidence[:, _SECOND])
        girth = person.height_m / _REFERENCE_M
        for row, position in enumerate(person.frames.tolist()):
            camera = camera_at(take, position)
            joints = camera_from_world(camera, world[row])
            place = (joints[_FIRST] + joints[_SECOND]) / 2
            skin = place[:, 2] - _THICKNESS_M * girth
            is_told = (sure[row] > _LEAST_CONFIDENCE) & (skin > _NEAREST_M)
            self.z_m[position] = np.where(is_told & ~person.bridged[row], skin, np.nan)
            self._px[position] = project_camera(camera, place)
            self._half_px[position] = _WIDTH_M * girth * camera.K[0, 0] / np.maximum(skin, 0.1)

    def read(self, position: int, depth: DepthMap) -> None:
        """Keep the nearer part of the patch at every place that is known in this frame."""
        known = np.isfinite(self.z_m[position])
        if not known.any():
            return
        step = np.array([-1.0, 0.0, 1.0])
        square = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
        half = self._half_px[position, known]
        patch = self._px[position, known][:, None] + half[:, None, None] * square
        values = np.sort(depth.at(patch), axis=-1)  # NaN last: such a patch tells nothing
        self.told[position, known] = np.median(values[:, -_NEAR_SHARE:], axis=-1)


def _floor_inverse(camera: Camera, nearest: float, farthest: float) -> F64:
    """1 / z (rows, columns) of the world's floor at the grid's cells, NaN away from the people."""
    xy = normalized_from_px(camera, reading.grid_px(camera.size_px))
    ray = np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1)
    down = -(ray @ camera.T_world_camera[:3, :3].T)[..., 2]
    inverse = down / max(float(camera.T_world_camera[2, 3]), 1e-3)
    used = (inverse > 1 / (farthest * _FLOOR_REACH)) & (inverse < _FLOOR_REACH / nearest)
    return np.where(used, inverse, np.nan)


def _rate(take: Take) -> float:
    gaps = np.diff(take.time_s)
    return float(1 / np.median(gaps)) if len(gaps) else 1.0


def _carried(affine: Affine) -> Affine:
    """The same with frames that nothing is known of between their neighbours."""
    known = np.isfinite(affine.gain) & np.isfinite(affine.shift)
    if not known.any():
        return affine
    grid = np.arange(len(known))
    columns = (np.interp(grid, grid[known], one[known]) for one in (affine.gain, affine.shift))
    return Affine(*columns)


def _filled(z_m: F32) -> F32:
    """Frames without any depth as the nearest frame that has some; single gaps as the farthest."""
    known = np.isfinite(z_m).any((1, 2))
    at = np.flatnonzero(known)
    nearest = at[np.rint(np.interp(np.arange(len(z_m)), at, np.arange(len(at)))).astype(int)]
    out = z_m[nearest]
    return np.where(np.isfinite(out), out, np.nanmax(out)).astype(np.float32)


def spread_of(relief: Relief) -> tuple[float, float]:
    """1 / metres of what is far and of what is near, without the outermost 2 %: for colours."""
    low, high = np.percentile(1 / relief.z_m[:, ::2, ::2], [2, 98])
    return float(low), float(max(high, low + 1e-6))
