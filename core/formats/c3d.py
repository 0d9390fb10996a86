"""C3D for biomechanics labs, through ezc3d: millimetres, z up, the joints as markers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.arrays import F64, I32
from ..data.errors import OutputError
from ..data.reading import open_regular
from ..data.timing import take_frame_rate
from ..data.types import Take
from ..data.writing import replacing
from .asked import Asked
from .file_axes import Placed, marker_tracks

_MM_PER_M = 1000.0  # C3D's usual unit
_MOST_BYTES = 40
"""Of a person's name: a label's length is one signed byte, 127 at most with the joint's name."""


def export_c3d(asked: Asked) -> list[Path]:
    """Write everybody's joints. Raises OutputError."""
    placed = asked.placed()
    save_c3d(asked.take, placed, asked.frames_of(placed), asked.path)
    return [asked.path]


def save_c3d(take: Take, placed: Sequence[Placed], frames: I32, path: str | Path) -> None:
    """Write the joints of everybody in ``placed`` over ``frames``, positions in the take.

    Markers of somebody who isn't there have the residual -1, C3D's word for it. Raises OutputError
    when ezc3d isn't installed or the file can't be written.
    """
    ezc3d = _ezc3d()
    labels, xyz = marker_tracks(placed, frames)
    is_there = np.isfinite(xyz).all(axis=-1)
    points = np.ones((4, len(labels), len(frames)))
    points[:3] = np.moveaxis(xyz * _MM_PER_M, 0, -1).swapaxes(0, 1)
    file = ezc3d.c3d()
    parameters = file["parameters"]["POINT"]
    parameters["RATE"]["value"] = [take_frame_rate(take)]
    parameters["UNITS"]["value"] = ["mm"]
    parameters["LABELS"]["value"] = _short(labels)
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = np.where(is_there, 0.0, -1.0).T[None]
    file["header"]["points"]["first_frame"] = int(frames[0])
    with replacing(path) as temporary:
        # ezc3d says nothing where it can't write; the file's own header tells what is missing.
        file.write(str(temporary))


def load_c3d(path: Path) -> tuple[list[str], F64, float]:
    """Labels (m), positions (t, m, 3) in the file's unit, NaN where a marker isn't there, and the
    rate in frames a second. Raises OutputError when ezc3d isn't installed and ValueError for
    another file."""
    ezc3d = _ezc3d()
    with open_regular(path):
        pass  # ezc3d would wait for a pipe for ever
    file = ezc3d.c3d(str(path))
    parameters = file["parameters"]["POINT"]
    labels = [str(label) for label in parameters["LABELS"]["value"]]
    xyz = np.moveaxis(file["data"]["points"][:3], 0, -1).swapaxes(0, 1).astype(np.float64)
    residual = file["data"]["meta_points"]["residuals"][0].T
    xyz[residual < 0] = np.nan
    rate = float(np.ravel(parameters["RATE"]["value"])[0])
    return labels[: xyz.shape[1]], xyz, rate


def _short(labels: Sequence[str]) -> list[str]:
    """Labels whose people's names fit, and still differ."""
    names: dict[str, str] = {}
    for name in dict.fromkeys(label.rpartition(":")[0] for label in labels):
        short = name.encode()[:_MOST_BYTES].decode(errors="ignore")
        number = 2
        while short in names.values():
            short = f"{name.encode()[: _MOST_BYTES - 4].decode(errors='ignore')}~{number}"
            number += 1
        names[name] = short
    return [f"{names[name]}{colon}{joint}" for name, colon, joint in map(_parts, labels)]


def _parts(label: str) -> tuple[str, str, str]:
    return label.rpartition(":")


def _ezc3d() -> Any:  # noqa: ANN401 - an optional package, imported where it is needed
    try:
        import ezc3d  # pyright: ignore[reportMissingTypeStubs] - it ships none
    except ImportError as error:
        raise OutputError("C3D needs ezc3d: pip install 'limn[formats]'.") from error
    return ezc3d
