"""AMASS ``.npz``: SMPL-X rotations per frame, as the readers of AMASS expect them (world z up).

Keys of AMASS (Mahmood et al., 2019) in its SMPL-X form, with both spellings of the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..bodies.smplx_face import expressions_of
from ..bodies.smplx_model import shape_smplx
from ..bodies.smplx_pose import refit_person
from ..data.arrays import I32, Floats
from ..data.errors import OutputError
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_npz
from ..geometry.rotations import rotvec_from_quat
from .asked import Asked

_BETAS: Final = 16  # as AMASS's files have
_PARTS: Final = {"root_orient": 0, "pose_body": 1, "pose_jaw": 22, "pose_eye": 23, "pose_hand": 25}
"""First joint of each part; a part ends where the next begins."""

_NO_SHAPE: Final = (
    "Poses are SMPL-X's; betas are zeros and not SMPL-X shape: the person's bones are in "
    "rest_joints, and trans is the pelvis."
)


def export_amass(asked: Asked) -> list[Path]:
    """Write one person's motion, with a SMPL-X model fitted to the person. Raises OutputError."""
    if asked.smplx is None:
        save_amass(asked.take, asked.person, asked.path, asked.frames)
    else:
        refitted, body = refit_person(asked.smplx, asked.person)
        _, joints = shape_smplx(asked.smplx, body.betas)
        face = expressions_of(asked.smplx, asked.person.face_weights)
        save_amass(asked.take, refitted, asked.path, asked.frames, body.betas, joints[0], face)
    return [asked.path]


def save_amass(
    take: Take,
    person: Person,
    path: str | Path,
    frames: Sequence[int] | None = None,
    betas: Floats | None = None,
    root_at_zero: Floats | None = None,
    expressions: Floats | None = None,
) -> None:
    """Write one person's motion over ``frames`` (positions in the take; all of theirs, if None).

    ``betas`` (b,) are SMPL-X's and ``root_at_zero`` (3,) the pelvis of that shape at rest, which
    readers add to ``trans``. Without them the type stays "smplx", since readers take the meaning of
    the poses from it, but the file claims no shape: betas are zero, ``betas_are_smplx`` is False,
    ``comment`` says so in words, and ``trans`` is the pelvis itself. ``expressions`` (t, e) of all
    the person's poses, if any, become ``expression``.

    Raises OutputError when the person isn't there in every frame asked for, since AMASS has no
    way to say so, or when the file can't be written.
    """
    rows = unbroken_rows(person, frames)
    arrays = _arrays(take, person, rows, betas, root_at_zero)
    if expressions is not None and expressions.size:
        arrays["expression"] = expressions[rows]
    write_npz(path, arrays)


def unbroken_rows(person: Person, frames: Sequence[int] | None) -> I32:
    """Rows of ``person``'s poses for ``frames`` (positions in the take; all of theirs, if None).

    Raises OutputError unless the person is there in every one of them: formats that count frames
    can't say that somebody left.
    """
    wanted = np.unique(person.frames if frames is None else np.asarray(frames, np.int32))
    there = np.isin(wanted, person.frames)
    broken = np.flatnonzero(np.diff(wanted) > 1) if frames is None else np.empty(0, np.int32)
    if not len(wanted) or not there.all() or len(broken):
        last = wanted[broken[0]] if len(broken) else None
        example = f", for example frames {wanted[0]} to {last}" if last is not None else ""
        raise OutputError(
            f"{person.name} isn't there in every frame, which such a file can't say; "
            f"choose a stretch without a gap{example}."
        )
    return np.searchsorted(person.frames, wanted).astype(np.int32)


def _arrays(
    take: Take, person: Person, rows: I32, betas: Floats | None, root_at_zero: Floats | None
) -> dict[str, Any]:
    rotvec = rotvec_from_quat(person.quat_parent_joint[rows].astype(np.float64))
    poses = rotvec.reshape(len(rows), -1)
    pelvis = person.root_xyz_world[rows].astype(np.float64)
    fps = take_frame_rate(take)
    shape = np.zeros(_BETAS)
    if betas is not None:
        shape = np.concatenate([betas, np.zeros(max(0, _BETAS - len(betas)))])
    first = [3 * joint for joint in _PARTS.values()]
    parts = np.split(poses, first[1:], axis=1)
    return {
        "poses": poses,
        "trans": pelvis if root_at_zero is None else pelvis - root_at_zero,
        "betas": shape,
        "num_betas": np.array(len(shape)),
        "gender": np.array("neutral"),
        "surface_model_type": np.array("smplx"),
        "mocap_frame_rate": np.array(fps),
        "mocap_framerate": np.array(fps),
        "mocap_time_length": np.array(len(rows) / fps),
        "betas_are_smplx": np.array(betas is not None),
        "comment": np.array("" if betas is not None else _NO_SHAPE),
        "rest_joints": person.rest_xyz_body,
        **dict(zip(_PARTS, parts, strict=True)),
    }
