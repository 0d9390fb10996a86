"""Where to look for a face: from the body's eyes and nose, or from its own last mesh.

The square around a mesh is MediaPipe's: face_landmark_landmarks_to_roi of version 0.10.21.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..data.types import Region

RIGHT_CORNER: Final = 33  # the outer corner of the person's right eye, a row of the mesh
LEFT_CORNER: Final = 263
"""The same of the left eye."""
_FROM_MESH: Final = 1.5
"""Sides of a region per larger side of the box around the mesh."""
_PER_EYES: Final = 3.9
"""Sides of a region per distance between the eyes' centres."""
_NOSE_PER_EYES: Final = 1.35
"""In profile the eyes tell nothing: the nose lies so far under them, seen from the front."""
_BELOW_EYES: Final = 0.55
"""How far under the eyes the middle of a face lies, in distances between them."""
_LEAST_PX: Final = 1.0
"""Pixels that no region is smaller than."""
_WHOLE_PICTURE: Final = (-1e6, -1e6, 1e6, 1e6)
"""A mask that hides nothing."""


def eye_span(left_px: Floats, right_px: Floats, nose_px: Floats) -> float:
    """The pixels between the eyes as they would be seen from the front; points (2,)."""
    nose = float(np.linalg.norm(nose_px - (left_px + right_px) / 2))
    return max(float(np.linalg.norm(left_px - right_px)), nose * _NOSE_PER_EYES)


def region_from_body(left_px: Floats, right_px: Floats, nose_px: Floats) -> Region:
    """The square around a face whose eyes and nose (2,) each the body's landmarks tell."""
    across = left_px - right_px
    turn = float(np.arctan2(across[1], across[0]))
    span = eye_span(left_px, right_px, nose_px)
    middle = (left_px + right_px) / 2 + np.array([-np.sin(turn), np.cos(turn)]) * span * _BELOW_EYES
    return _region(middle, span * _PER_EYES, turn)


def region_from_mesh(xy_px: Floats) -> Region:
    """The square around a face whose mesh (468, 2 or 3) is known."""
    xy = np.asarray(xy_px, np.float64)[:, :2]
    across = xy[LEFT_CORNER] - xy[RIGHT_CORNER]
    turn = float(np.arctan2(across[1], across[0]))
    upright = xy @ _turning(turn)
    low, high = upright.min(0), upright.max(0)
    return _region(
        _turning(turn) @ ((low + high) / 2), float((high - low).max()) * _FROM_MESH, turn
    )


def _region(middle: Floats, side_px: float, turn: float) -> Region:
    center = float(middle[0]), float(middle[1])
    return Region(center, max(side_px, _LEAST_PX), turn, _WHOLE_PICTURE)


def _turning(turn: float) -> F64:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin], [sin, cos]])
