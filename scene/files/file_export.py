"""A take through Blender's own exporters: ``python -m limn.scene.files.file_export TAKE FILE ...``.

Runs in a Python that has the bpy module, and inside ``blender --background``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy

from ...core.bodies.smplx_model import SmplxModel, load_smplx
from ...core.data.errors import LimnError, OutputError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...core.editing.trimming import stretch
from ..build import build_take
from .exporters import export_scene
from .process import run_as_process

_MOST_FRAMES_A_POSE: Final = 20
_FEW_POSES: Final = 250


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; an error is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="file_export")
    parser.add_argument("take", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--person")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=None)
    parser.add_argument("--smplx")
    parser.add_argument("--gender", default="neutral")
    given = parser.parse_args(arguments)
    try:
        take = load_take(given.take)
        last = len(take.time_s) - 1 if given.last is None else given.last
        chosen = stretch(take, given.person, given.first, last)
        model = None if given.smplx is None else load_smplx(given.smplx, given.gender)
        _write(chosen, given.take, given.file, model)
    except LimnError as error:
        sys.stderr.write(f"limn: {error}\n")
        return error.exit_code
    return 0


def check_span(path: Path, poses: int, frames: int) -> None:
    """Raise OutputError where nearly all ``frames`` of a file would lie in gaps between poses.

    Blender's exporters write every frame of the scene, for hours if the clip's times jump by one.
    """
    if frames > _MOST_FRAMES_A_POSE * max(poses, _FEW_POSES):
        raise OutputError(
            f"{path.name} would hold {frames} frames for {poses} of the clip, whose times have a "
            "gap; export a stretch before or after it with --first-frame and --last-frame."
        )


def _write(take: Take, take_path: Path, path: Path, smplx: SmplxModel | None) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    report = build_take(
        bpy.context, take, take_path=str(take_path.absolute()), smplx=smplx, with_stage=False
    )
    scene = bpy.context.scene
    check_span(path, len(take.time_s), scene.frame_end - scene.frame_start + 1)
    armatures = [bpy.data.objects[name] for name in report.armatures]
    export_scene(bpy.context, armatures, path.absolute())


if __name__ == "__main__":
    run_as_process(main)
