"""Where to look for an eye: the square of MediaPipe's iris_landmark_landmarks_to_roi (0.10.21)."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import Floats
from ...data.types import Region

_CORNERS: Final = {True: (362, 263), False: (33, 133)}
"""The mesh's corners of the left eye and the right one, from the person's right to their left."""
_PER_EYE: Final = 2.3
"""Sides of the square per width of the eye."""
_LEAST_PX: Final = 1.0
"""Pixels that no region is smaller than."""
_WHOLE_PICTURE: Final = (-1e6, -1e6, 1e6, 1e6)
"""A mask that hides nothing."""


def region_of_eye(mesh_px: Floats, *, is_left: bool) -> Region:
    """The square around the person's left or right eye, by the face's mesh (468, 2 or 3)."""
    right, left = np.asarray(mesh_px, np.float64)[list(_CORNERS[is_left]), :2]
    across, middle = left - right, (left + right) / 2
    side = max(float(np.linalg.norm(across)) * _PER_EYE, _LEAST_PX)
    turn = float(np.arctan2(across[1], across[0]))
    return Region((float(middle[0]), float(middle[1])), side, turn, _WHOLE_PICTURE)
