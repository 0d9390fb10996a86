"""Calibrations of cameras that stand still, TOML as Pose2Sim, Caliscope and Anipose write it."""

from __future__ import annotations

import math
import tomllib
from typing import Any, Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ...geometry.rotations import exp_so3

_MOST: Final = 1e6  # no calibration has larger numbers, whatever the unit


def read_calibration(text: str, clip_name: str, size_px: tuple[int, int]) -> GivenCamera:
    """The camera of a calibration that is called as the clip, or the only one. Raises Damaged.

    Tables have ``matrix`` (3, 3), ``rotation`` (3,) as a rotation vector and ``translation`` (3,)
    from world to camera, and may have ``size``, ``distortions`` and ``name``.
    """
    try:
        told: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Damaged(f"it is no TOML: {error}") from error
    tables = {
        str(table.get("name", key)): table
        for key, value in told.items()
        if isinstance(value, dict) and "matrix" in (table := cast(dict[str, Any], value))
    }
    if not tables:
        raise Damaged("it has no camera with a matrix")
    named = [name for name in tables if name.lower() == clip_name.lower()]
    within = [name for name in tables if name.lower() in clip_name.lower()]
    chosen = named or within or list(tables)
    if len(chosen) > 1:
        listed = ", ".join(sorted(name[:40] for name in tables)[:8])
        raise Damaged(f"none of its cameras ({listed}) is called as the clip, {clip_name[:80]}")
    return _camera(tables[chosen[0]], size_px)


def _camera(table: dict[str, Any], size_px: tuple[int, int]) -> GivenCamera:
    K = _numbers(table, "matrix", (3, 3))
    if K[0, 0] <= 0 or K[1, 1] <= 0:
        raise Damaged("its matrix has no focal length")
    if "size" in table:
        size = _numbers(table, "size", (2,))
        if (size <= 0).any():
            raise Damaged("its size is none")
        scale = np.array(size_px) / size
        K[:2] *= scale[:, None]
        K[:2, 2] += 0.5 * (scale - 1)
    dist = np.zeros(4)
    if "distortions" in table:
        given = np.asarray(table["distortions"], np.float64).ravel()[:4]
        if not np.isfinite(given).all():
            raise Damaged("its distortions are no numbers")
        dist[: len(given)] = given
    T: F64 = np.eye(4)
    R = np.asarray(exp_so3(_numbers(table, "rotation", (3,))), np.float64)
    T[:3, :3], T[:3, 3] = R.T, -R.T @ _numbers(table, "translation", (3,))
    return GivenCamera(np.zeros(1, np.int32), T[None], K[None], dist)


def _numbers(table: dict[str, Any], name: str, shape: tuple[int, ...]) -> F64:
    try:
        out = np.array(table[name], np.float64)
    except (TypeError, ValueError) as error:
        raise Damaged(f"its {name} is no matrix of numbers") from error
    if out.shape != shape:
        raise Damaged(f"its {name} has the shape {out.shape}, not {shape}")
    if not np.isfinite(out).all() or np.abs(out).max() > _MOST or not math.isfinite(out.sum()):
        raise Damaged(f"its {name} has unlikely numbers")
    return out
