"""Where a person's joints are in the space and axes that a file wants, and joints as markers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, I32, check_fields, of_shape
from ..data.errors import OutputError
from ..data.skeletons import SMPLX_55
from ..data.types import Person, Take
from ..geometry.camera import cameras_at
from ..geometry.kinematics import forward
from ..geometry.rotations import matrix_from_quat

SPACES: Final = ("world", "camera")
_STRETCH: Final = 1024  # frames placed at once, bounds memory
_Y_UP_WORLD: Final = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
_Y_UP_CAMERA: Final = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A person over t frames in the space of a file.

    ``rows`` (t,) of the person's poses, ``frames`` (t,) positions in the take, ``time_s`` (t,);
    ``xyz`` (t, 55, 3) metres; ``R_parent_joint`` (t, 55, 3, 3), whose first takes the body frame to
    the file's space, in which ``xyz`` is.
    """

    person: Person
    rows: I32 = field(metadata=of_shape("t"))
    frames: I32 = field(metadata=of_shape("t"))
    time_s: F64 = field(metadata=of_shape("t"))
    xyz: F64 = field(metadata=of_shape("t", 55, 3))
    R_parent_joint: F64 = field(metadata=of_shape("t", 55, 3, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def place(take: Take, person: Person, rows: I32, space: str, *, y_up: bool) -> Placed:
    """Put ``rows`` of ``person`` into "world" or "camera" space.

    The world has z up, or y up with z towards its -y. The camera's axes are OpenCV's (x right, y
    down, z forward), or with ``y_up`` OpenGL's (y up, z backward). Raises OutputError for another
    space.
    """
    if space not in SPACES:
        raise OutputError(f"There is no space {space}; choose among {', '.join(SPACES)}.")
    R_local = matrix_from_quat(person.quat_parent_joint[rows].astype(np.float64))
    root = person.root_xyz_world[rows].astype(np.float64)
    frames = person.frames[rows]
    turn: F64 = np.eye(3)
    if space == "camera":
        T = cameras_at(take, frames)
        R_camera_world = np.swapaxes(T[:, :3, :3], -1, -2)
        root = np.einsum("tab,tb->ta", R_camera_world, root - T[:, :3, 3])
        R_local[:, 0] = R_camera_world @ R_local[:, 0]
        turn = _Y_UP_CAMERA if y_up else turn
    elif y_up:
        turn = _Y_UP_WORLD
    R_local[:, 0] = turn @ R_local[:, 0]
    xyz, _ = forward(person.rest_xyz_body.astype(np.float64), root @ turn.T, R_local)
    return Placed(person, rows, frames, take.time_s[frames], xyz, R_local)


def place_stretches(
    take: Take, person: Person, rows: I32, space: str, *, y_up: bool
) -> Iterator[Placed]:
    """``place`` of some rows after the other: rotations are many times what is written of them."""
    for first in range(0, len(rows), _STRETCH):
        yield place(take, person, rows[first : first + _STRETCH], space, y_up=y_up)


def marker_tracks(placed: Sequence[Placed], frames: I32) -> tuple[list[str], F64]:
    """Joints as markers, for formats without skeletons: labels and positions (t, m, 3) over
    ``frames``, NaN where somebody isn't there.

    With several people a label is "Name:joint", as motion capture systems name their subjects.
    """
    labels: list[str] = []
    subjects = _distinct([one.person.name.replace(" ", "_") for one in placed])
    xyz = np.full((len(frames), len(placed) * len(SMPLX_55), 3), np.nan)
    for number, one in enumerate(placed):
        prefix = f"{subjects[number]}:" if len(placed) > 1 else ""
        labels += [prefix + joint for joint in SMPLX_55]
        columns = slice(number * len(SMPLX_55), (number + 1) * len(SMPLX_55))
        xyz[np.searchsorted(frames, one.frames), columns] = one.xyz
    return labels, xyz


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that came before ("A B" and "A_B"): programs keep
    markers by their label."""
    out: list[str] = []
    for name in names:
        number = 1
        while (found := name if number == 1 else f"{name}_{number}") in out:
            number += 1
        out.append(found)
    return out
