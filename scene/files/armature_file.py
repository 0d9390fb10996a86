"""An armature's action of a .blend file: ``python -m limn.scene.files.armature_file RIG OUT``.

Runs in a Python that has the bpy module, and inside ``blender --background``. The file is opened
without running its scripts, and stays as it is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ...core.data.errors import LimnError
from ..motion.sampling import sample_armature
from .process import run_as_process
from .retarget_file import open_rig


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; an error is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="armature_file")
    for name in ("rig", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--armature")
    given = parser.parse_args(arguments)
    try:
        armature, scene = open_rig(given.rig, given.armature)
        sample_armature(scene, armature, given.output)
    except LimnError as error:
        sys.stderr.write(f"limn: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    run_as_process(main)
