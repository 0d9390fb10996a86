"""TRC: marker positions for OpenSim and other biomechanics tools; metres, y up.

The layout is Motion Analysis's, as OpenSim's documentation describes it; an empty cell is a marker
that isn't there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..data.arrays import I32, Floats
from ..data.timing import take_frame_rate
from ..data.types import Take
from ..data.writing import write_text
from .asked import Asked
from .file_axes import Placed, marker_tracks


def export_trc(asked: Asked) -> list[Path]:
    """Write everybody's joints. Raises OutputError."""
    placed = asked.placed(y_up=True)
    save_trc(asked.take, placed, asked.frames_of(placed), asked.path)
    return [asked.path]


def save_trc(take: Take, placed: Sequence[Placed], frames: I32, path: str | Path) -> None:
    """Write the joints of everybody in ``placed`` (y up) over ``frames``, positions in the take.

    Raises OutputError when the file can't be written.
    """
    labels, xyz = marker_tracks(placed, frames)
    fps = take_frame_rate(take)
    count, start = len(frames), int(frames[0]) + 1
    columns = "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, len(labels) + 1))
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{Path(path).name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames",
        f"{fps:.6f}\t{fps:.6f}\t{count}\t{len(labels)}\tm\t{fps:.6f}\t{start}\t{count}",
        "Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t",
        "\t\t" + columns,
        "",
    ]
    for row, frame in enumerate(frames):
        cells = [_cell(value) for value in xyz[row].ravel()]
        lines.append("\t".join([str(frame + 1), f"{take.time_s[frame]:.6f}", *cells]))
    write_text(path, "\n".join(lines) + "\n")


def load_trc(path: str | Path) -> tuple[tuple[str, ...], Floats, Floats]:
    """Read labels, ``time_s`` (t,) and positions (t, m, 3) in the file's unit, NaN where empty.

    Raises ValueError for another file.
    """
    lines = Path(path).read_text("utf-8").splitlines()
    if not lines or not lines[0].startswith("PathFileType"):
        raise ValueError(f"{path} is no TRC file")
    labels = tuple(lines[3].split("\t")[2::3])
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    return labels, values[:, 0], values[:, 1:].reshape(len(rows), -1, 3)


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6f}"
