"""Points in three dimensions as tables: TRC, C3D, CSV and arrays with their names.

TRC as OpenSim and Pose2Sim write it; CSV with columns "left_knee_x" or "left_knee.x", as FreeMoCap
and Limn write them, in one row a frame, or in one row a frame and point, Limn's own and FreeMoCap's
(freemocap/freemocap, data_saver.py, save_to_tidy_csv); C3D through ezc3d.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...data.reading import read_bytes
from ...data.reading.files import Damaged
from ...data.skeletons import SMPLX_55
from ...formats.c3d import load_c3d
from ..keypoints.names import BY_COUNT
from ..markers.names import subject_of, usual_names
from ..markers.points import MarkerMotion, MarkerTrack
from ..values import MOST_FRAMES

_MOST_BYTES: Final = 2_000_000_000  # of a file
_AXES: Final = ("x", "y", "z")
_TIMES: Final = ("time", "time_s", "timestamp", "t")
_ORDERS: Final = {**BY_COUNT, 55: SMPLX_55, 22: SMPLX_55[:22]}
"""Names of arrays that hold none, by how many points they have."""


def read_trc(path: Path) -> MarkerMotion:
    """A TRC file's points: y is up. Raises Damaged."""
    lines = read_bytes(path, _MOST_BYTES).decode("utf-8", errors="replace").splitlines()
    if not lines or not lines[0].startswith("PathFileType"):
        raise Damaged("it doesn't begin as a TRC file does")
    if len(lines) < 5:
        raise Damaged("it ends before its points begin")
    facts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    labels = [name.strip() for name in lines[3].split("\t")[2:] if name.strip()]
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    width = 2 + 3 * len(labels)
    values = np.full((len(rows), width), np.nan)
    for k, row in enumerate(rows):
        cells = [_number(cell) for cell in row[:width]]
        values[k, : len(cells)] = cells
    told = facts.get("DataRate", "").strip()
    xyz = values[:, 2:].reshape(len(rows), len(labels), 3)
    return _by_subject("TRC", labels, xyz, _number(told) if told else None, up="y")


def read_csv(path: Path) -> MarkerMotion:
    """A CSV file's points. Raises Damaged."""
    text = read_bytes(path, _MOST_BYTES).decode("utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text)))
    if len(rows) < 2:
        raise Damaged("there are no rows in it")
    header = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if row]
    if len(body) > MOST_FRAMES:
        raise Damaged(f"it has more than {MOST_FRAMES} rows")
    if {"joint", "x_m", "y_m", "z_m"} <= set(header):
        return _long_table(header, body, ("person", "joint", "_m"), up="z")
    if {"model", "keypoint", "frame", *_AXES} <= set(header):
        return _long_table(header, body, ("model", "keypoint", ""))
    columns = _wide_columns(header)
    if not columns:
        raise Damaged("no three columns of it are x, y and z of one point")
    xyz = np.full((len(body), len(columns), 3), np.nan)
    for k, row in enumerate(body):
        for p, where in enumerate(columns.values()):
            xyz[k, p] = [_number(row[at]) if at < len(row) else np.nan for at in where]
    return _by_subject("CSV", list(columns), xyz, _rate(header, body))


def _wide_columns(header: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Columns of x, y and z by the point's name."""
    found: dict[str, dict[str, int]] = {}
    for at, name in enumerate(header):
        stem, axis = name[:-1], name[-1:].lower()
        if axis in _AXES and stem[-1:] in "_. ":
            found.setdefault(stem.rstrip("_. "), {})[axis] = at
    return {
        name: (axes["x"], axes["y"], axes["z"]) for name, axes in found.items() if len(axes) == 3
    }


def _long_table(
    header: list[str], body: list[list[str]], columns: tuple[str, str, str], up: str = "auto"
) -> MarkerMotion:
    """One row for each frame and point, in columns of a group, the point, and x, y and z with an
    ending: Limn's own, by person and joint, and FreeMoCap's, by model and keypoint."""
    group, point, ending = columns
    at = {name: k for k, name in enumerate(header)}
    who = at.get(group)
    frame_column = at.get("frame", at.get("time_s"))
    if frame_column is None:
        raise Damaged("its rows tell no frame")
    if any(len(row) < len(header) for row in body):
        raise Damaged("a row of it is cut off")
    joined = ":" if group == "person" else "_"
    keys = [(f"{row[who]}{joined}" if who is not None else "") + row[at[point]] for row in body]
    labels = list(dict.fromkeys(keys))
    column = {label: k for k, label in enumerate(labels)}
    frames = np.array([_number(row[frame_column]) for row in body])
    each, row_of = np.unique(frames, return_inverse=True)
    xyz = np.full((len(each), len(labels), 3), np.nan)
    for k, (row, key) in enumerate(zip(body, keys, strict=True)):
        xyz[row_of[k], column[key]] = [_number(row[at[axis + ending]]) for axis in _AXES]
    return _by_subject("CSV", labels, xyz, _rate(header, body), up=up)


def _rate(header: Sequence[str], body: list[list[str]]) -> float | None:
    column = next((k for k, name in enumerate(header) if name.lower() in _TIMES), None)
    if column is None:
        return None
    times = np.unique([_number(row[column]) for row in body if column < len(row)])
    steps = np.diff(times[np.isfinite(times)])
    return float(1 / np.median(steps)) if len(steps) and np.median(steps) > 0 else None


def read_c3d(path: Path) -> MarkerMotion:
    """A C3D file's markers. Raises Damaged, and OutputError where ezc3d isn't installed."""
    labels, xyz, rate = load_c3d(path)
    return _by_subject("C3D", labels, xyz, rate)


def of_array(values: F64, tool: str = "NumPy") -> MarkerMotion:
    """(t, n, 3) or (t, people, n, 3) of 17, 22, 33 or 55 points. Raises Damaged."""
    array = values[:, None] if values.ndim == 3 else values
    if array.ndim != 4 or array.shape[3] != 3 or array.shape[2] not in _ORDERS:
        counts = ", ".join(map(str, sorted(_ORDERS)))
        raise Damaged(f"an array of points is (frames, points, 3) with {counts} points")
    names = _ORDERS[array.shape[2]]
    frames = np.arange(len(array), dtype=np.int32)
    people = tuple(
        MarkerTrack(f"Person {i + 1}", names, frames, array[:, i].astype(np.float64))
        for i in range(array.shape[1])
    )
    return MarkerMotion(tool, people)


def _by_subject(
    tool: str, labels: Sequence[str], xyz: F64, fps: float | None, up: str = "auto"
) -> MarkerMotion:
    if not len(xyz) or not labels:
        raise Damaged("there are no points in it")
    subjects: dict[str, list[int]] = {}
    for column, label in enumerate(labels):
        subjects.setdefault(subject_of(label)[0], []).append(column)
    frames = np.arange(len(xyz), dtype=np.int32)
    people = tuple(
        MarkerTrack(
            subject or f"Person {number}",
            usual_names([subject_of(labels[column])[1] for column in columns]),
            frames,
            xyz[:, columns],
        )
        for number, (subject, columns) in enumerate(subjects.items(), start=1)
    )
    return MarkerMotion(tool, people, fps, up)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
