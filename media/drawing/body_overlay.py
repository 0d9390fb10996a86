"""Bodies over footage without Blender: every face once, far ones first (painter's algorithm)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.bodies.body_file import FreeBody, load_free_body
from ...core.bodies.free_body import fit_body, person_vertices
from ...core.bodies.person_colours import SKIN_SRGB
from ...core.data.arrays import F32, I32, U8, Floats
from ...core.data.types import Camera, Take
from ...core.geometry.camera import camera_from_world, project_camera
from ..opencv import load_cv2
from .figures import PALETTE

_NEAR_M: Final = 0.05
_OPACITY: Final = 0.85
_BRIDGED_OPACITY: Final = 0.35
_SHIFT: Final = 4
"""OpenCV's fixed point: sixteenths of a pixel."""

_FAR: Final = 1 << 18
"""Corners far outside the picture are brought this near, in sixteenths: OpenCV would overflow."""

_AMBIENT: Final = 0.35
_LIGHT_CAMERA: Final = np.array([-0.35, -0.55, -0.76])
"""To the light: from above the camera, a little from the left."""

_NEUTRAL: Final[dict[str, tuple[int, int, int]]] = {
    "skin": (SKIN_SRGB[2], SKIN_SRGB[1], SKIN_SRGB[0]),
    "eyes": (236, 236, 236),
    "pupils": (32, 30, 30),
    "teeth": (222, 226, 228),
    "tongue": (110, 112, 176),
}
_CLOTHES: Final[dict[str, float]] = {"shirt": 0.9, "trousers": 0.42, "shoes": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class PaintedBody:
    """A posed mesh: ``xyz_world`` (v, 3) metres, ``faces`` (f, 3 or 4), ``bgr`` (f, 3) colours."""

    xyz_world: F32
    faces: I32
    bgr: Floats


def body_colours(body: FreeBody, bgr: tuple[int, int, int]) -> Floats:
    """Colour (q, 3) of every face of the free body on a person whose colour is ``bgr``."""
    table = np.array(
        [
            np.multiply(bgr, _CLOTHES[name]) if name in _CLOTHES else _NEUTRAL[name]
            for name in body.materials
        ]
    )
    return table[body.material]


class TakeBodies:
    """The free bodies of everybody in a take, ready to be drawn at any of its frames."""

    def __init__(self, take: Take) -> None:
        self._body = load_free_body()
        self._people = [
            (person, fit_body(self._body, person.rest_xyz_body), PALETTE[number % len(PALETTE)])
            for number, person in enumerate(take.people)
        ]

    def draw(self, picture: U8, camera: Camera, position: int) -> None:
        """Draw who is there at a position in ``Take.time_s``; bridged people are faint."""
        for is_bridged, opacity in ((True, _BRIDGED_OPACITY), (False, _OPACITY)):
            chosen = []
            for person, fitted, bgr in self._people:
                row = int(np.searchsorted(person.frames, position))
                is_there = row < len(person.frames) and person.frames[row] == position
                if is_there and bool(person.bridged[row]) == is_bridged:
                    xyz = person_vertices(fitted, person, row)
                    chosen.append(PaintedBody(xyz, fitted.faces, body_colours(self._body, bgr)))
            draw_bodies(picture, camera, chosen, opacity)


def draw_bodies(
    picture: U8, camera: Camera, bodies: Sequence[PaintedBody], opacity: float = _OPACITY
) -> None:
    """Draw ``bodies`` into ``picture`` (h, w, 3) as ``camera`` sees them, in front of everything.

    Bodies hide each other and themselves by depth; what lies behind the camera is left out.
    """
    seen = [_seen_faces(camera, body) for body in bodies]
    if not seen:
        return
    corners = [quad for corners, _, _ in seen for quad in corners]
    depth = np.concatenate([depth for _, depth, _ in seen])
    colour = np.concatenate([colour for _, _, colour in seen]).tolist()
    cv2 = load_cv2()
    painted = picture.copy()
    for face in np.argsort(-depth, kind="stable").tolist():
        cv2.fillConvexPoly(painted, corners[face], colour[face], cv2.LINE_8, _SHIFT)
    cv2.addWeighted(painted, opacity, picture, 1.0 - opacity, 0.0, dst=picture)


def _seen_faces(camera: Camera, body: PaintedBody) -> tuple[I32, Floats, Floats]:
    """Corners (fixed-point pixels), depth and shaded colour of the faces that face the camera."""
    xyz = camera_from_world(camera, body.xyz_world.astype(np.float64))
    is_before = (xyz[body.faces][..., 2] > _NEAR_M).all(axis=1)
    faces, bgr = body.faces[is_before], body.bgr[is_before]
    quads = xyz[faces]
    middle = quads.mean(axis=1)
    normal = np.cross(quads[:, 2] - quads[:, 0], quads[:, -1] - quads[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    front = (normal * middle).sum(axis=1) < 0
    shade = _AMBIENT + (1 - _AMBIENT) * np.clip(normal[front] @ _LIGHT_CAMERA, 0.0, 1.0)
    xy_px = project_camera(camera, quads[front])
    corners = np.clip(np.round(xy_px * (1 << _SHIFT)), -_FAR, _FAR)
    return corners.astype(np.int32), middle[front, 2], shade[:, None] * bgr[front]
