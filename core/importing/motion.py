"""What another tool's result says, before it becomes a take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32, check_fields, check_increasing, of_shape
from ..data.skeletons import SMPLX_55
from ..geometry.rotations import matrix_from_quat

MOTION_SUFFIXES: Final = (
    ".bvh", ".trc", ".csv", ".c3d", ".npz", ".npy", ".pt", ".pth", ".pkl", ".pickle", ".joblib",
    ".smpl", ".json",
)  # fmt: skip
"""Of files that may hold motion; in which layout is told by their content."""
WORLD_UP: Final = ("z", "-y", "y", "-z", "x", "-x")
"""Axes along which a file's world may have its up, the usual ones first."""


@dataclass(frozen=True, slots=True, eq=False)
class ImportedPerson:
    """One person's motion as a file tells it, t frames, in the file's own axes, metres.

    * ``frames`` (t,) increasing positions from 0;
    * ``quat_parent_joint`` (t, 55, 4) w x y z, SMPL-X's joints; joint 0 takes the body frame (y up,
      z forward) to the file's axes; joints that the file lacks are at rest;
    * ``root_xyz`` (t, 3) the pelvis; ``rest_xyz_body`` (55, 3) where the file tells bones' lengths,
      else None; ``betas`` of the body model or None;
    * ``confidence`` (t,) in [0, 1].
    """

    name: str
    frames: I32 = field(metadata=of_shape("t"))
    quat_parent_joint: F64 = field(metadata=of_shape("t", len(SMPLX_55), 4))
    root_xyz: F64 = field(metadata=of_shape("t", 3))
    confidence: F64 = field(metadata=of_shape("t"))
    rest_xyz_body: F32 | None = field(default=None, metadata=of_shape(len(SMPLX_55), 3))
    betas: F64 | None = field(default=None, metadata=of_shape(None))

    def __post_init__(self) -> None:
        check_fields(self)
        check_increasing("ImportedPerson.frames", self.frames)


@dataclass(frozen=True, slots=True, eq=False)
class ImportedCamera:
    """The camera that a file tells of: ``K`` (3, 3) pixels or None, ``size_px`` or None.

    ``T_file_camera`` (T, 4, 4) takes OpenCV's camera axes to the file's, in which people are; None
    where they are in the camera's own axes.
    """

    K: F64 | None = field(default=None, metadata=of_shape(3, 3))
    size_px: tuple[int, int] | None = None
    T_file_camera: F64 | None = field(default=None, metadata=of_shape(None, 4, 4))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class ImportedMotion:
    """Everybody in a file: ``tool`` that made it, ``fps`` or None where the file is silent.

    ``is_in_camera`` says that people are in the camera's axes (x right, y down, z forward) and not
    in a world's; ``is_level`` that an axis of their world points up, as the tool saw to it;
    ``notes`` are sentences about what was found in the file.
    """

    tool: str
    people: tuple[ImportedPerson, ...]
    fps: float | None = None
    is_in_camera: bool = False
    camera: ImportedCamera = field(default_factory=ImportedCamera)
    notes: tuple[str, ...] = ()
    is_level: bool = True

    @property
    def frame_count(self) -> int:
        """Frames from the first to the last that anybody is in."""
        return max((int(one.frames[-1]) + 1 for one in self.people if len(one.frames)), default=0)


def identity_quats(t: int) -> F64:
    """Everybody at rest, (t, 55, 4)."""
    out = np.zeros((t, len(SMPLX_55), 4))
    out[..., 0] = 1.0
    return out


def camera_between(world: ImportedPerson, camera: ImportedPerson) -> F64:
    """``T_file_camera`` (T, 4, 4) that brings somebody in the camera's axes onto themselves in the
    world, of the frames up to their last; those without them take the nearest one's."""
    R_world = matrix_from_quat(world.quat_parent_joint[:, 0])
    R_camera = matrix_from_quat(camera.quat_parent_joint[:, 0])
    T = np.tile(np.eye(4), (len(R_world), 1, 1))
    T[:, :3, :3] = R_world @ np.swapaxes(R_camera, -1, -2)
    T[:, :3, 3] = world.root_xyz - np.einsum("tab,tb->ta", T[:, :3, :3], camera.root_xyz)
    every = np.arange(int(world.frames[-1]) + 1 if len(world.frames) else 0)
    return T[np.clip(np.searchsorted(world.frames, every), 0, len(T) - 1)]
