"""Left for right: the take as the flipped film would have given it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..data.faces.shapes import SHAPE_MIRROR
from ..data.skeletons import CONTACT_POINTS, SMPLX_MIRROR, mirror_order
from ..data.types import Camera, Person, Take
from ..geometry.rotations import continuous_quats, matrix_from_quat, quat_from_matrix
from .rigid_move import first_person, heading

_CONTACT_MIRROR: Final = mirror_order(CONTACT_POINTS)
_ACROSS: Final = np.diag([-1.0, 1.0, 1.0])


def mirror_take(take: Take) -> Take:
    """Mirror everybody and the cameras at one upright plane.

    It stands where the first person's first pose is, along its look: that pose stays where it was.
    2D evidence is flipped with the picture. Raises OutputError for a take with nobody in it.
    """
    person = first_person(take)
    plane = reflection(heading(person), person.root_xyz_world[0])
    width = take.camera.size_px[0]
    return replace(
        take,
        people=tuple(_mirror_person(one, plane, width) for one in take.people),
        camera=_mirror_camera(take.camera, plane),
        T_world_shots=plane @ take.T_world_shots @ np.diag([-1.0, 1.0, 1.0, 1.0]),
        turns=take.turns * np.array([1, -1, -1], np.float32),
        path=take.path * np.array([-1, 1, 1], np.float32),
        observed=None,
    )


def reflection(along: Floats, at: Floats) -> F64:
    """The reflection (4, 4) at the upright plane through ``at`` along the level ``along``."""
    across = np.array([-along[1], along[0], 0.0], np.float64)
    across /= np.linalg.norm(across)
    T = np.eye(4)
    T[:3, :3] -= 2 * np.outer(across, across)
    T[:3, 3] = 2 * across * float(across @ np.asarray(at, np.float64))
    return T


def mirrored_rotations(R: Floats, frame_from: Floats, frame_to: Floats) -> Floats:
    """A bone's own turns (..., 3, 3) as its twin makes them on the other side.

    ``frame_from`` and ``frame_to`` (3, 3) are the rest axes of bone and twin, in a space in which
    left and right are +x and -x. A turn L in that space is mirrored to M L M, whatever the rolls.
    """
    across = frame_to.T @ _ACROSS @ frame_from
    return across @ R @ across.T


def _mirror_person(person: Person, plane: F64, width_px: int) -> Person:
    joints, points = list(SMPLX_MIRROR), list(person.xy_skeleton.mirror)
    quats = person.quat_parent_joint[:, joints] * np.array([1, 1, -1, -1], np.float32)
    root = matrix_from_quat(person.quat_parent_joint[:, 0].astype(np.float64))
    turned = plane[:3, :3] @ root @ _ACROSS
    quats[:, 0] = continuous_quats(quat_from_matrix(turned))
    xyz = person.root_xyz_world.astype(np.float64) @ plane[:3, :3].T + plane[:3, 3]
    xy = person.xy_px[:, points].copy()
    xy[..., 0] = width_px - 1 - xy[..., 0]
    return replace(
        person,
        rest_xyz_body=person.rest_xyz_body[joints] * np.array([-1, 1, 1], np.float32),
        root_xyz_world=xyz.astype(np.float32),
        quat_parent_joint=quats,
        confidence=person.confidence[:, joints],
        contact=person.contact[:, list(_CONTACT_MIRROR)],
        xy_px=xy,
        xy_score=person.xy_score[:, points],
        face_weights=person.face_weights[:, list(SHAPE_MIRROR)],
    )


def _mirror_camera(camera: Camera, plane: F64) -> Camera:
    K = camera.K.copy()
    K[0, 2] = camera.size_px[0] - 1 - K[0, 2]
    K[0, 1] = -K[0, 1]
    dist = camera.dist.copy()
    dist[3] = -dist[3]  # p2, the tangential part across the picture
    T = plane @ camera.T_world_camera @ np.diag([-1.0, 1.0, 1.0, 1.0])
    return replace(camera, K=K, dist=dist, T_world_camera=T)
