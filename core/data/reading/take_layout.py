"""What arrays a take holds, as tables: names, kinds, shapes and what values they may have.

Bounds are far wider than any run's results, and narrow enough that nothing that is computed of them
overflows. What no run can have made is refused when a take is read.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import Floats
from .fields import Field
from .files import Damaged

MOST_SOURCE_FRAME: Final = 1_000_000_000  # a year at 30 frames a second
MOST: Final = {
    "T": 20_000_000,
    "t": 20_000_000,
    "cuts": 1_000_000,
    "lines": 10_000_000,
    "sightings": 1_000_000_000,
    "given": 20_000_000,
}
"""The most that a name in a table's shapes may stand for; n keypoints are the header's."""
FASTEST_FPS: Final = 100_000.0  # no camera is faster
_LEAST_STEP_S: Final = 1e-7
"""Less than the time stamps of any container tell apart, but for the rounding of large ones."""

_PX: Final = 1e7  # no keypoint lies farther out
_M: Final = 1e6  # nobody is farther away
_SCORE: Final = 1e3
"""Scores are in [0, 1] and never negative: the solver weighs by them."""
_SLACK: Final = 1e-3  # rounding by which shares leave 0 to 1
_SMALLEST_M: Final = 0.01
"""No body is smaller, whatever height it was made for."""

CLIP_ARRAYS: Final = (
    Field("time_s", "float", ("T",), 0, 1e8, increases=True),
    Field("source_frame", "int", ("T",), 0, MOST_SOURCE_FRAME, increases=True),
    Field("cuts", "int", ("cuts",), 1, MOST["T"], increases=True),
    Field("T_world_shots", "float", ("cuts", 4, 4), -_M, _M),
    Field("camera.K", "float", (3, 3), -1e9, 1e9),
    Field("camera.dist", "float", (4,), -1e3, 1e3),
    Field("camera.T_world_camera", "float", (4, 4), -_M, _M),
    Field("camera.turns", "float", ("T?", 3), -1e3, 1e3, is_needed=False),
    Field("camera.path", "float", ("T?", 3), -_M, _M, is_needed=False),
    Field("camera.zoom", "float", ("T?",), 1e-3, 1e3, is_needed=False),
)

PERSON_ARRAYS: Final = (
    Field("frames", "int", ("t",), 0, MOST["T"], increases=True),
    Field("rest_xyz_body", "float", (55, 3), -1e3, 1e3),
    Field("root_xyz_world", "float", ("t", 3), -_M, _M),
    Field("quat_parent_joint", "float", ("t", 55, 4), -2, 2),
    Field("confidence", "float", ("t", 55), -_SLACK, 1 + _SLACK),
    Field("contact", "float", ("t", 4), -_SLACK, 1 + _SLACK),
    Field("bridged", "bool", ("t",), 0, 1),
    Field("xy_px", "float", ("t", "n", 2), -_PX, _PX),
    Field("xy_score", "float", ("t", "n"), 0, _SCORE),
    Field("face_weights", "float", ("t?", 52), -_SLACK, 1 + _SLACK, is_needed=False),
)

OBSERVED_ARRAYS: Final = (
    Field("depth_grid", "float", ("T", 12, 16), -1e9, 1e9, may_be_nan=True, is_needed=False),
    Field("lines", "float", ("lines", 5), -_PX, _PX, is_needed=False),
    Field("turns", "float", ("T", 3), -1e3, 1e3, is_needed=False),
)

BACKGROUND_ARRAYS: Final = (
    Field("frames", "int", ("sightings",), 0, MOST["T"]),
    Field("points", "int", ("sightings",), 0, 2_000_000_000),
    Field("xy_px", "float", ("sightings", 2), -_PX, _PX),
)

GIVEN_ARRAYS: Final = (
    Field("frames", "int", ("given",), 0, MOST_SOURCE_FRAME, increases=True),
    Field("T_world_camera", "float", ("given", 4, 4), -_M, _M),
    Field("K", "float", ("given", 3, 3), -1e9, 1e9),
    Field("dist", "float", (4,), -1e3, 1e3),
)

TRACK_ARRAYS: Final = (
    Field("frames", "int", ("t",), 0, MOST["T"], increases=True),
    Field("detected_xy_px", "float", ("t", "n", 2), -_PX, _PX),
    Field("detected_score", "float", ("t", "n"), 0, _SCORE),
    Field("boxes_px", "float", ("t", 4), -_PX, _PX),
    Field("center_px", "float", ("t", 2), -_PX, _PX),
    Field("side_px", "float", ("t",), -_PX, _PX),
    Field("colours", "float", (64,), -_SCORE, _SCORE, is_needed=False),
    Field("depth", "float", ("t", 40, 3), -1e9, 1e9, may_be_nan=True, is_needed=False),
)

PASS_ARRAYS: Final = (
    Field("xy_px", "float", ("t", "n", 2), -_PX, _PX),
    Field("score", "float", ("t", "n"), 0, _SCORE),
    Field("xyz_m", "float", ("t", "n", 3), -_M, _M),
    Field("presence", "float", ("t",), 0, _SCORE),
)


def check_clip_arrays(arrays: dict[str, Floats]) -> None:
    """Raise Damaged unless times, cuts and cameras make sense together."""
    time_s, cuts = arrays["time_s"], arrays["cuts"]
    if not len(time_s):
        raise Damaged("it has no frames")
    steps = np.diff(time_s)
    if len(steps) and (steps.min() < _LEAST_STEP_S or steps.mean() * FASTEST_FPS < 1):
        raise Damaged("time_s passes too slowly for any clip")
    if len(cuts) and cuts[-1] >= len(time_s):
        raise Damaged("cuts lie outside the clip's frames")
    K = arrays["camera.K"]
    if K[0, 0] < 1e-3 or K[1, 1] < 1e-3 or (K[[1, 2, 2], [0, 0, 1]] != 0).any() or K[2, 2] != 1:
        raise Damaged("camera.K is no matrix of intrinsics")
    check_rigid("camera.T_world_camera", arrays["camera.T_world_camera"][None])
    check_rigid("T_world_shots", arrays["T_world_shots"])


def check_person_arrays(arrays: dict[str, Floats], i: int, frames: int) -> None:
    """Raise Damaged unless somebody's poses are rotations in the clip's ``frames``."""
    check_within_clip(f"person_{i}.frames", arrays["frames"], frames)
    if np.ptp(arrays["rest_xyz_body"], axis=0).max() < _SMALLEST_M:
        raise Damaged(f"person_{i}.rest_xyz_body is no skeleton")
    length = np.linalg.norm(arrays["quat_parent_joint"], axis=-1)
    if (np.abs(length - 1) > 0.1).any():
        raise Damaged(f"person_{i}.quat_parent_joint holds what is no rotation")


def check_within_clip(name: str, positions: Floats, frames: int) -> None:
    """Raise Damaged when the last of increasing ``positions`` isn't one of the clip's frames."""
    if len(positions) and positions[-1] >= frames:
        raise Damaged(f"{name} lie outside the clip's frames")


def check_track_arrays(arrays: dict[str, Floats], i: int, frames: int) -> None:
    """Raise Damaged unless somebody was seen in some of the clip's ``frames``."""
    if not len(arrays["frames"]):
        raise Damaged(f"track_{i} has no frames")
    check_within_clip(f"track_{i}.frames", arrays["frames"], frames)


def check_lines(lines: Floats, frames: int) -> None:
    """Raise Damaged unless every line (n, 5) was seen in one of the clip's ``frames``."""
    at = lines[:, 0]
    if len(at) and not (0 <= at.min() and at.max() < frames):
        raise Damaged("lines lie outside the clip's frames")


def check_background(arrays: dict[str, Floats], frames: int) -> None:
    """Raise Damaged unless sightings are in order of the clip's ``frames``, each point once."""
    at, points = arrays["frames"], arrays["points"]
    check_within_clip("background.frames", at, frames)
    step = np.diff(at)
    if (step < 0).any():
        raise Damaged("background.frames go back in time")
    order = np.lexsort((points, at))
    if ((np.diff(at[order]) == 0) & (np.diff(points[order]) == 0)).any():
        raise Damaged("background.points are twice in one frame")


def check_rigid(name: str, T: Floats) -> None:
    """Raise Damaged unless the matrices (n, 4, 4) turn and move, and do nothing else."""
    R = T[:, :3, :3]
    is_turn = np.abs(np.swapaxes(R, 1, 2) @ R - np.eye(3)) < 1e-3
    is_proper = np.linalg.det(R) > 0
    if not (is_turn.all() and is_proper.all() and (np.abs(T[:, 3] - [0, 0, 0, 1]) < 1e-6).all()):
        raise Damaged(f"{name} is no rotation with a translation")
