"""People over their footage, or in any camera's view: limbs sorted by depth, joints, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.arrays import F64, U8, Floats
from ..core.camera import camera_from_world, project, project_camera
from ..core.skeletons import CONTACT_POINTS
from ..core.types import Camera
from .drawing import INK, WHITE, blend, dashed_limb, fill, lines, pill, ring, solid_limb
from .figures import LIMBS, MARKED_JOINTS, POINTS, Colour, Limb, Pose

UNSURE: Final = 0.3
"""Joints of a lower confidence are drawn hollow, their limbs dashed."""

_NEAR_M: Final = 0.15
_MIN_FINGER_PX: Final = 0.9
_CONTACT_RADIUS_M: Final = 0.055
_OVERLAY_OPACITY: Final = 0.92
_BRIDGED_OPACITY: Final = 0.35
_CONTACTS: Final = tuple(POINTS.index(name) for name in CONTACT_POINTS)
_CIRCLE: Final = np.stack([np.cos(a := np.linspace(0, 2 * np.pi, 25)), np.sin(a)], axis=-1)


@dataclass(frozen=True, slots=True)
class Style:
    """``thickness`` of limbs relative to a mannequin's; whether joints get dots."""

    thickness: float
    outline_px: float
    has_dots: bool


def draw_over_footage(bgr: U8, camera: Camera, poses: Sequence[Pose]) -> None:
    """Draw everybody into ``bgr``, a picture of the camera's size; bridged people are faint."""
    unit = max(bgr.shape[:2]) / 1280
    style = Style(thickness=0.42, outline_px=max(1.4 * unit, 1.0), has_dots=True)
    for is_bridged, opacity in ((True, _BRIDGED_OPACITY), (False, _OVERLAY_OPACITY)):
        chosen = [pose for pose in poses if pose.is_bridged == is_bridged]
        if chosen:
            painted = bgr.copy()
            draw_contacts(painted, camera, chosen)
            draw_people(painted, camera, chosen, style)
            blend(bgr, painted, opacity)
    for pose in poses:
        draw_name(bgr, camera, pose, 13 * max(unit, 0.75))


def draw_people(picture: U8, camera: Camera, poses: Sequence[Pose], style: Style) -> None:
    """Draw all limbs of all ``poses``, the farthest first."""
    focal = float(camera.K[0, 0] + camera.K[1, 1]) / 2
    jobs: list[tuple[float, Pose, Limb, Floats, tuple[float, float]]] = []
    for pose in poses:
        xyz_camera = camera_from_world(camera, pose.xyz_world)
        xy_px = project_camera(camera, xyz_camera)
        depth = xyz_camera[:, 2]
        for limb in LIMBS:
            z = depth[[limb.start, limb.end]]
            if z.min() < _NEAR_M:
                continue
            per_metre = focal * pose.scale * style.thickness / z
            radii = (limb.start_radius_m * per_metre[0], limb.end_radius_m * per_metre[1])
            if limb.is_finger and max(radii) < _MIN_FINGER_PX:
                continue
            jobs.append((float(z.mean()), pose, limb, xy_px[[limb.start, limb.end]], radii))
    for _, pose, limb, ends_px, radii in sorted(jobs, key=lambda job: -job[0]):
        _draw_limb(picture, pose, limb, ends_px, radii, style)
    if style.has_dots:
        for pose in poses:
            _draw_dots(picture, camera, pose, focal)


def _draw_limb(
    picture: U8,
    pose: Pose,
    limb: Limb,
    ends_px: Floats,
    radii: tuple[float, float],
    style: Style,
) -> None:
    colour = pose.tints[limb.side]
    if style.has_dots and POINTS[limb.end] == "face":
        return
    if style.has_dots and POINTS[limb.end] == "crown":
        # Over footage the face stays visible: a ring instead of a head.
        center, radius = ends_px.mean(axis=0), max(radii) / style.thickness * 1.25
        width = max(round(radius * 0.14), 1)
        ring(picture, center, radius, INK, width + 2)
        ring(picture, center, radius, colour, width)
        return
    is_unsure = min(pose.confidence[limb.start], pose.confidence[limb.end]) < UNSURE
    radii = (max(radii[0], 0.7), max(radii[1], 0.7))
    draw = dashed_limb if is_unsure else solid_limb
    draw(picture, ends_px, radii, colour, style.outline_px)


def _draw_dots(picture: U8, camera: Camera, pose: Pose, focal: float) -> None:
    xyz_camera = camera_from_world(camera, pose.xyz_world)
    xy_px = project_camera(camera, xyz_camera)
    for j in MARKED_JOINTS:
        depth = float(xyz_camera[j, 2])
        if depth < _NEAR_M:
            continue
        radius = max(0.017 * pose.scale * focal / depth, 1.6)
        if pose.confidence[j] < UNSURE:
            ring(picture, xy_px[j], radius * 1.25, INK, max(round(radius * 0.5), 1) + 2)
            ring(picture, xy_px[j], radius * 1.25, WHITE, max(round(radius * 0.5), 1))
        else:
            ring(picture, xy_px[j], radius + max(radius * 0.3, 0.8), INK)
            ring(picture, xy_px[j], radius, WHITE)


def draw_contacts(picture: U8, camera: Camera, poses: Sequence[Pose]) -> None:
    """A white disc on the floor under every heel and toe that stands."""
    for pose in poses:
        radius = _CONTACT_RADIUS_M * pose.scale
        for column, point in enumerate(_CONTACTS):
            if pose.contact[column] > 0.5:
                outline = floor_circle(pose.xyz_world[point], radius)
                _fill_world(picture, camera, outline, WHITE, INK)


def floor_circle(center_world: Floats, radius_m: float) -> F64:
    """A circle (25, 3) on the floor below a point."""
    xy = center_world[:2] + radius_m * _CIRCLE
    return np.concatenate([xy, np.zeros((len(xy), 1))], axis=1)


def _fill_world(
    picture: U8, camera: Camera, outline_world: Floats, colour: Colour, edge: Colour
) -> None:
    if camera_from_world(camera, outline_world)[:, 2].min() < _NEAR_M:
        return
    xy_px = project(camera, outline_world)
    fill(picture, xy_px, colour)
    lines(picture, [xy_px], edge)


def draw_name(picture: U8, camera: Camera, pose: Pose, height_px: float) -> None:
    """The person's name above the head."""
    crown = pose.xyz_world[POINTS.index("crown")] + np.array([0, 0, 0.26 * pose.scale])
    if camera_from_world(camera, crown)[2] > _NEAR_M:
        pill(picture, pose.name, project(camera, crown), height_px, pose.tints["middle"])
