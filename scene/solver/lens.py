"""The lens of a Movie Clip that Blender tracked, as OpenCV tells of lenses."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import SettingsError

_SAMPLES: Final = 64  # radii at which a lens is told in other words; by hand
_CLOSE_PX: Final = 0.5
"""Pixels by which a lens told in other words may be off anywhere in the picture; by hand."""


def tracked_lens(lens: bpy.types.MovieTrackingCamera, size_px: tuple[int, int]) -> tuple[F64, F64]:
    """K (3, 3) in pixels from the middle of the first one, and dist (4,) k1 k2 p1 p2, of pictures
    of ``size_px``. Raises SettingsError for a lens that these don't tell.

    Blender counts y upwards, and keeps one focal length for pixels that may not be square:
    libmv's ``camera_intrinsics.cc`` and ``distortion_models.cc``.
    """
    focal, aspect = float(lens.focal_length_pixels), float(lens.pixel_aspect)
    if focal <= 0 or aspect <= 0:
        raise SettingsError("The Movie Clip's lens has no focal length.")
    middle = lens.principal_point_pixels
    K = np.diag([focal, focal * aspect, 1.0])
    K[0, 2], K[1, 2] = middle[0] - 0.5, size_px[1] - middle[1] - 0.5
    half = np.array([size_px[0], size_px[1] / aspect]) / 2
    corner = float(np.linalg.norm(half)) / focal
    p1, p2 = _tangential(lens)
    return K, np.array([*_radial(lens, corner, focal, float(half.max())), p1, p2])


def _tangential(lens: bpy.types.MovieTrackingCamera) -> tuple[float, float]:
    """OpenCV's p1 and p2: Blender's are the other way round, and its y points up."""
    if lens.distortion_model != "BROWN":
        return 0.0, 0.0
    return -float(lens.brown_p2), float(lens.brown_p1)


def _radial(
    lens: bpy.types.MovieTrackingCamera, corner: float, focal: float, half_px: float
) -> tuple[float, float]:
    """k1 and k2 of whatever model, from the middle to the ``corner`` (tangent of its angle)."""
    kind = lens.distortion_model
    if kind in ("POLYNOMIAL", "BROWN"):
        names = (
            ("k1", "k2", "k3")
            if kind == "POLYNOMIAL"
            else tuple(f"brown_k{i}" for i in (1, 2, 3, 4))
        )
        terms = [float(getattr(lens, name)) for name in names]
        if not any(terms[2:]):
            return terms[0], terms[1]
        seen_at = np.linspace(0, corner, _SAMPLES)[1:]
        return _fitted(seen_at, seen_at * _polynomial(terms, seen_at), focal)
    if kind in ("DIVISION", "NUKE"):
        name = kind.lower()
        terms = [float(getattr(lens, f"{name}_k{i}")) for i in (1, 2)]
        # Nuke's radii are shares of half the picture's longer side.
        unit = focal / half_px if kind == "NUKE" else 1.0
        drawn = np.linspace(0, corner, _SAMPLES)[1:]
        return _fitted(drawn / _polynomial(terms, drawn * unit), drawn, focal)
    raise SettingsError(f"Limn doesn't know the distortion model {kind.title()} of the Movie Clip.")


def _polynomial(terms: list[float], radius: F64) -> F64:
    return 1 + sum((k * radius ** (2 * i) for i, k in enumerate(terms, 1)), np.zeros(len(radius)))


def _fitted(straight: F64, drawn: F64, focal: float) -> tuple[float, float]:
    """k1 and k2 that draw the radii ``straight`` (n,) at ``drawn`` (n,). Raises SettingsError."""
    if (straight <= 0).any() or (np.diff(straight) <= 0).any():
        raise SettingsError("The Movie Clip's lens distortion folds the picture over.")
    A = np.stack([straight**3, straight**5], axis=-1)
    k = np.linalg.lstsq(A, drawn - straight, rcond=None)[0]
    off_px = float(np.abs(A @ k + straight - drawn).max()) * focal
    if off_px > _CLOSE_PX:
        raise SettingsError(
            f"The Movie Clip's lens distortion is {off_px:.1f} pixels from any that Limn knows: "
            "choose Polynomial with K1 and K2, and solve again."
        )
    return float(k[0]), float(k[1])
