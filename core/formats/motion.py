"""A take's motion as BVH, SMPL, TRC, C3D, CSV, JSON or COCO, chosen by the file's suffix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import I32
from ..data.errors import OutputError
from ..data.types import Person, Take
from .bvh import save_bvh
from .c3d import save_c3d
from .coco import save_coco
from .file_axes import SPACES, Placed, place
from .smpl import save_smpl
from .tables import save_csv, save_json
from .trc import save_trc

COCO: Final = ".coco.json"
ONE_PERSON: Final = (".bvh", ".smpl")
TRACKS: Final = (".trc", ".c3d")
TABLES: Final = (".csv", ".json")
SUFFIXES: Final = (COCO, *ONE_PERSON, *TRACKS, *TABLES)


def export_motion(
    take: Take, people: Sequence[Person], path: Path, frames: Sequence[int] | None, space: str
) -> Path:
    """Write ``people`` (one, for BVH and SMPL) over ``frames``, positions in the take (all, if
    None), in "world" or "camera" space; returns the path.

    Raises OutputError where the format can't say what it is given, or nothing can be written.
    """
    name, suffix = path.name.lower(), path.suffix.lower()
    if space not in SPACES:
        raise OutputError(f"There is no space {space}; choose among {', '.join(SPACES)}.")
    if name.endswith(COCO):
        save_coco(take, people, path, frames)
    elif suffix == ".bvh":
        save_bvh(take, people[0], path, frames, space)
    elif suffix == ".smpl":
        if space != "world":
            raise OutputError("SMPL files hold world space only.")
        save_smpl(take, people[0], path, frames)
    else:
        _export_points(take, people, path, frames, space)
    return path


def _export_points(
    take: Take, people: Sequence[Person], path: Path, frames: Sequence[int] | None, space: str
) -> None:
    suffix = path.suffix.lower()
    chosen = np.array(range(len(take.time_s)) if frames is None else sorted(set(frames)), np.int32)
    placed = [
        place(take, person, rows, space, y_up=suffix == ".trc")
        for person in people
        if len(rows := _rows(person, chosen))
    ]
    if not placed:
        raise OutputError(f"Nobody is there in the chosen frames; {path.name} was not written.")
    if suffix == ".csv":
        save_csv(take, placed, path)
    elif suffix == ".json":
        save_json(take, placed, space, path)
    else:
        frames_there = _between(chosen, placed)
        save = save_trc if suffix == ".trc" else save_c3d
        save(take, placed, frames_there, path)


def _rows(person: Person, frames: I32) -> I32:
    return np.flatnonzero(np.isin(person.frames, frames)).astype(np.int32)


def _between(frames: I32, placed: Sequence[Placed]) -> I32:
    """The frames from the first to the last in which anybody is there."""
    first = min(int(one.frames[0]) for one in placed)
    last = max(int(one.frames[-1]) for one in placed)
    return frames[(frames >= first) & (frames <= last)]
