"""A take's camera, frame by frame, as the table that ``--camera`` reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...data.writing import write_text
from ...geometry.camera import cameras_at
from ..asked import Asked
from .table import CameraRows, table_text


def export_camera_table(asked: Asked) -> list[Path]:
    """Write where the camera of the take's own clip stands, and its lens. Raises OutputError."""
    take, rows = asked.take, asked.chosen
    K = np.tile(take.camera.K, (len(rows), 1, 1))
    if len(take.zoom):
        K[:, :2, :2] *= take.zoom[rows].astype(np.float64)[:, None, None]
    frames = take.source_frame[rows].astype(np.int64)
    size = float(take.clip.size_px[0]), float(take.clip.size_px[1])
    told = CameraRows(frames, cameras_at(take, rows), K, take.camera.dist, size)
    write_text(asked.path, table_text(told))
    return [asked.path]
