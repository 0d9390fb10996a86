"""Relative depth rendered from a benchmark clip's truth, as a depth network might tell it.

The benchmark has no depth maps. Everybody's true joints are posed as Limn's free body; bodies, the
floor, the room and the box of ``syn_occ`` (the scene of the bench's own tools/render.py) go into a
z-buffer of 256 x 256 pixels over the stretched picture, MiDaS small's shape. The true inverse depth
is then spoilt: a scale and a shift unknown to the reader that drift slowly and flicker by 2 % from
frame to frame, edges blurred by 1.5 pixels, a smooth error over the picture of 1 % of its range
(one standard deviation, changing over seconds) and 0.5 % of noise per pixel. No clothes, no hair:
the surface differs from the filmed one by centimetres. Nobody without truth is in it.
"""

from __future__ import annotations

import functools
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from limn.core.bodies.body_file import load_free_body
from limn.core.bodies.free_body import fit_body, person_vertices
from limn.core.data import solver_points as points
from limn.core.data.skeletons import SMPLX_55
from limn.core.data.types import Person
from limn.core.depth.maps import DepthMap
from limn.core.evaluation.truth import Truth, read_truth
from limn.core.geometry.camera import distort, undistort
from limn.core.solving.posing.posing import pose_from_points
from limn.core.solving.posing.proportions import rest_skeleton
from limn.core.solving.track.bone_lengths import bone_lengths
from limn.media.clips import open_clip

SIDE_PX: Final = 256
_WALL_Y_M, _SIDE_X_M, _FARTHEST_M = 3.2, 5.0, 12.0
_BOXES: Final = {"syn_occ": ((0.25, -1.0, 0.75, 0.5, 0.8),)}
"""x, y, width, depth, height in metres of what stands before people."""
FIELD: Final = 0.01
_BLUR_PX, _NOISE, _FLICKER = 1.5, 0.005, 0.02


class TrueDepth:
    """Implements ``core.depth.maps.DepthModel`` for the frames of one benchmark clip."""

    name = "rendered true depth"

    def __init__(self, folder: Path, maps: list[np.ndarray]) -> None:
        self._maps = dict(zip(_fingerprints(folder), maps, strict=False))

    def estimate(self, bgr: np.ndarray) -> DepthMap | None:
        """The map of one of the clip's pictures; None for any other."""
        inverse = self._maps.get(_fingerprint(bgr))
        if inverse is None:
            return None
        height, width = bgr.shape[:2]
        return DepthMap(inverse, (SIDE_PX / width, SIDE_PX / height))


def true_maps(folder: Path, field: float = FIELD) -> list[np.ndarray]:
    """The spoilt maps (256, 256) float32 of all frames of a clip; ``field``: the smooth error."""
    rng = np.random.default_rng(zlib.crc32(folder.name.encode()))
    return spoilt(_clean(folder), read_truth(folder).fps, rng, field)


@functools.lru_cache(maxsize=1)
def _clean(folder: Path) -> np.ndarray:
    return true_inverse(
        read_truth(folder), _BOXES.get(folder.name, ()), folder.name.startswith("syn")
    )


def true_inverse(truth: Truth, boxes: tuple[tuple[float, ...], ...], has_room: bool) -> np.ndarray:
    """1 / z (t, 256, 256) of bodies, floor, room and boxes; metres."""
    size = np.asarray(truth.size_px, float)
    R, shift = truth.R_camera_world, truth.xyz_shift
    t = len(R)
    pixel = (np.stack(np.meshgrid(*[np.arange(SIDE_PX)] * 2), -1) + 0.5) / SIDE_PX * size - 0.5
    rays = np.concatenate([pixel, np.ones((SIDE_PX, SIDE_PX, 1))], -1) @ np.linalg.inv(truth.K).T
    rays[..., :2] = undistort(rays[..., :2], truth.dist)
    surfaces = [_Surface(truth, i) for i in range(truth.xyz_camera.shape[1])]
    out = np.empty((t, SIDE_PX, SIDE_PX), np.float32)
    for i in range(t):
        z = _scene(rays, R[i], shift[i], boxes, has_room)
        for surface in surfaces:
            xyz = surface.at(i)
            if xyz is not None:
                z = np.minimum(z, _z_buffer(xyz, truth, size))
        out[i] = 1 / z
    return out


class _Surface:
    """Points all over a posed body, one true person's."""

    def __init__(self, truth: Truth, i: int) -> None:
        R, shift = truth.R_camera_world, truth.xyz_shift
        known = truth.joints(points.POINTS)
        xyz = known.xyz_camera[:, i]
        valid = known.valid[:, i].all(1) & np.isfinite(xyz).all((1, 2))
        self._row = np.where(valid, np.cumsum(valid) - 1, -1)
        self._R, self._shift = R, shift
        world = np.einsum("tba,tpb->tpa", R[valid], xyz[valid] - shift[valid][:, None])
        rest = rest_skeleton(xyz[valid], bone_lengths(xyz[valid]))
        n = len(world)
        hands = np.zeros((n, 2, 2, 3))
        hands[..., 0] = 1.0
        pose = pose_from_points(
            world, np.ones((n, points.COUNT)), rest, hands, np.zeros((n, 2)), truth.fps
        )
        self._person = Person(
            name="truth",
            frames=np.arange(n, dtype=np.int32),
            rest_xyz_body=rest,
            root_xyz_world=pose.root_xyz,
            quat_parent_joint=pose.quat_parent_joint,
            confidence=np.ones((n, len(SMPLX_55)), np.float32),
            contact=np.zeros((n, 4), np.float32),
            bridged=np.zeros(n, bool),
            xy_px=np.zeros((n, 33, 2), np.float32),
            xy_score=np.zeros((n, 33), np.float32),
            height_m=1.7,
        )
        self._body = fit_body(load_free_body(), rest)
        self._corners = np.asarray(self._body.faces)

    def at(self, frame: int) -> np.ndarray | None:
        """Camera-space points (n, 3) in a frame, None where the truth is unknown."""
        if self._row[frame] < 0:
            return None
        world = person_vertices(self._body, self._person, int(self._row[frame])).astype(float)
        xyz = world @ self._R[frame].T + self._shift[frame]
        corner = xyz[self._corners]
        u = np.array([0.0, 0.25, 0.5, 0.75])
        a, b = corner[:, 0], corner[:, 1]
        c, d = corner[:, 2], corner[:, -1]
        grid = [(1 - v) * ((1 - s) * a + s * b) + v * ((1 - s) * d + s * c) for s in u for v in u]
        return np.concatenate(grid)


def _scene(rays: np.ndarray, R: np.ndarray, shift: np.ndarray, boxes: Any, has_room: bool) -> Any:  # noqa: ANN401
    """Camera z (256, 256) of floor, walls and boxes."""
    origin, way = -shift @ R, rays @ R
    z = np.full(way.shape[:2], _FARTHEST_M)
    planes = [(2, 0.0)]
    if has_room:
        planes += [(1, _WALL_Y_M), (0, _SIDE_X_M), (0, -_SIDE_X_M)]
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis, level in planes:
            hit = (level - origin[axis]) / way[..., axis]
            z = np.where(hit > 0, np.minimum(z, hit), z)
        for x, y, width, depth, height in boxes:
            low = np.array([x - width / 2, y - depth / 2, 0.0])
            high = np.array([x + width / 2, y + depth / 2, height])
            first, second = (low - origin) / way, (high - origin) / way
            enter, leave = np.minimum(first, second).max(-1), np.maximum(first, second).min(-1)
            z = np.where((enter > 0) & (enter < leave), np.minimum(z, enter), z)
    return z


def _z_buffer(xyz: np.ndarray, truth: Truth, size: np.ndarray) -> np.ndarray:
    """Camera z (256, 256) of points all over a surface, infinite beside it, small holes closed."""
    import cv2

    K = truth.K
    xy = distort(xyz[:, :2] / xyz[:, 2:], truth.dist)
    px = np.stack([K[0, 0] * xy[:, 0] + K[0, 2], K[1, 1] * xy[:, 1] + K[1, 2]], -1)
    cell = np.floor((px + 0.5) / size * SIDE_PX).astype(int)
    inside = ((cell >= 0) & (cell < SIDE_PX)).all(1) & (xyz[:, 2] > 0.1)
    inverse = np.zeros((SIDE_PX, SIDE_PX))
    np.maximum.at(inverse, (cell[inside, 1], cell[inside, 0]), 1 / xyz[inside, 2])
    closed = cv2.morphologyEx(inverse, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    with np.errstate(divide="ignore"):
        return 1 / np.asarray(closed)


def spoilt(
    inverse: np.ndarray, fps: float, rng: np.random.Generator, field_share: float
) -> list[np.ndarray]:
    """Relative inverse depth as a network tells it: see the module's first lines."""
    import cv2

    t = len(inverse)
    seconds = np.arange(t) / fps
    knots = np.arange(int(seconds[-1]) + 3)
    drift = np.exp(_curve(rng.normal(0, 0.15, len(knots)), knots, seconds))
    sway = _curve(rng.normal(0, 0.1, len(knots)), knots, seconds)
    fields = rng.normal(0, 1, (len(knots), 6, 6))
    out = []
    for i in range(t):
        low, high = np.percentile(inverse[i], [1, 99])
        blurred = cv2.GaussianBlur(inverse[i], (0, 0), _BLUR_PX)
        share = seconds[i] - int(seconds[i])
        k = int(seconds[i])
        field = cv2.resize(
            (1 - share) * fields[k] + share * fields[k + 1],
            (SIDE_PX, SIDE_PX),
            interpolation=cv2.INTER_CUBIC,
        )
        spoilt = (blurred - low) / (high - low)
        spoilt = spoilt + field_share * field + rng.normal(0, _NOISE, spoilt.shape)
        gain = 900 * drift[i] * (1 + rng.normal(0, _FLICKER))
        shift = 300 * (1 + sway[i] + rng.normal(0, _FLICKER))
        out.append((gain * spoilt + shift).astype(np.float32))
    return out


def _curve(values: np.ndarray, knots: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.interp(at, knots, values)


def _fingerprints(folder: Path) -> list[int]:
    frames = open_clip(folder / "video.mp4", None, None, 1).frames()
    return [_fingerprint(frame.bgr) for frame in frames]


def _fingerprint(bgr: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(bgr[::4, ::4]).tobytes())
