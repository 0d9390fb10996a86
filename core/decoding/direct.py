"""Networks that decode inside the graph: MoveNet in both forms, and RTMO as its authors export it.

MoveNet speaks in shares of the input from its outer edges, y before x (Google's model cards); RTMO
in pixels of the input: ``dets`` x0 y0 x1 y1 score, ``keypoints`` x y score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.errors import ModelError
from ..data.skeletons import COCO_17
from ..data.types import Detections
from .maps import finite_rows

_JOINTS: Final = len(COCO_17)
_VALUES: Final = 3 * _JOINTS
_LOWEST: Final = 0.1
"""People below this score are noise; tracking decides about those above."""


def decode_movenet(
    keypoints: Floats, size_px: tuple[int, int], source: str = "The network"
) -> tuple[F32, F32]:
    """MoveNet Lightning's and Thunder's one person: (17, 2) input pixels and scores (17,).

    Raises ModelError for another shape than (1, 1, 17, 3).
    """
    values = np.asarray(keypoints)
    if values.size != _VALUES or values.shape[-1] != 3:
        raise _wrong("keypoints", values, (1, 1, _JOINTS, 3), source)
    values = np.nan_to_num(values.reshape(_JOINTS, 3), posinf=0.0, neginf=0.0)
    xy = values[:, 1::-1] * np.array(size_px) - 0.5
    return xy.astype(np.float32), np.clip(values[:, 2], 0, 1).astype(np.float32)


def decode_movenet_people(
    people: Floats, size_px: tuple[int, int], source: str = "The network"
) -> Detections:
    """MoveNet MultiPose's people in input pixels. Raises ModelError unless it is (1, n, 56)."""
    values = np.asarray(people)
    if values.ndim != 3 or values.shape[0] != 1 or values.shape[2] != _VALUES + 5:
        raise _wrong("people", values, (1, 6, _VALUES + 5), source)
    rows = values[0]
    rows = rows[finite_rows(rows)]
    rows = rows[rows[:, -1] >= _LOWEST]
    span = np.array(size_px, np.float32)
    keypoints = rows[:, :_VALUES].reshape(-1, _JOINTS, 3)
    corners = rows[:, _VALUES:-1].reshape(-1, 2, 2)
    return Detections(
        (keypoints[..., 1::-1] * span - 0.5).astype(np.float32),
        np.clip(keypoints[..., 2], 0, 1).astype(np.float32),
        (corners[..., ::-1] * span - 0.5).reshape(-1, 4).astype(np.float32),
        np.clip(rows[:, -1], 0, 1).astype(np.float32),
    )


def decode_rtmo(
    dets: Floats,
    keypoints: Floats,
    coco: Sequence[int] = range(_JOINTS),
    source: str = "The network",
) -> Detections:
    """RTMO's people in input pixels; ``coco`` are the rows of COCO's 17 among its keypoints.

    Raises ModelError unless they are (1, n, 5) and (1, n, k, 3).
    """
    boxes, points = np.asarray(dets), np.asarray(keypoints)
    if boxes.ndim != 3 or boxes.shape[0] != 1 or boxes.shape[2] != 5:
        raise _wrong("dets", boxes, (1, None, 5), source)
    fits = points.ndim == 4 and points.shape[:2] == boxes.shape[:2] and points.shape[3] == 3
    if not fits or points.shape[2] <= max(coco):
        raise _wrong("keypoints", points, (1, boxes.shape[1], len(coco), 3), source)
    chosen = points[0][:, list(coco)]
    keep = finite_rows(boxes[0], chosen) & (boxes[0][:, 4] >= _LOWEST)
    boxes, chosen = boxes[0][keep], chosen[keep]
    return Detections(
        chosen[..., :2].astype(np.float32),
        np.clip(chosen[..., 2], 0, 1).astype(np.float32),
        boxes[:, :4].astype(np.float32),
        np.clip(boxes[:, 4], 0, 1).astype(np.float32),
    )


def _wrong(role: str, found: Floats, wanted: tuple[int | None, ...], source: str) -> ModelError:
    shape = "(" + ", ".join("any" if side is None else str(side) for side in wanted) + ")"
    return ModelError(f"{source} gives '{role}' of shape {found.shape}, expected {shape}.")
