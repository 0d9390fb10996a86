"""Joints as CSV, one row per person, frame and joint, and as JSON, one document.

Both hold metres, rotations against the parent joint as w x y z (the pelvis's against the space),
confidence in [0, 1], and number frames as the footage does, from 0. Where a face was read, JSON has
its shapes by ARKit's names.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F64
from ..data.faces.shapes import FACE_SHAPES
from ..data.skeletons import CONTACT_POINTS, SMPLX_55, SMPLX_PARENTS
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_parts
from ..geometry.rotations import quat_from_matrix
from .asked import Asked
from .file_axes import Placed

COLUMNS: Final = (
    "person", "frame", "time_s", "joint", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz", "confidence",
)  # fmt: skip
_CSV_LINE: Final = "%s,%s" + 7 * ",%.6f" + ",%.3f\n"
JSON_FORMAT: Final = "limn-joints"
JSON_VERSION: Final = 1  # of the file's layout
_FACE_MOVES: Final = 1e-3
"""Share of a face's shape from which it is written."""


def export_csv(asked: Asked) -> list[Path]:
    """Write everybody as CSV. Raises OutputError."""
    people = asked.stretches()
    write_parts(asked.path, _csv_parts(asked.take, people))
    return [asked.path]


def export_json(asked: Asked) -> list[Path]:
    """Write everybody as JSON. Raises OutputError."""
    people = asked.stretches()
    write_parts(asked.path, _json_parts(asked.take, people, asked.space))
    return [asked.path]


def _csv_parts(take: Take, people: Iterable[Iterable[Placed]]) -> Iterator[str]:
    """The table, a stretch of frames at a time."""
    yield _csv_row(COLUMNS)
    for one in (stretch for person in people for stretch in person):
        name = _csv_row((one.person.name,))[:-1]
        quats = quat_from_matrix(one.R_parent_joint)
        numbers = np.concatenate([one.xyz, quats, one.person.confidence[one.rows][..., None]], -1)
        lines: list[str] = []
        for t, frame in enumerate(one.frames):
            when = f"{name},{int(take.source_frame[frame])},{one.time_s[t]:.6f}"
            lines += [
                _CSV_LINE % (when, joint, *values)
                for joint, values in zip(SMPLX_55, numbers[t].tolist(), strict=True)
            ]
        yield "".join(lines)


def _csv_row(values: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def _json_parts(take: Take, people: Iterable[Iterable[Placed]], space: str) -> Iterator[str]:
    """The document, a stretch of frames at a time."""
    head = {
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
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "people": ['
    for number, person in enumerate(people):
        for k, one in enumerate(person):
            if k == 0:
                whose = {"name": one.person.name, "height_m": float(one.person.height_m)}
                begin = json.dumps(whose, ensure_ascii=False)[:-1] + ', "poses": ['
                yield begin if number == 0 else ", " + begin
            yield ("" if k == 0 else ", ") + json.dumps(_poses(take, one))[1:-1]
        yield "]}"
    yield "]}\n"


def _poses(take: Take, one: Placed) -> list[dict[str, object]]:
    quats = quat_from_matrix(one.R_parent_joint)
    return [
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
        for t, row in enumerate(one.rows)
    ]


def _face(person: Person, row: int) -> dict[str, object]:
    """The shapes of a face that move, by ARKit's names; nothing where nobody read it."""
    if not len(person.face_weights):
        return {}
    weights = zip(FACE_SHAPES, person.face_weights[row].tolist(), strict=True)
    return {"face": {name: round(share, 4) for name, share in weights if share > _FACE_MOVES}}


def _rounded(values: F64 | Any) -> Any:  # noqa: ANN401 - nested lists of numbers
    return np.round(np.asarray(values, np.float64), 6).tolist()
