"""A take becomes a .blend file: ``python -m limn.scene.files.blend_file TAKE OUT.blend``
or, with a SMPL-X model file or folder, ``… TAKE OUT.blend MODEL GENDER``; with ``--style gallery``
people are coloured sticks before a photo wall, with ``--depth FILE`` what ``limn depth`` wrote lies
in the scene too.

Runs in a Python that has the bpy module, and inside ``blender --background``; there the arguments
may follow ``--``. The scene that was open is dropped: this is a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.bodies.smplx_model import SmplxModel, load_smplx
from ...core.data.errors import LimnError, OutputError, SettingsError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...core.data.writing import Unfinished, replacing, told
from ...core.depth.relief import Relief
from ...core.depth.relief_file import load_relief
from ..build import BuildReport, build_take
from ..gallery.figures import add_gallery
from ..keeping.packed import MOST_MB
from ..keeping.take_link import pack_takes, relink
from ..relief.surface import CACHE_SUFFIX, add_relief
from ..stage.looking import look_through, show_bodies, telling_position
from ..timeline import set_timeline
from .exporters import says_why
from .process import run_as_process


def write_blend(
    take: Take,
    take_path: Path,
    output: Path,
    smplx: SmplxModel | None = None,
    *,
    is_gallery: bool = False,
    relief: Relief | None = None,
) -> BuildReport:
    """Build ``take`` into an empty scene and save it as ``output``; drops the open scene.

    With ``smplx`` people wear the user's own model instead of the free body, with ``is_gallery``
    no body but coloured sticks before a photo wall; a ``relief`` lies in the camera's view, its
    motion in a file beside ``output``. Raises OutputError; an earlier file stays as it was then.
    """
    # Not read_factory_settings, which would also disable the extension and with it the wheels.
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    report = build_take(
        bpy.context,
        take,
        take_path=str(take_path.absolute()),
        smplx=smplx,
        with_body=not is_gallery,
    )
    if is_gallery:
        armatures = [bpy.data.objects[name] for name in report.armatures]
        warnings = add_gallery(
            bpy.context.scene,
            take,
            armatures,
            bpy.data.collections[report.collection],
            set_timeline(bpy.context.scene, take)[0],
        )
        for armature in armatures:
            armature.hide_set(True)
        report = replace(report, warnings=(*report.warnings, *warnings))
    _look_through_camera()
    _show_frame(take)
    pack_takes(MOST_MB)
    if relief is None:
        save_blend(output)
        return report
    return _saved_with_relief(report, take, relief, output)


def _saved_with_relief(
    report: BuildReport, take: Take, relief: Relief, output: Path
) -> BuildReport:
    """Save the scene with its ``relief``; of earlier files both stay, or neither."""
    cache = output.absolute().with_suffix(CACHE_SUFFIX)
    with told(cache):
        unfinished = Unfinished(cache, is_made=False)
        try:
            report = _with_relief(report, take, relief, unfinished.path, cache.name)
            save_blend(output)
            if unfinished.path.exists():  # a single frame has none
                unfinished.commit()
        finally:
            unfinished.drop()
    return report


def _with_relief(
    report: BuildReport, take: Take, relief: Relief, cache: Path, name: str
) -> BuildReport:
    """Add the relief, its motion in the file ``cache``, which will be called ``name``."""
    owner, warnings = add_relief(
        take,
        relief,
        bpy.data.objects[report.camera],
        bpy.data.collections[report.collection],
        set_timeline(bpy.context.scene, take)[0],
        cache,
    )
    for modifier in owner.modifiers:
        if modifier.type == "MESH_CACHE":
            modifier.filepath = f"//{name}"  # both files may be moved together
    return replace(report, warnings=(*report.warnings, *warnings))


def save_blend(output: Path) -> None:
    """Save the open scene as ``output``; an earlier file stays until it is whole.

    Raises OutputError.
    """
    output = output.absolute()
    # Beside the output and not in a folder of its own, since paths within are relative to it; not
    # made before, since Blender would keep an empty file's "backup".
    with replacing(output, is_made=False) as temporary, says_why(output):
        relink(str(temporary), bpy.data.filepath)
        bpy.ops.wm.save_as_mainfile(filepath=str(temporary), check_existing=False, compress=True)


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; an error is one sentence on stderr."""
    try:
        arguments, options = _split(arguments)
        if len(arguments) not in (2, 4):
            raise SettingsError("Give a take and the .blend file to write.")
        take_path, output = Path(arguments[0]), Path(arguments[1])
        # Read before anything is built: a foreign model must leave no file behind.
        smplx = load_smplx(arguments[2], arguments[3]) if len(arguments) == 4 else None
        if output.suffix != ".blend":
            raise OutputError(f"The output {output} must end in .blend.")
        if not os.path.isdir(output.absolute().parent):
            raise OutputError(
                f"The folder {output.absolute().parent} does not exist; make it first."
            )
        take = load_take(take_path)
        relief = load_relief(options["--depth"], take) if "--depth" in options else None
        if "--clip" in options:  # the footage moved since the take was made
            take = replace(take, clip=replace(take.clip, path=options["--clip"]))
        is_gallery = options.get("--style") == "gallery"
        report = write_blend(take, take_path, output, smplx, is_gallery=is_gallery, relief=relief)
    except LimnError as error:
        sys.stderr.write(f"limn: {error}\n")
        return error.exit_code
    for sentence in (*report.notes, *report.warnings):
        sys.stderr.write(f"limn: {sentence}\n")
    return 0


def _split(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Plain arguments, and the values of the options among them. Raises SettingsError."""
    plain, options, rest = [], {}, list(arguments)
    while rest:
        word = rest.pop(0)
        if word not in ("--style", "--depth", "--clip"):
            plain.append(word)
        elif rest:
            options[word] = rest.pop(0)
        else:
            raise SettingsError(f"{word} needs a value.")
    return plain, options


def _show_frame(take: Take) -> None:
    """Leave the playhead where there is most to see."""
    frames = set_timeline(bpy.context.scene, take)[0].frames
    if len(frames):
        bpy.context.scene.frame_set(round(float(frames[telling_position(take)])))


def _look_through_camera() -> None:
    # Whoever opens the file sees people over the footage at once.
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                space = area.spaces.active
                look_through(bpy.context.scene, space, bpy.context.scene.camera)
                show_bodies(space)


if __name__ == "__main__":
    run_as_process(main)
