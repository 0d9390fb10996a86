"""How a clip was filmed by a camera that somebody named: its path as given, but for its size."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools
from ..data.errors import SettingsError
from ..data.observations import GivenCamera, Observed
from ..data.types import Camera
from ..geometry.inbetween import curve_through, rotations_between
from ..geometry.rotations import nearest_rotation
from .camera_motion import CameraMotion, Filming, shots_of
from .given_check import check_given, with_lens

_STILL: Final = 1e-6
"""A path no longer than this, in its own unit, is none; turns and zooms likewise."""


_TOLD: Final = 1.5
"""Usual distances from one given frame to the next within which a frame is told of; by hand."""


def filmed_by(given: GivenCamera, seen: Observed, camera: Camera) -> Filming:
    """The ``given`` camera at the frames of ``seen``, in the axes of their shots.

    ``camera`` is as it is known otherwise: its focal length where none is given, unless the path
    tells it by the points behind the people. Doubts tell of frames that it tells nothing of, and
    where it can't be the one that filmed what was seen. Raises SettingsError where it tells of none
    of the frames.
    """
    first, last = int(seen.source_frame[0]), int(seen.source_frame[-1])
    begins, ends = int(given.frames[0]), int(given.frames[-1])
    if len(given.frames) > 1 and (ends < first or begins > last):
        raise SettingsError(
            f"The given camera tells of the frames {begins} to {ends} of the file, and what was "
            f"seen are {first} to {last}."
        )
    filming = _placed(given, seen, camera)
    if not given.has_lens and camera.is_estimated and seen.background is not None:
        filming = with_lens(filming, seen)
    doubts = _untold(given, seen) + check_given(given, seen, lambda one: _placed(one, seen, camera))
    return replace(filming, doubts=filming.doubts + doubts)


def _placed(given: GivenCamera, seen: Observed, camera: Camera) -> Filming:
    every = seen.source_frame.astype(np.float64)
    at = given.frames.astype(np.float64)
    zoom = np.ones(len(every))
    if given.has_lens:
        logs = np.log(given.K[:, 0, 0])
        usual = float(np.exp(np.median(logs)))
        zoom = np.exp(np.interp(every, at, logs)) / usual
        K = given.K[int(np.abs(logs - np.log(usual)).argmin())].copy()
        K[:2, :2] *= usual / K[0, 0]
        camera = replace(camera, K=K, dist=given.dist, focal_doubt=0.0)
    shots = shots_of(seen.cuts, len(every))
    R, centers = np.empty((len(every), 3, 3)), np.zeros((len(every), 3))
    carried: Bools = np.zeros(len(shots), bool)
    for k, shot in enumerate(shots):
        rows = _rows_of(at, every, shot)
        own = rotations_between(at[rows], given.T_world_camera[rows, :3, :3], every[shot])
        place = curve_through(at[rows], given.T_world_camera[rows, :3, 3], every[shot])
        mean = nearest_rotation(own.sum(0))
        R[shot] = mean.T @ own
        path: F64 = (place - place.mean(0)) @ mean
        carried[k] = np.ptp(path, axis=0).max() > _STILL
        centers[shot] = path if carried[k] else 0.0
    zooms, turns = np.ptp(zoom) > _STILL, np.abs(R - np.eye(3)).max() > _STILL
    if not (zooms or turns or carried.any()):
        return Filming(camera, None)
    return Filming(
        camera,
        CameraMotion(
            R,
            centers if carried.any() else None,
            zoom if zooms else None,
            carried,
            np.zeros(len(every), bool),
            seen.cuts,
        ),
    )


def _rows_of(at: F64, every: F64, shot: slice) -> Bools:
    """Which given frames (n,) tell of a shot: over its cuts nothing is smoothed. All where none
    lies in it."""
    within: Bools = np.ones(len(at), bool)
    if shot.start > 0:
        within &= at >= every[shot.start]
    if shot.stop < len(every):
        within &= at < every[shot.stop]
    return within if within.any() else np.ones(len(at), bool)


def _untold(given: GivenCamera, seen: Observed) -> tuple[str, ...]:
    """A sentence about frames that lie farther from the given ones than these from each other."""
    if len(given.frames) < 2:
        return ()
    at, every = given.frames.astype(np.float64), seen.source_frame.astype(np.float64)
    is_past = (every < at[0]) | (every > at[-1])
    after = np.searchsorted(at[1:-1], every) + 1
    gap = np.where(np.isin(every, at), 0.0, at[after] - at[after - 1])
    missing = is_past | (gap > _TOLD * np.median(np.diff(at)))
    if not missing.any():
        return ()
    what = "rests" if is_past[missing].all() else "goes on evenly"
    return (f"The given camera tells nothing of {int(missing.sum())} frames; it {what} there.",)
