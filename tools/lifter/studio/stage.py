"""Rooms, streets, lights and cameras, drawn by lot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ....core.data.arrays import F32, U8, Floats
from ....core.data.types import Camera
from ..chance import Chance
from .renderer import Lights, Shot
from .wardrobe import Part

SCENERY: Final = -2.0
"""The number of everything that is nobody."""
_SIZES: Final = ((448, 448), (512, 384), (384, 512), (640, 360), (360, 640))
_CUBE: Final = np.array(
    [[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)], np.float64
)
_FACES: Final = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def draw_patterns(folder: Path, count: int, seed: int) -> list[Path]:
    """Write ``count`` pictures of floors, walls and stuffs, made up; returns their paths."""
    chance = Chance(seed)
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for k in range(count):
        path = folder / f"pattern_{k:03d}.png"
        if not path.exists():
            cv2.imwrite(str(path), _pattern(chance))
        out.append(path)
    return out


def _pattern(chance: Chance) -> U8:
    """Noise of several sizes between two colours; often tiles, planks or stripes over it."""
    side = 256
    noise = np.zeros((side, side), np.float32)
    rough = float(chance.uniform(0.4, 0.9))
    for octave in range(7):
        n = 2 ** (octave + 1)
        fine = cv2.resize(chance.normal(n, n), (side, side), interpolation=cv2.INTER_CUBIC)
        noise += np.float32(rough**octave) * np.asarray(fine, np.float32)
    noise = (noise - noise.min()) / float(np.ptp(noise))
    a, b = _colour(chance), _colour(chance)
    b = a + (b - a) * float(chance.uniform(0.1, 0.7))
    image = a + (b - a) * noise[..., None]
    kind = int(chance.rng.integers(4))
    if kind:
        rows, columns = (int(v) for v in chance.rng.integers(1, 9, 2))
        y, x = np.mgrid[:side, :side] / side
        row = np.floor(y * rows)
        cell = np.floor(x * columns + (0.5 * (row % 2) if kind == 2 else 0))
        shade = chance.uniform(0.75, 1.15, 12, 12)[row.astype(int) % 12, cell.astype(int) % 12]
        image = image * shade[..., None]
        edge = np.minimum((y * rows) % 1 * 1.0, (x * columns + 0.5 * (row % 2) * (kind == 2)) % 1)
        image = np.where((edge < 0.04)[..., None], image * float(chance.uniform(0.3, 1.2)), image)
    return (255 * np.clip(image, 0.02, 0.98)).astype(np.uint8)


def _colour(chance: Chance) -> Floats:
    """Mostly greys, browns and other dull colours, as walls and floors have."""
    grey, dull = float(chance.uniform(0.12, 0.95)), float(chance.uniform(0, 1)) ** 2
    return np.clip(grey + 0.5 * dull * (chance.uniform(0, 1, 3) - 0.5), 0.03, 1)


def box(
    middle: Floats, size: Floats, yaw: float, texture: Path, tint: tuple[float, float, float],
    repeat_m: float = 1.0,
) -> Part:  # fmt: skip
    """A box, ``repeat_m`` metres of it to each copy of its texture."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    R = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    xyz, normal, uv = [], [], []
    for face in _FACES:
        corners = _CUBE[list(face)]
        out = np.sign(corners.mean(0)) * (np.abs(corners.mean(0)) > 0.4)
        flat = np.flatnonzero(out == 0)
        xyz.append((corners * size) @ R.T + middle)
        normal.append(np.tile(out @ R.T, (4, 1)))
        uv.append((corners * size)[:, flat] / repeat_m)
    n = 4 * len(_FACES)
    quads = np.arange(n).reshape(-1, 4)
    weight = np.zeros((n, 4), np.float32)
    weight[:, 0] = 1
    return Part(
        np.concatenate(xyz).astype(np.float32),
        np.concatenate(normal).astype(np.float32),
        np.concatenate(uv).astype(np.float32),
        np.zeros((n, 4), np.float32),
        weight,
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32),
        texture,
        tint,
    )


def draw_set(patterns: Sequence[Path], shot: Shot, chance: Chance) -> list[Part]:
    """Floor, walls or open ground, clutter behind, sometimes a thing before the people."""

    def stuff() -> tuple[Path, tuple[float, float, float]]:
        r, g, b = (float(v) for v in chance.uniform(0.7, 1.0, 3))
        return patterns[int(chance.rng.integers(len(patterns)))], (r, g, b)

    eye = -shot.R.T @ shot.shift
    ahead = np.array([-eye[0], -eye[1], 0.0])
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-6)
    aside = np.array([ahead[1], -ahead[0], 0.0])
    yaw = math.atan2(ahead[1], ahead[0]) + float(chance.uniform(-0.4, 0.4))
    parts = [box(np.array([0, 0, -0.05]), np.array([40, 40, 0.1]), 0.0, *stuff(), 1.5)]
    if chance.happens(0.7, 1)[0]:
        wall = ahead * float(chance.uniform(2.0, 5.0)) + [0, 0, 2.0]
        parts.append(box(wall, np.array([0.2, 30, 4.0]), yaw, *stuff(), 2.0))
    for _ in range(int(chance.rng.integers(0, 9))):
        size = chance.uniform(0.2, 1.4, 3).astype(np.float64)
        at = ahead * float(chance.uniform(1.6, 4.5)) + aside * float(chance.uniform(-3.5, 3.5))
        at[2] = size[2] / 2 + float(chance.uniform(0, 1.5)) * float(chance.happens(0.3, 1)[0])
        parts.append(box(at, size, float(chance.uniform(0, 3)), *stuff(), 1.0))
    distance = float(np.hypot(eye[0], eye[1]))
    if chance.happens(0.22, 1)[0]:
        near = -ahead * float(chance.uniform(0.55, 0.75)) * min(distance, 2.6)
        near = near + aside * float(chance.uniform(-0.7, 0.7))
        tall = chance.happens(0.3, 1)[0]
        low, high = (1.8, 2.4) if tall else (0.35, 1.0)
        wide = chance.uniform(0.15, 0.4) if tall else chance.uniform(0.5, 1.6)
        size = np.array([0.3, float(wide), float(chance.uniform(low, high))])
        near[2] = size[2] / 2
        parts.append(box(near, size, yaw, *stuff(), 1.0))
    return parts


def draw_lights(chance: Chance) -> Lights:
    """By day, in a room, at dusk: warm or cold, hard or soft."""

    def colour(strength: float) -> F32:
        return (strength * chance.uniform(0.8, 1.2, 3)).astype(np.float32)

    height, around = float(chance.uniform(0.35, 1.4)), float(chance.uniform(0, 2 * math.pi))
    way = [math.cos(height) * math.cos(around), math.cos(height) * math.sin(around)]
    exposure = float(chance.uniform(0.75, 1.5))
    hard = float(chance.uniform(0.1, 1.0))
    lamp_at = np.array([*chance.uniform(-2.5, 2.5, 2), float(chance.uniform(1.8, 3.2))], np.float32)
    return Lights(
        np.array([*way, math.sin(height)], np.float32),
        colour(1.3 * hard * exposure),
        colour((1.1 - 0.6 * hard) * exposure),
        colour(float(chance.uniform(0.15, 0.5)) * exposure),
        lamp_at,
        colour(float(chance.uniform(0, 2.5)) * exposure),
    )


def draw_shot(
    reach_m: float,
    chance: Chance,
    size: tuple[int, int] | None = None,
    side_rad: float | None = None,
) -> Shot:
    """A camera that looks at the middle of the stage, mostly from about eye height.

    ``reach_m`` is how far from the middle people get; some pictures cut them off all the same.
    Pictures are of ``size`` (width, height) pixels, or of some usual format. It stands on any side,
    or at ``side_rad`` about the world's z axis.
    """
    size = size or _SIZES[int(chance.rng.integers(len(_SIZES)))]
    fov = math.radians(float(chance.uniform(32, 75)))
    f = max(size) / 2 / math.tan(fov / 2)
    K = np.array([[f, 0, (size[0] - 1) / 2], [0, f, (size[1] - 1) / 2], [0, 0, 1.0]])
    usual = chance.happens(0.75, 1)[0]
    low, high = (-8.0, 22.0) if usual else (-25.0, 45.0)
    pitch = math.radians(float(chance.uniform(low, high)))
    roll = 0.05 * float(chance.normal(1)[0])
    # So far that about two metres, and how far people walk, fill some share of the picture.
    fill = float(chance.uniform(0.55, 0.95)) if chance.happens(0.85, 1)[0] else 1.35
    tall = f * 1.9 / (size[1] * fill)
    wide = f * (0.9 + 1.6 * reach_m) / (size[0] * min(fill, 1.0))
    # Small people are another problem than depth: nobody gets less than half of that.
    distance = float(np.clip(max(tall, min(wide, 1.6 * tall)), 1.8, 14.0))
    around = float(chance.uniform(0, 2 * math.pi)) if side_rad is None else side_rad
    target = np.array([0, 0, 0.92]) + 0.12 * chance.normal(3) * [1, 1, 0.8]
    eye = target + distance * np.array(
        [math.cos(pitch) * math.cos(around), math.cos(pitch) * math.sin(around), math.sin(pitch)]
    )
    eye[2] = max(eye[2], 0.15)
    R = _look(eye, target, roll)
    backdrop = tuple(float(v) for v in _colour(chance))
    camera = Camera(K=K, size_px=size)
    return Shot(camera, R, -R @ eye, (backdrop[0], backdrop[1], backdrop[2]))


def _look(eye: Floats, target: Floats, roll: float) -> Floats:
    """World z up to the axes of a camera at ``eye`` that looks at ``target``."""
    z = (target - eye) / np.linalg.norm(target - eye)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x = x / np.linalg.norm(x)
    y = np.cross(z, x)
    cos, sin = math.cos(roll), math.sin(roll)
    return np.stack([cos * x + sin * y, -sin * x + cos * y, z])
