"""Another tool's motion as evidence of the whole-track solve: no jitter, planted feet.

Joints become the solver's points, known in metres with the noise that the motion itself shows; the
solve finds smooth points with standing feet; and the motion's own rotations are swung onto them, so
that whatever points don't tell (the turn of a forearm, the bend of a spine) stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...bodies.smplx_pose import fit_rotations
from ...data import solver_points as points
from ...data.arrays import F64, check_fields, of_shape
from ...data.skeletons import SMPLX_55, SMPLX_PARENTS, joint
from ...geometry.kinematics import forward, local_rotations
from ...geometry.rotations import (
    continuous_quats,
    matrix_from_quat,
    normalize,
    quat_from_matrix,
)
from ...geometry.smoothing import blur
from ...solving.floor.standing import heel_and_toe_contacts
from .steady_points import LEAST_SIGMA_M, steadied

_BLUR_PER_M: Final = 8.0
"""Seconds of the blur of rotations for each metre of the joints' noise; by hand."""
_LONGEST_BLUR_S: Final = 0.06  # of rotations; by hand

_P: Final = {name: i for i, name in enumerate(points.POINTS)}
_LIMBS: Final = [joint(name) for name in points.POINTS[: points.LIMBS]]
_ON_HEAD: Final = {
    "nose": (0.0, 0.06, 0.11), "left_ear": (0.075, 0.07, 0.01), "right_ear": (-0.075, 0.07, 0.01),
}  # fmt: skip
"""Metres from the head joint in its own axes, of the reference adult; by hand."""
_HEEL: Final = (0.0, -0.046, -0.05)  # from the ankle
_TOE: Final = (0.0, 0.0, 0.05)
"""From the foot joint, as high over the sole as the heel; metres of the average adult; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A stretch without holes: ``xyz`` (t, 55, 3) and global ``R`` (t, 55, 3, 3), world, metres.

    ``rest`` (55, 3) of the body and its ``size`` against the reference adult.
    """

    xyz: F64 = field(metadata=of_shape("t", len(SMPLX_55), 3))
    R: F64 = field(metadata=of_shape("t", len(SMPLX_55), 3, 3))
    rest: F64 = field(metadata=of_shape(len(SMPLX_55), 3))
    size: float

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """``quat_parent_joint`` (t, 55, 4), ``root_xyz`` (t, 3), ``contact`` (t, 4)."""

    quat_parent_joint: F64 = field(metadata=of_shape("t", len(SMPLX_55), 4))
    root_xyz: F64 = field(metadata=of_shape("t", 3))
    contact: F64 = field(metadata=of_shape("t", 4))

    def __post_init__(self) -> None:
        check_fields(self)


def track_of(rest: F64, size: float, root_xyz: F64, quats: F64) -> Track:
    """A stretch's joints of rotations (t, 55, 4)."""
    xyz, R = forward(rest, root_xyz, matrix_from_quat(quats))
    return Track(np.asarray(xyz, np.float64), np.asarray(R, np.float64), rest, size)


def solver_points_of(track: Track) -> F64:
    """The solver's points (t, 19, 3) of a body's joints."""
    X = np.zeros((len(track.xyz), points.COUNT, 3))
    X[:, : points.LIMBS] = track.xyz[:, _LIMBS]
    for name, offset in _ON_HEAD.items():
        X[:, _P[name]] = _beside(track, "head", offset)
    for side in ("left", "right"):
        X[:, _P[f"{side}_heel"]] = _beside(track, f"{side}_ankle", _HEEL)
        X[:, _P[f"{side}_foot_index"]] = _beside(track, f"{side}_foot", _TOE)
    return X


def _beside(track: Track, name: str, offset: tuple[float, float, float]) -> F64:
    j = joint(name)
    return track.xyz[:, j] + track.R[:, j] @ (np.array(offset) * track.size)


def clean(
    track: Track,
    fps: float,
    sigma_m: float,
    height_m: float,
    *,
    holds_feet: bool,
    held: F64 | None = None,
) -> Cleaned:
    """A stretch over the floor z = 0, its feet held where they stand, ``held`` (t, 2) where
    somebody set that by hand."""
    X = solver_points_of(track)
    solved, contacts = steadied(X, fps, sigma_m, height_m, holds_feet=holds_feet, held=held)
    wanted = track.xyz + _moved(solved - X)  # the way's shift is in it, the same for all joints
    R, root = fit_rotations(track.rest, wanted, _steadied(track.R, fps, sigma_m))
    contact = heel_and_toe_contacts(solved, contacts, height_m)
    quats = continuous_quats(quat_from_matrix(local_rotations(R)))
    return Cleaned(quats, root, contact.astype(np.float64))


def _moved(shift: F64) -> F64:
    """How far every joint goes (t, 55, 3) where the solver's points go by ``shift`` (t, 19, 3)."""
    out = np.zeros((len(shift), len(SMPLX_55), 3))
    out[:, _LIMBS] = shift[:, : points.LIMBS]
    hips, shoulders = shift[:, 6:8].mean(1), shift[:, 0:2].mean(1)
    head = shift[:, [_P[name] for name in _ON_HEAD]].mean(1)
    spine = {"pelvis": 0.0, "spine1": 1 / 3, "spine2": 0.5, "spine3": 2 / 3}
    for name, share in spine.items():
        out[:, joint(name)] = (1 - share) * hips + share * shoulders
    out[:, joint("neck")] = (shoulders + head) / 2
    out[:, joint("head")] = head
    for side in ("left", "right"):
        spine3, shoulder = out[:, joint("spine3")], out[:, joint(f"{side}_shoulder")]
        out[:, joint(f"{side}_collar")] = (spine3 + shoulder) / 2
        ends = shift[:, [_P[f"{side}_heel"], _P[f"{side}_foot_index"]]]
        # The foot joint lies between heel and toes, nearer to the toes.
        out[:, joint(f"{side}_foot")] = 0.3 * ends[:, 0] + 0.7 * ends[:, 1]
    for j in range(22, len(SMPLX_55)):
        out[:, j] = out[:, SMPLX_PARENTS[j]]
    return out


def _steadied(R: F64, fps: float, sigma_m: float) -> F64:
    """Rotations (t, 55, 3, 3) averaged over as short a time as their joints' noise asks for."""
    blur_s = min(_BLUR_PER_M * (sigma_m - LEAST_SIGMA_M), _LONGEST_BLUR_S)
    if blur_s * fps < 0.3:
        return R
    quats = continuous_quats(quat_from_matrix(R))
    flat = quats.reshape(len(quats), -1)
    smooth = np.stack([blur(column, blur_s * fps) for column in flat.T], axis=-1)
    return matrix_from_quat(normalize(smooth.reshape(quats.shape)))
