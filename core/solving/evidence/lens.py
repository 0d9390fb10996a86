"""Pixels as directions, whatever a lens' focal length is in each frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.types import Camera
from ...geometry.camera import normalized_from_px, rotation_to_ray
from ...geometry.rotations import normalize, swing_between


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A camera that films n frames, and by how much it has zoomed in each (n,), if it does."""

    camera: Camera
    zoom: F64 | None = field(metadata=of_shape(None))

    def __post_init__(self) -> None:
        check_fields(self)

    def normalized(self, xy_px: Floats) -> Floats:
        """Undistorted x/z, y/z (n, ..., 2) of pixels."""
        px = xy_px.astype(np.float64)
        if self.zoom is not None:
            middle = self.camera.K[:2, 2]
            px = middle + (px - middle) / self.zoom.reshape(-1, *(1,) * (px.ndim - 1))
        return normalized_from_px(self.camera, px)

    def rotations_to(self, xy_px: Floats) -> Floats:
        """As ``rotation_to_ray`` (n, 3, 3)."""
        if self.zoom is None:
            return rotation_to_ray(self.camera, xy_px.astype(np.float64))
        xy = self.normalized(xy_px)
        ray = normalize(np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1))
        return swing_between(np.broadcast_to([0.0, 0.0, 1.0], ray.shape), ray)
