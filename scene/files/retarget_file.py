"""A take onto a rig of a .blend file: ``python -m limn.scene.files.retarget_file TAKE RIG OUT``.

Runs in a Python that has the bpy module, and inside ``blender --background``. The rig's file is
opened without running its scripts, and stays as it is.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import bpy

from ...core.data.errors import LimnError, OutputError, RigError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.data.timing import take_frame_rate
from ...core.data.types import Person, Take
from ...core.retargeting.bonemap import load_map, save_map
from ...core.retargeting.posing import RetargetOptions
from ...core.retargeting.shapes.mapping import SHAPE
from ..retarget import recognise_rig, retarget_person, timeline_of
from ..timeline import set_timeline
from .blend_file import save_blend
from .process import run_as_process


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; an error is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="retarget_file")
    for name in ("take", "rig", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--armature")
    parser.add_argument("--map", type=Path)
    parser.add_argument("--save-map", type=Path)
    parser.add_argument("--person", type=int, default=1)
    parser.add_argument("--in-place", action="store_true")
    parser.add_argument("--tolerance", type=float, default=0.0)
    parser.add_argument("--no-planting", action="store_true")
    parser.add_argument("--controls", default="fk")
    parser.add_argument("--clip-rate", action="store_true")
    given = parser.parse_args(arguments)
    try:
        sentences = _retarget(given)
    except LimnError as error:
        sys.stderr.write(f"limn: {error}\n")
        return error.exit_code
    for sentence in sentences:
        sys.stderr.write(f"limn: {showable(sentence)}\n")
    return 0


def _retarget(given: argparse.Namespace) -> list[str]:
    if not os.path.isdir(given.output.absolute().parent):
        raise OutputError(f"The folder {given.output.parent} does not exist; make it first.")
    take = load_take(given.take)
    person = _person(take, given.person)
    preset = load_map(given.map) if given.map else None
    rig, scene = open_rig(given.rig, given.armature)
    _check_is_no_library(given.output)
    bone_map = preset or recognise_rig(rig)
    notes: list[str] = []
    if given.clip_rate:
        timeline, notes = set_timeline(scene, take)
    else:
        timeline = timeline_of(scene, take)
    options = RetargetOptions(in_place=given.in_place, plant_feet=not given.no_planting)
    fps = take_frame_rate(take)
    retarget_person(
        rig, person, timeline, fps, bone_map, options, given.tolerance, given.controls, notes
    )
    if given.save_map:
        save_map(bone_map, given.save_map)
    save_blend(given.output)
    if bone_map.convention == SHAPE:
        notes.append("The bones were guessed by their shape; look at the bone map (--save-map).")
    rate = scene.render.fps / scene.render.fps_base
    span = timeline.frames[person.frames]
    done = f"{rig.name} ({bone_map.convention}, {len(bone_map.bones)} bones) moves as {person.name}"
    if len(span):
        done += f", frames {span[0]:g} to {span[-1]:g} at {rate:.5g} a second"
    return [f"{done}.", *notes]


def _check_is_no_library(output: Path) -> None:
    """Raise OutputError when the rig's file links what lies in ``output``."""
    for library in bpy.data.libraries:
        linked = Path(bpy.path.abspath(library.filepath))
        if os.path.exists(output) and os.path.exists(linked) and output.samefile(linked):
            raise OutputError(
                f"The output {output} is linked by the rig's file; name another file."
            )


def _person(take: Take, number: int) -> Person:
    if not 1 <= number <= len(take.people):
        count = len(take.people)
        raise RigError(f"The take has {count} people; there is no person {number}.")
    return take.people[number - 1]


def open_rig(path: Path, name: str | None) -> tuple[bpy.types.Object, bpy.types.Scene]:
    """The armature of a .blend file, and the scene it is in: the file's active one if it can be.

    Raises RigError.
    """
    if not os.path.isfile(path):
        raise RigError(f"The rig's file {path} does not exist.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.absolute()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise RigError(f"Blender can't open {path}; is it a .blend file?") from error
    active = bpy.context.scene
    chosen: list[tuple[bpy.types.Object, bpy.types.Scene]] = []
    for scene in (active, *(s for s in bpy.data.scenes if s != active)):
        armatures = [o for o in scene.objects if o.type == "ARMATURE"]
        chosen = [(o, scene) for o in armatures if name is None or o.name == name]
        if chosen:
            break
    if len(chosen) != 1:
        names = ", ".join(
            sorted(
                o.name if s == active else f"{o.name} (in scene {s.name})"
                for s in bpy.data.scenes
                for o in s.objects
                if o.type == "ARMATURE"
            )
        )
        problem = f"has no armature {name}" if name else "has several armatures or none"
        raise RigError(f"{path} {problem}; its armatures: {names or 'none'}.")
    if chosen[0][1] != active and bpy.context.window is not None:
        bpy.context.window.scene = chosen[0][1]
    return chosen[0]


if __name__ == "__main__":
    run_as_process(main)
