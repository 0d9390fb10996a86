"""Spheres and round sticks, lit and exact at every pixel: a small ray caster, numpy only.

Ray against capsule by Inigo Quilez (iquilezles.org, "Intersectors"). Surfaces are kept with their
normals and lit at the end, so that what is hidden costs nothing but its own small rectangle.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import F32, U8, Bools, Floats
from ...core.geometry.rotations import normalize
from ..opencv import load_cv2
from .figures import Colour

_FINER: Final = 2
"""Rays per pixel and axis; outlines are smoothed by them."""
_NEAR_M: Final = 0.1
_AMBIENT: Final = (0.44, 0.66)  # from below, from above
_KEY: Final = 0.50
_SHINE: Final = 0.30
_SHINE_POWER: Final = 38.0
_RIM: Final = 0.14


class Tracer:
    """Collects capsules seen by a pinhole at the origin that looks along z; pixels of ``size_px``.

    ``focal_px`` and ``center_px`` (x, y) are the camera's; ``up`` and ``to_light`` (3,) directions
    in its axes.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        focal_px: float,
        center_px: tuple[float, float],
        up: Floats,
        to_light: Floats,
    ) -> None:
        self._size = size_px[0] * _FINER, size_px[1] * _FINER
        self._focal = focal_px * _FINER
        # Pixel (0, 0) is the centre of the first one, of fine pixels as of coarse ones.
        self._center = tuple((c + 0.5) * _FINER - 0.5 for c in center_px)
        self._up, self._light = normalize(np.asarray(up)), normalize(np.asarray(to_light))
        self._shapes: list[tuple[F32, F32, float, Colour]] = []

    def add(self, start: Floats, end: Floats, radius_m: float, colour: Colour) -> None:
        """Add a round stick, or a sphere where both ends (3,) are one point."""
        a, b = np.asarray(start, np.float32), np.asarray(end, np.float32)
        if min(a[2], b[2]) > _NEAR_M + radius_m:
            self._shapes.append((a, b, radius_m, colour))

    def draw(self, picture: U8, opacity: float = 1.0) -> None:
        """Lay everything over ``picture`` (h, w, 3) of ``size_px``, nearest first."""
        boxes = [self._box(a, b, r) for a, b, r, _ in self._shapes]
        if not (seen := [i for i, box in enumerate(boxes) if box[0] < box[2] and box[1] < box[3]]):
            return
        every = np.array([boxes[i] for i in seen])
        x0, y0 = (every[:, :2].min(0) // _FINER * _FINER).tolist()
        x1, y1 = (-(-every[:, 2:].max(0) // _FINER) * _FINER).tolist()
        depth = np.full((y1 - y0, x1 - x0), np.inf, np.float32)
        normal = np.zeros((*depth.shape, 3), np.float32)
        albedo = np.zeros((*depth.shape, 3), np.float32)
        for i in seen:
            a, b, radius, colour = self._shapes[i]
            left, top, right, bottom = boxes[i]
            part = slice(top - y0, bottom - y0), slice(left - x0, right - x0)
            t, n = _hit(self._rays(left, top, right, bottom), a, b, radius)
            nearer = t < depth[part]
            depth[part][nearer] = t[nearer]
            normal[part][nearer] = n[nearer]
            albedo[part][nearer] = colour
        hit = np.isfinite(depth)
        colour = np.zeros_like(albedo)
        colour[hit] = self._lit(normal[hit], albedo[hit], self._rays(x0, y0, x1, y1)[hit])
        self._lay(picture, (x0, y0), hit, colour, opacity)

    def _box(self, a: F32, b: F32, radius: float) -> tuple[int, int, int, int]:
        """The rectangle of fine pixels that a capsule can touch, within the picture."""
        reach = 1.5 * radius * self._focal / (np.array([a[2], b[2]]) - radius) + 1
        xy = np.array([p[:2] / p[2] * self._focal + self._center for p in (a, b)])
        low = np.floor((xy - reach[:, None]).min(0)).astype(int)
        high = np.ceil((xy + reach[:, None]).max(0)).astype(int) + 1
        low, high = np.clip(low, 0, self._size), np.clip(high, 0, self._size)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _rays(self, left: int, top: int, right: int, bottom: int) -> F32:
        x = (np.arange(left, right) - self._center[0]) / self._focal
        y = (np.arange(top, bottom) - self._center[1]) / self._focal
        out = np.ones((len(y), len(x), 3), np.float32)
        out[..., 0], out[..., 1] = x[None], y[:, None]
        return out

    def _lit(self, normal: F32, albedo: F32, ray: F32) -> F32:
        """Colours (n, 3) in 0..255 of surfaces (n, 3) that rays (n, 3) meet."""
        view = -ray / np.linalg.norm(ray, axis=-1, keepdims=True)
        facing = (normal * view).sum(-1)
        light = self._light.astype(np.float32)
        key = np.maximum(normal @ light, 0)
        sky = _AMBIENT[0] + (_AMBIENT[1] - _AMBIENT[0]) * (0.5 + 0.5 * normal @ self._up)
        half = view + light
        half /= np.linalg.norm(half, axis=-1, keepdims=True)
        shine = np.maximum((normal * half).sum(-1), 0) ** _SHINE_POWER
        rim = (1 - np.clip(facing, 0, 1)) ** 3
        gleam = 255 * (_SHINE * shine + _RIM * rim * sky)
        return np.clip(albedo * (sky + _KEY * key)[:, None] + gleam[:, None], 0, 255)

    def _lay(
        self, picture: U8, corner: tuple[int, int], hit: Bools, colour: F32, opacity: float
    ) -> None:
        cv2 = load_cv2()
        layers = np.dstack([colour, hit.astype(np.float32)])
        size = hit.shape[1] // _FINER, hit.shape[0] // _FINER
        coarse = cv2.resize(layers, size, interpolation=cv2.INTER_AREA) * opacity
        x, y = (c // _FINER for c in corner)
        part = picture[y : y + size[1], x : x + size[0]]
        coarse = coarse[: part.shape[0], : part.shape[1]]
        part[:] = np.rint(part * (1 - coarse[..., 3:]) + coarse[..., :3]).astype(np.uint8)


def _hit(rays: F32, a: F32, b: F32, radius: float) -> tuple[F32, F32]:
    """Depth (h, w), infinite for a miss, and normals (h, w, 3) where rays first meet a capsule."""
    ba = b - a
    length2 = float(ba @ ba)
    dd = np.einsum("hwc,hwc->hw", rays, rays)
    if length2 < 1e-12:
        return _hit_sphere(rays, dd, a, radius)
    along, across = rays @ ba, -(rays @ a)
    start = -float(ba @ a)
    A = length2 * dd - along**2
    B = length2 * across - start * along
    C = length2 * float(a @ a) - start**2 - radius**2 * length2
    h = B * B - A * C
    t = (-B - np.sqrt(np.maximum(h, 0))) / np.maximum(A, 1e-12)
    y = start + t * along
    on_stick = (h >= 0) & (y > 0) & (y < length2)
    foot = a + ba * (np.clip(y, 0, length2) / length2)[..., None]
    normal = (rays * t[..., None] - foot) / radius
    t = np.where(on_stick, t, np.inf)
    for end in (a, b):
        t_end, normal_end = _hit_sphere(rays, dd, end, radius)
        nearer = t_end < t
        t = np.where(nearer, t_end, t)
        normal = np.where(nearer[..., None], normal_end, normal)
    return t.astype(np.float32), normal.astype(np.float32)


def _hit_sphere(rays: F32, dd: F32, center: F32, radius: float) -> tuple[F32, F32]:
    across = -(rays @ center)
    h = across * across - dd * (float(center @ center) - radius**2)
    t = (-across - np.sqrt(np.maximum(h, 0))) / dd
    normal = (rays * t[..., None] - center) / radius
    return np.where(h >= 0, t, np.inf).astype(np.float32), normal.astype(np.float32)
