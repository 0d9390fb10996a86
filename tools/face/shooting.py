"""Pictures of heads that pull faces, as the face network sees them, beside the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from ...core.data.arrays import F32, F64, U8, Bools
from ...core.data.skeletons import joint
from ...core.data.types import Camera
from ...core.data.writing import write_npz
from ...core.faces.regions import region_from_body, region_from_mesh
from ...core.geometry.camera import rotation_to_ray
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import exp_so3
from ...models.networks.faces import FaceNetwork
from ..lifter.chance import Chance
from ..lifter.measure import worn
from ..lifter.studio.renderer import Renderer, Shot
from ..lifter.studio.stage import draw_lights
from .expressions import draw_face
from .heads import Head, HeadMaker

PICTURE_PX: Final = 384
_FACES: Final = 48
"""Pictures of one head ..."""
_NEUTRAL: Final = 6
"""... one in so many at rest."""
_GAZE_DEG: Final = (22.0, 10.0)
_TURN_DEG: Final = (40.0, 22.0, 18.0)
"""Standard deviations of half of them, and limits: yaw, pitch and roll against the view."""
_FACE_M: Final = 0.2
_HEADS_A_FILE: Final = 20
_HEAD_FROM_BODY: Final = np.diag([1.0, -1.0, -1.0])
"""Axes of a head that looks into the camera are those of the camera: x left, y down, z back."""


def shoot_faces(
    maker: HeadMaker,
    renderer: Renderer,
    network: FaceNetwork,
    folder: Path,
    seeds: range,
    report: Callable[[str], None],
    *,
    held_out: bool,
) -> None:
    """Draw one head a seed into files of ``folder``; files there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    split = "held_out" if held_out else "train"
    for first in range(seeds.start, seeds.stop, _HEADS_A_FILE):
        path = folder / f"{split}_{first:06d}.npz"
        if path.exists():
            continue
        rows: list[tuple[Any, ...]] = []
        names: tuple[str, ...] = ()
        for seed in range(first, min(first + _HEADS_A_FILE, seeds.stop)):
            chance = Chance(seed)
            head = maker.draw_head(chance, held_out=held_out)
            names = tuple(head.units)
            rows += [(*row, seed) for row in _session(head, renderer, network, chance)]
        columns = [np.array(column, np.float32) for column in zip(*rows, strict=True)]
        order = ("xyz_px", "presence", "shares", "R_ray_head", "size_px", "head")
        named: dict[str, Any] = dict(zip(order, columns, strict=True))
        write_npz(path, named | {"names": np.array(names)}, is_packed=False)
        report(f"{path.name}: {len(rows)} pictures, {np.mean(named['presence'] > 0.5):.0%} found")


def _session(
    head: Head, renderer: Renderer, network: FaceNetwork, chance: Chance
) -> Iterator[tuple[Any, ...]]:
    renderer.load([(one.part, 0.0) for one in head.parts])
    lights = draw_lights(chance)
    for k in range(_FACES):
        if k % 8 == 7:
            lights = draw_lights(chance)
        shares = {} if k % _NEUTRAL == 0 else draw_face(chance)
        head.pull(shares)
        shot, R = _before(chance)
        picture, found = renderer.draw(shot, lights, {0.0: _looking(head, chance)})
        picture = _exposed(picture, found[..., 0] >= 0, chance)
        side = int(math.exp(float(chance.uniform(math.log(60), math.log(PICTURE_PX)))))
        small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        small = np.asarray(small, np.uint8)
        if chance.happens(0.6, 1)[0]:
            small = worn([small], chance)[0]
        seen = _see(small, head, shot, network, chance)
        px = shot.camera.K[0, 0] * side / PICTURE_PX / shot.shift[2] * _FACE_M
        yield seen[0], seen[1], [shares.get(name, 0.0) for name in head.units], R, px


def _exposed(picture: U8, is_head: Bools, chance: Chance) -> U8:
    """As bright as a camera makes it by itself, more or less."""
    mean = float(picture[::2, ::2][is_head].mean()) if is_head.any() else 100.0
    gain = np.clip(float(chance.uniform(50, 150)) / max(mean, 1.0), 0.7, 4.0)
    return np.clip(picture * gain, 0, 255).astype(np.uint8)


def _see(
    picture: U8, head: Head, shot: Shot, network: FaceNetwork, chance: Chance
) -> tuple[F32, float]:
    """The mesh as tracking would see it, the region about as wrong as it usually is, and how
    surely there is a face."""
    eyes = (head.eyes - head.middle) @ R_WORLD_BODY_REST.T @ shot.R.T + shot.shift
    K = shot.camera.K
    scale = len(picture) / PICTURE_PX
    px = (eyes[:, :2] / eyes[:, 2:] * K[0, 0] + K[:2, 2] + 0.5) * scale - 0.5
    across = px[0] - px[1]
    down = np.array([-across[1], across[0]])
    noise = 0.08 * float(np.linalg.norm(across)) * chance.normal(3, 2)
    points = np.stack([*px, px.mean(0) + 0.6 * down]) + noise
    first = network.locate(picture, region_from_body(*points))
    mirrored = bool(chance.happens(0.5, 1)[0])
    again = network.locate(picture, region_from_mesh(first.xyz_px), mirrored=mirrored)
    return again.xyz_px, again.presence


def _looking(head: Head, chance: Chance) -> F32:
    """Bones (55, 3, 4) that turn the eyes only."""
    bones = np.tile(np.eye(3, 4, dtype=np.float32), (55, 1, 1))
    yaw, pitch = np.radians(_GAZE_DEG) * chance.uniform(-1, 1, 2)
    C = R_WORLD_BODY_REST
    R = C @ exp_so3(np.array([pitch, yaw, 0.0])) @ C.T
    for k, name in enumerate(("left_eye_smplhf", "right_eye_smplhf")):
        at = C @ (head.eyes[k] - head.middle)
        bones[joint(name), :, :3], bones[joint(name), :, 3] = R, at - R @ at
    return bones


def _before(chance: Chance) -> tuple[Shot, F64]:
    """A camera before the head, and the head's rotation against the ray to it."""
    if chance.happens(0.5, 1)[0]:
        turn = np.radians(_TURN_DEG) * np.clip(0.5 * chance.normal(3), -1, 1)
    else:
        turn = np.radians(_TURN_DEG) * chance.uniform(-1, 1, 3)
    yaw, pitch, roll = (float(v) for v in turn)
    R_ray_head = (
        exp_so3(np.array([0, 0, roll])) @ exp_so3(np.array([pitch, 0, 0]))
        @ exp_so3(np.array([0, yaw, 0]))
    )  # fmt: skip
    distance = float(chance.uniform(0.5, 2.5))
    f = PICTURE_PX * float(chance.uniform(0.42, 0.62)) / _FACE_M * distance
    c = (PICTURE_PX - 1) / 2
    middle = c + PICTURE_PX * 0.08 * chance.normal(2)
    K = np.array([[f, 0, middle[0]], [0, f, middle[1]], [0, 0, 1.0]])
    camera = Camera(K=K, size_px=(PICTURE_PX, PICTURE_PX))
    # World to ray to camera: the head stays, the camera goes round it.
    ray = rotation_to_ray(camera, np.array([[c, c + 0.12 * PICTURE_PX]]))[0]
    R = ray @ R_ray_head @ _HEAD_FROM_BODY @ R_WORLD_BODY_REST.T
    shift = ray @ np.array([0.0, 0.0, distance])
    backdrop = tuple(float(v) for v in chance.uniform(0.1, 0.9, 3))
    return Shot(camera, R, shift, (backdrop[0], backdrop[1], backdrop[2])), R_ray_head
