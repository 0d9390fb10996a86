"""People over their footage, or in any camera's view: limbs sorted by depth, joints, contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F64, U8, Floats
from ...core.data.faces.ibug import FACE_PATHS
from ...core.data.skeletons import CONTACT_POINTS
from ...core.data.types import Camera
from ...core.geometry.camera import camera_from_world, project, project_camera
from .figures import LIMB_ENDS, LIMB_RADII_M, LIMBS, MARKED_JOINTS, POINTS, Colour, Pose
from .shapes import INK, WHITE, blend, dashes, disc, draw_limbs, fill, lines, pills, ring

UNSURE: Final = 0.3
"""Joints of a lower confidence are drawn hollow, their limbs dashed."""

_NEAR_M: Final = 0.15
_MIN_FINGER_PX: Final = 0.9
_MIN_RADIUS_PX: Final = 0.7
_SMALLEST_FACE_PX: Final = 24.0
_HEAD: Final = ("face", "crown")
_HEAD_POINTS: Final = [POINTS.index(name) for name in _HEAD]
_DOT_RADIUS_M: Final = 0.016
_HEAD_RADIUS_M: Final = 0.115
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


def draw_over_footage(bgr: U8, camera: Camera, poses: Sequence[Pose], scale: float = 1.0) -> None:
    """Draw everybody into ``bgr``, a picture of the camera's size, ``scale`` times the footage's;
    bridged people are faint."""
    unit = max(bgr.shape[:2]) / 1280
    style = Style(thickness=0.42, outline_px=max(1.4 * unit, 1.0), has_dots=True)
    for is_bridged, opacity in ((True, _BRIDGED_OPACITY), (False, _OVERLAY_OPACITY)):
        chosen = [pose for pose in poses if pose.is_bridged == is_bridged]
        if chosen:
            painted = bgr.copy()
            draw_contacts(painted, camera, chosen)
            draw_people(painted, camera, chosen, style)
            draw_faces(painted, chosen, scale, unit)
            blend(bgr, painted, opacity)
    draw_names(bgr, camera, poses, 13 * max(unit, 0.75))


def draw_people(picture: U8, camera: Camera, poses: Sequence[Pose], style: Style) -> None:
    """Draw all limbs of all ``poses``, the farthest first; unsure ones dashed."""
    ends: list[Floats] = []
    radii: list[Floats] = []
    colours: list[Colour] = []
    for seen in sorted(_seen_limbs(camera, poses, style), key=lambda limb: -limb.depth_m):
        if seen.is_unsure:
            pieces, thin = dashes(seen.ends_px, seen.radii_px)
        else:
            pieces, thin = seen.ends_px[None], seen.radii_px[None]
        ends.extend(pieces)
        radii.extend(thin)
        colours.extend([seen.colour] * len(pieces))
    if ends:
        draw_limbs(picture, np.stack(ends), np.stack(radii), colours, style.outline_px)
    if style.has_dots:
        focal = _focal_px(camera)
        for pose in poses:
            _draw_head_ring(picture, camera, pose, focal)
            _draw_dots(picture, camera, pose, focal)


@dataclass(frozen=True, slots=True, eq=False)
class _SeenLimb:
    ends_px: Floats
    radii_px: Floats
    depth_m: float
    colour: Colour
    is_unsure: bool


def _seen_limbs(camera: Camera, poses: Sequence[Pose], style: Style) -> Iterator[_SeenLimb]:
    focal = _focal_px(camera) * style.thickness
    for pose in poses:
        xyz_camera = camera_from_world(camera, pose.xyz_world)
        xy_px = project_camera(camera, xyz_camera)
        depth = xyz_camera[LIMB_ENDS, 2]
        radii = LIMB_RADII_M * (pose.scale * focal) / np.maximum(depth, _NEAR_M)
        unsure = pose.confidence[LIMB_ENDS].min(axis=1) < UNSURE
        for i, limb in enumerate(LIMBS):
            is_hidden = depth[i].min() < _NEAR_M or (style.has_dots and POINTS[limb.end] in _HEAD)
            if is_hidden or (limb.is_finger and radii[i].max() < _MIN_FINGER_PX):
                continue
            yield _SeenLimb(
                ends_px=xy_px[LIMB_ENDS[i]],
                radii_px=np.maximum(radii[i], _MIN_RADIUS_PX),
                depth_m=float(depth[i].mean()),
                colour=pose.tints[limb.side],
                is_unsure=bool(unsure[i]),
            )


def draw_faces(picture: U8, poses: Sequence[Pose], scale: float, unit: float) -> None:
    """Jaw, brows, nose, eyes and lips where they were seen; faces of a few pixels only as rings."""
    for pose in poses:
        if pose.face_px is None or np.ptp(pose.face_px[:, 1]) * scale < _SMALLEST_FACE_PX:
            continue
        for path in FACE_PATHS:
            xy_px = (pose.face_px[list(path)] + 0.5) * scale - 0.5
            lines(picture, xy_px[None], pose.tints["left"], max(round(1.2 * unit), 1))


def _draw_head_ring(picture: U8, camera: Camera, pose: Pose, focal: float) -> None:
    """Over footage the face stays visible: a ring instead of a head."""
    xyz_camera = camera_from_world(camera, pose.xyz_world[_HEAD_POINTS].mean(axis=0))
    if xyz_camera[2] < _NEAR_M:
        return
    center = project_camera(camera, xyz_camera)
    radius = _HEAD_RADIUS_M * pose.scale * focal / float(xyz_camera[2])
    width = max(round(radius * 0.14), 1)
    ring(picture, center, radius, INK, width + 2)
    ring(picture, center, radius, pose.tints["middle"], width)


def _focal_px(camera: Camera) -> float:
    return float(camera.K[0, 0] + camera.K[1, 1]) / 2


def _draw_dots(picture: U8, camera: Camera, pose: Pose, focal: float) -> None:
    """White joints; hollow where they are unsure."""
    xyz_camera = camera_from_world(camera, pose.xyz_world)
    xy_px = project_camera(camera, xyz_camera)
    for j in MARKED_JOINTS:
        depth = float(xyz_camera[j, 2])
        if depth < _NEAR_M:
            continue
        radius = max(_DOT_RADIUS_M * pose.scale * focal / depth, 1.3)
        disc(picture, xy_px[j], radius + max(0.3 * radius, 0.8), INK)
        disc(picture, xy_px[j], radius, WHITE)
        if pose.confidence[j] < UNSURE:
            disc(picture, xy_px[j], 0.62 * radius, INK)


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
    lines(picture, xy_px[None], edge)


def draw_names(picture: U8, camera: Camera, poses: Sequence[Pose], height_px: float) -> None:
    """Everybody's name above the head, or below the feet where the picture ends."""
    labels: list[tuple[str, Floats, Colour]] = []
    for pose in poses:
        xyz_camera = camera_from_world(camera, pose.xyz_world)
        if xyz_camera[:, 2].min() < _NEAR_M:
            continue
        xy_px = project_camera(camera, xyz_camera)
        crown, gap = xy_px[_HEAD_POINTS[1]], np.ptp(xy_px[_HEAD_POINTS], axis=0).max()
        at = np.array([crown[0], xy_px[:, 1].min() - 1.6 * gap - 1.4 * height_px])
        if at[1] < height_px:
            at[1] = xy_px[:, 1].max() + gap + 1.4 * height_px
        labels.append((pose.name, at, pose.tints["middle"]))
    pills(picture, labels, height_px)
