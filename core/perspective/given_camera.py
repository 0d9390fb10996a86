"""How a clip was filmed by a camera that somebody named: its path as given, but for its size."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools
from ..data.observations import GivenCamera, Observed
from ..data.types import Camera
from ..geometry.inbetween import curve_through, rotations_between
from ..geometry.rotations import nearest_rotation
from .camera_motion import CameraMotion, Filming, shots_of

_STILL: Final = 1e-6
"""A path no longer than this, in its own unit, is none; turns and zooms likewise."""


def filmed_by(given: GivenCamera, seen: Observed, camera: Camera) -> Filming:
    """The ``given`` camera at the frames of ``seen``, in the axes of their shots.

    ``camera`` is as it is known otherwise: its focal length where none is given.
    """
    at, every = given.frames.astype(np.float64), seen.source_frame.astype(np.float64)
    own = rotations_between(at, given.T_world_camera[:, :3, :3], every)
    place = curve_through(at, given.T_world_camera[:, :3, 3], every)
    zoom = np.ones(len(every))
    if given.has_lens:
        logs = np.log(given.K[:, 0, 0])
        usual = float(np.exp(np.median(logs)))
        zoom = np.exp(np.interp(every, at, logs)) / usual
        K = given.K[int(np.abs(logs - np.log(usual)).argmin())].copy()
        K[:2, :2] *= usual / K[0, 0]
        camera = replace(camera, K=K, dist=given.dist, focal_doubt=0.0)
    shots = shots_of(seen.cuts, len(every))
    R, centers = np.empty_like(own), np.zeros_like(place)
    carried: Bools = np.zeros(len(shots), bool)
    for k, shot in enumerate(shots):
        mean = nearest_rotation(own[shot].sum(0))
        R[shot] = mean.T @ own[shot]
        path: F64 = (place[shot] - place[shot].mean(0)) @ mean
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
