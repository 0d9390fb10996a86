"""A take through Blender's own exporters: ``python -m limn.scene.file_export TAKE FILE ...``.

Runs in a Python that has the bpy module, and inside ``blender --background``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import LimnError, OutputError
from ..core.take import load_take
from ..core.types import Person, Take
from .build import build_take
from .scene_files import export_scene


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; an error is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="file_export")
    parser.add_argument("take", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--person")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=None)
    given = parser.parse_args(arguments)
    try:
        take = load_take(given.take)
        last = len(take.time_s) - 1 if given.last is None else given.last
        chosen = stretch(take, given.person, given.first, last)
        _write(chosen, given.take, given.file)
    except LimnError as error:
        sys.stderr.write(f"limn: {error}\n")
        return error.exit_code
    return 0


def stretch(take: Take, name: str | None, first: int, last: int) -> Take:
    """The take with one person only (everybody, if None) and frames ``first`` to ``last``.

    Raises OutputError when nobody is left.
    """
    people = [
        _cut(person, first, last) for person in take.people if name is None or person.name == name
    ]
    people = [person for person in people if len(person.frames)]
    if not people:
        raise OutputError("Nobody is there in the chosen frames; nothing was written.")
    cuts = (take.cuts > first) & (take.cuts <= last)
    before = np.flatnonzero(take.cuts <= first)
    camera = take.camera_at(first) if len(before) else take.camera
    return replace(
        take,
        camera=camera,
        time_s=take.time_s[first : last + 1] - take.time_s[first],
        source_frame=take.source_frame[first : last + 1],
        cuts=take.cuts[cuts] - first,
        T_world_shots=take.T_world_shots[cuts],
        people=tuple(people),
        observed=None,
    )


def _cut(person: Person, first: int, last: int) -> Person:
    there = (person.frames >= first) & (person.frames <= last)
    rows = (
        "root_xyz_world", "quat_parent_joint", "confidence", "contact", "bridged", "xy_px",
        "xy_score",
    )  # fmt: skip
    arrays = {field: getattr(person, field)[there] for field in rows}
    return replace(person, frames=(person.frames[there] - first).astype(np.int32), **arrays)


def _write(take: Take, take_path: Path, path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    report = build_take(bpy.context, take, take_path=str(take_path.absolute()))
    armatures = [bpy.data.objects[name] for name in report.armatures]
    export_scene(bpy.context, armatures, path.absolute())


if __name__ == "__main__":
    rest = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    exit_code = main(rest)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # Blender's destructors have hung and crashed at interpreter exit
