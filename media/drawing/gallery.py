"""People as coloured sticks before a photo wall on a tiled floor: the founding project's pictures.

The wall stands across the footage's own line of sight, its photo as large as the people before it;
the view swings about that line and shows the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F32, F64, U8, Floats
from ...core.data.types import Camera, Take
from ...core.gallery.figures import (
    JOINT_RADIUS_M,
    JOINT_RGB,
    LINK_RADIUS_M,
    LINKS,
    gallery_joints,
    own_floor,
    stature_scale,
)
from ...core.gallery.room import Room, Tiles
from ...core.geometry.camera import camera_at, camera_from_world, project_camera
from ...core.geometry.rotations import normalize
from ..opencv import load_cv2
from .figures import Colour, mixed
from .ray_tracing import Tracer
from .shapes import capsule_outlines, fill

PAPER: Final[Colour] = (244, 243, 242)
_TILES: Final[tuple[Colour, Colour]] = ((228, 225, 222), (214, 210, 206))
_JOINT: Final[Colour] = (204, 200, 196)
_INSET: Final = 0.98
_FRAME: Final[Colour] = (255, 255, 255)
_EDGE: Final[Colour] = (150, 146, 142)
_NEAR_M: Final = 0.15
_LIGHT: Final = (-0.75, -0.85, 1.9)  # right, ahead, up of the footage's camera
_FOOT_TILE_M: Final = 0.34
_FEET: Final = ((15, 16), (16, 17))  # ankle in COCO, link whose colour its tile takes


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A person in one frame: ``xyz`` (17, 3) of COCO's joints, stature over the reference, the
    height of the floor they stand on."""

    xyz: F32
    scale: float
    floor_m: float


class Gallery:
    """Draws a take's frames in that style, in pictures of ``size_px``."""

    def __init__(self, take: Take, size_px: tuple[int, int]) -> None:
        self._take, self._size_px = take, size_px
        self._joints = [gallery_joints(person) for person in take.people]
        self._scales = [stature_scale(person) for person in take.people]
        pairs = zip(self._joints, self._scales, strict=True)
        self._floors_m = [own_floor(joints, scale) for joints, scale in pairs]
        self._rooms: dict[int, tuple[Room, Tiles]] = {}

    def draw(self, position: int, bgr: U8, degrees: float) -> U8:
        """The picture of one frame whose photo is ``bgr``, seen from ``degrees`` beside it."""
        room, tiles = self._room(position)
        view = room.view(self._size_px, degrees)
        width, height = self._size_px
        picture = np.full((height, width, 3), PAPER, np.uint8)
        people = self._people(position)
        to_light = normalize(
            _LIGHT[0] * room.right + _LIGHT[1] * room.ahead + np.array([0, 0, _LIGHT[2]])
        )
        _draw_tiles(picture, view, tiles, is_front=False)
        _draw_wall(picture, view, room, bgr)
        _draw_tiles(picture, view, tiles, is_front=True)
        for person in people:
            _draw_foot_tiles(picture, view, room, person)
        _draw_shadows(picture, view, room, people, to_light)
        _draw_people(picture, view, people, to_light)
        return picture

    def _people(self, position: int) -> list[_Shown]:
        """Everybody in a frame."""
        out = []
        for i, person in enumerate(self._take.people):
            k = int(np.searchsorted(person.frames, position))
            if k < len(person.frames) and person.frames[k] == position:
                out.append(_Shown(self._joints[i][k], self._scales[i], self._floors_m[i]))
        return out

    def _room(self, position: int) -> tuple[Room, Tiles]:
        shot = int(np.searchsorted(self._take.cuts, position, side="right"))
        if shot not in self._rooms:
            edges = [0, *self._take.cuts.tolist(), len(self._take.time_s)]
            parts = [
                joints[(person.frames >= edges[shot]) & (person.frames < edges[shot + 1])]
                for person, joints in zip(self._take.people, self._joints, strict=True)
            ]
            xyz = np.concatenate([np.zeros((0, 3)), *(part.reshape(-1, 3) for part in parts)])
            room = Room.of(camera_at(self._take, position), xyz)
            self._rooms[shot] = room, Tiles.of(room)
        return self._rooms[shot]


def _draw_tiles(picture: U8, view: Camera, tiles: Tiles, *, is_front: bool) -> None:
    """One side's tiles; their joints are painted under them, so that nothing shines through."""
    chosen = np.flatnonzero(tiles.is_front == is_front)
    corners = tiles.corners[chosen]
    seen = camera_from_world(view, corners)
    middle = corners.mean(1, keepdims=True)
    inner = project_camera(view, camera_from_world(view, middle + _INSET * (corners - middle)))
    outer = project_camera(view, seen)
    is_seen = seen[..., 2].min(1) > _NEAR_M
    for outlines, colours in ((outer, (_JOINT, _JOINT)), (inner, _TILES)):
        for k in np.flatnonzero(is_seen):
            i = chosen[k]
            fill(
                picture,
                outlines[k],
                mixed(PAPER, colours[int(tiles.is_dark[i])], float(tiles.fade[i])),
            )


def _fill_world(picture: U8, view: Camera, xyz: Floats, colour: Colour | int) -> None:
    seen = camera_from_world(view, xyz)
    if seen[:, 2].min() > _NEAR_M:
        fill(picture, project_camera(view, seen), colour)


def _draw_wall(picture: U8, view: Camera, room: Room, bgr: U8) -> None:
    """The photo in a white frame, with the frame's shade on the paper around."""
    cv2 = load_cv2()
    seen = camera_from_world(view, room.corners)
    if seen[:, 2].min() <= _NEAR_M:
        return
    middle = room.corners.mean(0)
    for grow, colour in ((1.022, _EDGE), (1.02, _FRAME)):
        _fill_world(picture, view, middle + grow * (room.corners - middle), colour)
    xy = project_camera(view, seen).astype(np.float32)
    shrink = max(1, int(bgr.shape[1] / max(np.ptp(xy[:, 0]), 1)))
    small = cv2.resize(
        bgr,
        (max(bgr.shape[1] // shrink, 1), max(bgr.shape[0] // shrink, 1)),
        interpolation=cv2.INTER_AREA,
    )
    height, width = small.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    H = cv2.getPerspectiveTransform(source, xy)
    size = picture.shape[1], picture.shape[0]
    photo = cv2.warpPerspective(
        small, H, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros(picture.shape[:2], np.uint8)
    fill(mask, xy, 255)
    share = mask.astype(np.float32) / 255
    picture[:] = cv2.blendLinear(np.asarray(photo, np.uint8), picture, share, 1 - share)


def _draw_foot_tiles(picture: U8, view: Camera, room: Room, person: _Shown) -> None:
    """The founding project's tiles at the two lowest joints: under the ankles, in their colour."""
    half = _FOOT_TILE_M * person.scale / 2
    for ankle, link in _FEET:
        rgb = LINKS[link][2]
        colour = mixed(_bgr(rgb), (255, 255, 255), 0.45)
        at = person.xyz[ankle] * [1, 1, 0] + [0, 0, person.floor_m]
        square = [
            at + half * (a * room.right + b * room.ahead)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        _fill_world(picture, view, np.array(square), colour)


def _draw_shadows(
    picture: U8,
    view: Camera,
    room: Room,
    people: Sequence[_Shown],
    to_light: F64,
) -> None:
    """Soft shadows on the floor and, where the light reaches it, on the wall."""
    cv2 = load_cv2()
    planes = (
        (np.array([0.0, 0.0, 1.0]), float(room.base[2]), 0.42),
        (room.ahead, float(room.ahead @ room.base), 0.22),
    )
    for normal, height, strength in planes:
        mask = np.zeros(picture.shape[:2], np.uint8)
        for person in people:
            fallen = _fallen(person.xyz, to_light, normal, height)
            _shade(mask, view, room, fallen, person.scale)
        soft = cv2.GaussianBlur(mask, (0, 0), max(picture.shape[:2]) / 220)
        left = cv2.convertScaleAbs(soft, alpha=-strength, beta=0)
        left = 255 - left
        cv2.multiply(picture, cv2.merge([left] * 3), dst=picture, scale=1 / 255)


def _fallen(xyz: Floats, to_light: F64, normal: F64, height: float) -> F64:
    """Where the shadows (17, 3) of joints fall on a plane ``normal . x = height``."""
    away = (height - xyz @ normal) / float(-to_light @ normal)
    return xyz - away[:, None] * to_light


def _shade(mask: U8, view: Camera, room: Room, fallen: F64, scale: float) -> None:
    seen = camera_from_world(view, fallen)
    xy = project_camera(view, seen)
    focal = float(view.K[0, 0])
    before = (room.base - fallen) @ room.ahead
    for a, b, _ in LINKS:
        on_plane = fallen[[a, b], 2].min() > room.base[2] - 1e-3 and before[[a, b]].min() > -1e-3
        if on_plane and seen[[a, b], 2].min() > _NEAR_M:
            radii = 1.3 * LINK_RADIUS_M * scale * focal / seen[[a, b], 2]
            fill(mask, capsule_outlines(xy[None, [a, b]], radii[None])[0], 255)


def _draw_people(picture: U8, view: Camera, people: Sequence[_Shown], to_light: F64) -> None:
    T = view.T_world_camera
    tracer = Tracer(
        (picture.shape[1], picture.shape[0]),
        float(view.K[0, 0]),
        (float(view.K[0, 2]), float(view.K[1, 2])),
        up=np.array([0, 0, 1.0]) @ T[:3, :3],
        to_light=to_light @ T[:3, :3],
    )
    for person in people:
        seen = camera_from_world(view, person.xyz)
        for a, b, rgb in LINKS:
            tracer.add(seen[a], seen[b], LINK_RADIUS_M * person.scale, _bgr(rgb))
        for point in seen:
            tracer.add(point, point, JOINT_RADIUS_M * person.scale, _bgr(JOINT_RGB))
    tracer.draw(picture)


def _bgr(rgb: tuple[float, float, float]) -> Colour:
    red, green, blue = (round(255 * value) for value in rgb)
    return blue, green, red
