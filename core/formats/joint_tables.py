"""Joints as CSV, one row per person, frame and joint, and as JSON, one document.

Both hold metres, rotations against the parent joint as w x y z (the pelvis's against the space),
confidence in [0, 1], and number frames as the footage does, from 0. Where a face was read, JSON has
its shapes by ARKit's names.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F64
from ..data.faces.shapes import FACE_SHAPES
from ..data.skeletons import CONTACT_POINTS, SMPLX_55, SMPLX_PARENTS
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_text
from ..geometry.rotations import quat_from_matrix
from .asked import Asked
from .file_axes import Placed

COLUMNS: Final = (
    "person", "frame", "time_s", "joint", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz", "confidence",
)  # fmt: skip
JSON_FORMAT: Final = "limn-joints"
JSON_VERSION: Final = 1  # of the file's layout
_FACE_MOVES: Final = 1e-3
"""Share of a face's shape from which it is written."""


def export_csv(asked: Asked) -> list[Path]:
    """Write everybody as CSV. Raises OutputError."""
    save_csv(asked.take, asked.placed(), asked.path)
    return [asked.path]


def export_json(asked: Asked) -> list[Path]:
    """Write everybody as JSON. Raises OutputError."""
    save_json(asked.take, asked.placed(), asked.space, asked.path)
    return [asked.path]


def save_csv(take: Take, placed: Sequence[Placed], path: str | Path) -> None:
    """Write everybody in ``placed``. Raises OutputError when the file can't be written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in placed:
        quats = quat_from_matrix(one.R_parent_joint)
        for t, row in enumerate(one.rows):
            when = (int(take.source_frame[one.frames[t]]), f"{one.time_s[t]:.6f}")
            for j, joint in enumerate(SMPLX_55):
                numbers = [f"{value:.6f}" for value in (*one.xyz[t, j], *quats[t, j])]
                confidence = f"{one.person.confidence[row, j]:.3f}"
                writer.writerow((one.person.name, *when, joint, *numbers, confidence))
    write_text(path, text.getvalue())


def save_json(take: Take, placed: Sequence[Placed], space: str, path: str | Path) -> None:
    """Write everybody in ``placed``, in ``space``. Raises OutputError."""
    document = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "clip": take.clip.path,
        "fps": take_frame_rate(take),
        "space": space,
        "axes": "x right, y down, z forward" if space == "camera" else "z up",
        "unit": "m",
        "joints": SMPLX_55,
        "parents": SMPLX_PARENTS,
        "contact_points": CONTACT_POINTS,
        "people": [_person(take, one) for one in placed],
    }
    write_text(path, json.dumps(document, ensure_ascii=False) + "\n")


def _person(take: Take, one: Placed) -> dict[str, Any]:
    quats = quat_from_matrix(one.R_parent_joint)
    poses: list[dict[str, object]] = []
    for t, row in enumerate(one.rows):
        poses.append(
            {
                "frame": int(take.source_frame[one.frames[t]]),
                "time_s": round(float(one.time_s[t]), 6),
                "xyz": _rounded(one.xyz[t]),
                "quat_parent_joint_wxyz": _rounded(quats[t]),
                "confidence": _rounded(one.person.confidence[row]),
                "contact": _rounded(one.person.contact[row]),
                "bridged": bool(one.person.bridged[row]),
                **_face(one.person, int(row)),
            }
        )
    return {"name": one.person.name, "height_m": float(one.person.height_m), "poses": poses}


def _face(person: Person, row: int) -> dict[str, object]:
    """The shapes of a face that move, by ARKit's names; nothing where nobody read it."""
    if not len(person.face_weights):
        return {}
    weights = zip(FACE_SHAPES, person.face_weights[row].tolist(), strict=True)
    return {"face": {name: round(share, 4) for name, share in weights if share > _FACE_MOVES}}


def _rounded(values: F64 | Any) -> Any:  # noqa: ANN401 - nested lists of numbers
    return np.round(np.asarray(values, np.float64), 6).tolist()
