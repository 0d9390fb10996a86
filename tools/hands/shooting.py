"""Pictures of made-up people's hands, as the hand network sees them, beside where they are."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from ...core.bodies.skinning import bone_transforms
from ...core.data import solver_points as points
from ...core.data.arrays import F32, F64, U8, Floats
from ...core.data.hand_points import POINTS, SIDES
from ...core.data.skeletons import joint
from ...core.data.types import Camera
from ...core.data.writing.atomic import write_npz
from ...core.geometry.camera import rotation_to_ray
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import matrix_from_quat, normalize
from ...core.hands.model import (
    MIRROR,
    Hand,
    finger_joints,
    hand_at_rest,
    hand_of,
    local_turns,
    tip_offsets,
)
from ...core.hands.regions import region_from_points
from ...core.hands.seen import HandModel, HandSeen
from ...core.solving.posing.posing import pose_from_points
from ..lifter.chance import Chance
from ..lifter.measure import worn
from ..lifter.studio.puppet import points_of
from ..lifter.studio.renderer import Renderer, Shot
from ..lifter.studio.stage import SCENERY, draw_lights, draw_patterns, draw_set
from ..lifter.studio.wardrobe import Dummy, Wardrobe
from .poses import draw_angles

LOOKS: Final = ((0.0, False), (0.3, True), (-0.3, True), (0.0, True))
"""Turned by what angle in radians, and whether in a mirror: a picture is looked at by two."""
_POSES: Final = 40
"""Pictures of one figure."""
_PICTURE_PX: Final = 320
FINER: Final = 2
"""Drawn so many times larger, then reduced, as lenses do."""
_HAND_M: Final = 0.13
_SIZES_PX: Final = (26.0, 140.0)
_DISTANCES_M: Final = (0.6, 3.0)
_HIDDEN_M: Final = 0.06
MOST_HIDDEN: Final = 12
_AT_REST_FPS: Final = 0.5
"""So slow that nothing is smoothed from one pose to the next: they are strangers."""
_FIGURES_A_FILE: Final = 10
PATTERNS: Final = 40
FIELDS: Final = ("xy_px", "xyz_m", "presence", "xyz_ray", "is_right", "size_px", "figure")


@dataclass(frozen=True, slots=True, eq=False)
class HandStudio:
    """What hands are drawn with."""

    wardrobe: Wardrobe
    renderer: Renderer
    network: HandModel
    held_out: bool


def shoot_hands(
    studio: HandStudio, folder: Path, seeds: range, report: Callable[[str], None]
) -> None:
    """Draw one figure a seed into files of ``folder``; files there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    split = "held_out" if studio.held_out else "train"
    with tempfile.TemporaryDirectory() as here:
        patterns = draw_patterns(Path(here), PATTERNS, seeds.start)
        for first in range(seeds.start, seeds.stop, _FIGURES_A_FILE):
            path = folder / f"{split}_{first:06d}.npz"
            if path.exists():
                continue
            rows: list[tuple[Any, ...]] = []
            for seed in range(first, min(first + _FIGURES_A_FILE, seeds.stop)):
                rows += [(*row, seed) for row in _session(studio, patterns, Chance(seed))]
            columns = [np.array(column, np.float32) for column in zip(*rows, strict=True)]
            write_npz(path, dict(zip(FIELDS, columns, strict=True)), is_packed=False)
            report(f"{path.name}: {len(rows)} hands")


def _session(studio: HandStudio, patterns: list[Path], chance: Chance) -> Iterator[tuple[Any, ...]]:
    """One figure's hands in many poses before as many cameras."""
    figure = studio.wardrobe.draw(chance, held_out=studio.held_out)
    bones, hands = put(figure, draw_poses(figure, chance, _POSES))
    shot = _before(hands[0, 0], chance)
    scenery = [(part, SCENERY) for part in draw_set(patterns, shot, chance)]
    studio.renderer.load([*scenery, *((part, 0.0) for part in figure.parts)])
    lights = draw_lights(chance)
    for k in range(_POSES):
        if k % 8 == 7:
            lights = draw_lights(chance)
        side = k % 2
        shot = _before(hands[k, side], chance)
        picture, found = studio.renderer.draw(shot, lights, {0.0: bones[k]})
        xyz = hands[k, side] @ shot.R.T + shot.shift
        px = xyz[:, :2] / xyz[:, 2:] * shot.camera.K[0, 0] + shot.camera.K[:2, 2]
        if hidden(px, xyz, found) > MOST_HIDDEN:
            continue
        small = cv2.resize(picture, (_PICTURE_PX, _PICTURE_PX), interpolation=cv2.INTER_AREA)
        small = np.asarray(small, np.uint8)
        if chance.happens(0.6, 1)[0]:
            small = worn([small], chance)[0]
        looks = _see(small, (px + 0.5) / FINER - 0.5, studio.network, chance)
        at = rotation_to_ray(shot.camera, px.mean(0)[None])[0]
        seen = [np.stack([getattr(one, name) for one in looks]) for name in FIELDS[:2]]
        sure = [one.presence for one in looks]
        size = float(np.ptp(px, axis=0).max()) / FINER
        yield *seen, sure, (xyz - xyz.mean(0)) @ at, float(side), size


def hidden(px: Floats, xyz: Floats, found: F32) -> int:
    """How many points lie behind something that isn't the hand, or outside the picture."""
    h, w = found.shape[:2]
    column, row = (np.round(px / 2).astype(int)).T
    inside = (column >= 0) & (row >= 0) & (column < w) & (row < h)
    depth = found[np.clip(row, 0, h - 1), np.clip(column, 0, w - 1), 1]
    return int((~inside | (depth < xyz[:, 2].min() - _HIDDEN_M)).sum())


def _see(picture: U8, px: Floats, network: HandModel, chance: Chance) -> list[HandSeen]:
    """Two looks at what a first one found, whose region is about as wrong as it usually is."""
    extent = float(np.ptp(px, axis=0).max())
    noisy = px + extent * (0.03 * chance.normal(POINTS, 2) + 0.05 * chance.normal(1, 2))
    first = network.locate(picture, region_from_points(noisy))
    region = region_from_points(first.xy_px if first.presence > 0.5 else noisy)
    out: list[HandSeen] = []
    for k in (0, int(chance.rng.integers(1, len(LOOKS)))):
        turn, mirrored = LOOKS[k]
        turn += 0.1 * float(chance.normal(1)[0])
        side_px = region.side_px * float(np.exp(0.06 * chance.normal(1)[0]))
        one = replace(region, rotation_rad=region.rotation_rad + turn, side_px=side_px)
        out.append(network.locate(picture, one, mirrored=mirrored))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """A figure's unrelated poses: ``root`` (t, 3) world metres, ``quats`` (t, 55, 4) without
    fingers, and the ``angles`` (t, 2, 5, 4) of both hands as of a left ``hand``."""

    hand: Hand
    root: F64
    quats: F64
    angles: F64


def draw_poses(figure: Dummy, chance: Chance, count: int) -> Poses:
    """``count`` poses with arms raised anywhere before the body and fingers drawn by lot."""
    rest = figure.rest
    zero = np.tile(np.eye(3), (55, 1, 1))
    zero[0] = R_WORLD_BODY_REST
    turn, shift = bone_transforms(rest, zero, R_WORLD_BODY_REST @ rest[0])
    X = np.repeat(points_of(figure, turn, shift, _bones(figure, turn, shift))[None], count, 0)
    directions = np.empty((count, 2, 2, 3))
    for k, side in enumerate(SIDES):
        directions[:, k] = _raise(X, side, chance)
    posed = pose_from_points(
        X, np.ones(X.shape[:2]), rest, directions, np.ones((count, 2)), _AT_REST_FPS
    )
    hand = hand_of(hand_at_rest(rest))
    angles = np.stack([draw_angles(hand, chance, count) for _ in SIDES], axis=1)
    root, quats = (np.asarray(v, np.float64) for v in (posed.root_xyz, posed.quat_parent_joint))
    return Poses(hand, root, quats, angles)


def put(figure: Dummy, poses: Poses) -> tuple[F32, F64]:
    """The figure's ``bones`` (t, 55, 3, 4) in its poses, and hands (t, 2, 21, 3), world metres."""
    rest, count = figure.rest, len(poses.root)
    R = matrix_from_quat(poses.quats)
    for k, side in enumerate(SIDES):
        turns = local_turns(poses.hand, poses.angles[:, k])
        if side == "right":
            turns = MIRROR[:, None] * turns * MIRROR
        R[:, list(finger_joints(side))] = turns
    bones = np.empty((count, 55, 3, 4), np.float32)
    hands = np.empty((count, 2, POINTS, 3))
    for t, root in enumerate(poses.root):
        turn, shift = bone_transforms(rest, R[t], root)
        bones[t] = _bones(figure, turn, shift)
        for k, side in enumerate(SIDES):
            hands[t, k] = _points(rest, side, turn, shift)
    return bones, hands


def _bones(figure: Dummy, turn: Floats, shift: Floats) -> F64:
    """From as modelled to the pose, (55, 3, 4)."""
    to_zero = figure.rest - np.einsum("jab,jb->ja", figure.R_zero, figure.joints)
    moved = np.einsum("jab,jb->ja", turn, to_zero) + shift
    return np.concatenate([turn @ figure.R_zero, moved[..., None]], axis=2)


def _points(rest: Floats, side: str, turn: Floats, shift: Floats) -> F64:
    """The 21 points of a hand, world metres."""
    wrist, fingers = joint(f"{side}_wrist"), np.array(finger_joints(side)).reshape(5, 3)
    last = fingers[:, 2]
    at = np.einsum("jab,jb->ja", turn, rest) + shift
    ends = at[last] + np.einsum("jab,jb->ja", turn[last], tip_offsets(rest, side))
    chains = np.concatenate([at[fingers], ends[:, None]], axis=1)
    return np.concatenate([at[wrist][None], chains.reshape(-1, 3)])


def _raise(X: F64, side: str, chance: Chance) -> F64:
    """Put an arm of ``X`` (t, 19, 3) somewhere before the body, in place; returns the hand's
    directions (t, 2, 3)."""
    shoulder, elbow, wrist = (
        points.POINTS.index(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")
    )
    t, out = len(X), 1.0 if side == "left" else -1.0
    upper = np.linalg.norm(X[0, elbow] - X[0, shoulder])
    fore = np.linalg.norm(X[0, wrist] - X[0, elbow])
    low, high = np.array([-0.15, -0.48, -0.45]), np.array([0.45, -0.12, 0.4])
    to = (chance.uniform(0, 1, t, 3) * (high - low) + low) * [out, 1.0, 1.0]
    reach = np.clip(np.linalg.norm(to, axis=-1), 0.35 * (upper + fore), 0.98 * (upper + fore))
    along = normalize(to)
    pole = np.array([0.6 * out, 0.1, -1.0]) + 0.4 * chance.normal(t, 3)
    pole = normalize(pole - along * (pole * along).sum(-1, keepdims=True))
    cosine = (upper**2 + reach**2 - fore**2) / (2 * upper * reach)
    sine = np.sqrt(np.maximum(1 - cosine**2, 0))
    X[:, elbow] = X[:, shoulder] + upper * (along * cosine[:, None] + pole * sine[:, None])
    X[:, wrist] = X[:, shoulder] + along * reach[:, None]
    forearm = normalize(X[:, wrist] - X[:, elbow])
    fingers = normalize(forearm + 0.45 * np.clip(chance.normal(t, 3), -1.8, 1.8))
    across = normalize(np.cross(fingers, chance.normal(t, 3)))
    return np.stack([fingers, across], axis=1)


def _before(hand: Floats, chance: Chance) -> Shot:
    """A camera that looks about at a hand (21, 3), from somewhere before the person."""
    middle = np.asarray(hand.mean(0), np.float64)
    return look_at(middle, chance, _PICTURE_PX, _SIZES_PX, _DISTANCES_M)


def look_at(
    middle: F64,
    chance: Chance,
    picture_px: int,
    sizes_px: tuple[float, float],
    distances_m: tuple[float, float],
) -> Shot:
    """A camera somewhere before the person that looks about at ``middle`` (3,), where hands are of
    ``sizes_px`` in square pictures of ``picture_px``."""
    yaw = math.radians(float(np.clip(40 * chance.normal(1)[0], -100, 100)))
    pitch = math.radians(float(chance.uniform(-20, 35)))
    distance = float(chance.uniform(*distances_m))
    way = np.array(
        [math.sin(yaw) * math.cos(pitch), -math.cos(yaw) * math.cos(pitch), math.sin(pitch)]
    )
    eye = middle + distance * way
    z = -way
    x = normalize(np.cross(z, [0.0, 0.0, 1.0]))
    y = np.cross(z, x)
    roll = 0.1 * float(chance.normal(1)[0])
    R = np.stack(
        [math.cos(roll) * x + math.sin(roll) * y, math.cos(roll) * y - math.sin(roll) * x, z]
    )
    low, high = np.log(sizes_px)
    size = math.exp(float(chance.uniform(low, high)))
    side = picture_px * FINER
    f = size * FINER * distance / _HAND_M
    c = (side - 1) / 2 + 0.05 * side * chance.normal(2)
    K = np.array([[f, 0, c[0]], [0, f, c[1]], [0, 0, 1.0]])
    r, g, b = (float(v) for v in chance.uniform(0.1, 0.9, 3))
    return Shot(Camera(K=K, size_px=(side, side)), R, -R @ eye, (r, g, b))
