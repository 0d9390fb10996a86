"""Files of others through every command that reads their kind, each in a process of its own.

The kind goes by the suffix; every ``.json`` is tried as a bone map, contacts and a descriptor.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .fuzz import Line, Tried, make_take
from .judging import MOST_IN_BLENDER_MB, MOST_MEMORY_MB, run_apart
from .runs import CLIP, run_limn

_IN_BLENDER: Final = ("build", "retarget", ".glb")
_TAKE: Final[tuple[Line, ...]] = (
    ("info", "FILE"),
    ("info", "FILE", "--json"),
    ("people", "FILE"),
    ("people", "FILE", "--rename", "1", "Anna", "-o", "OUT/o.take.npz"),
    ("solve", "FILE", "-o", "OUT/o.take.npz"),
    ("edit", "FILE", "--mirror", "--loop", "4", "--origin", "-o", "OUT/o.take.npz"),
    *(
        ("export", "FILE", "--person", "1", "--to", f"OUT/o{suffix}")
        for suffix in (".bvh", ".csv", ".json", ".coco.json", ".trc", ".amass.npz", ".pc2", ".glb")
    ),
    ("preview", "FILE", "-o", "OUT/o.png"),
    ("preview", "FILE", "--clip", "CLIP", "-o", "OUT/o.mp4"),
    ("build", "FILE", "-o", "OUT/o.blend"),
    ("retarget", "FILE", "--rig", "RIG", "--armature", "Person 1", "-o", "OUT/r.blend"),
)
_RETARGET: Final = ("retarget", "GOOD", "--armature", "Person 1", "-o", "OUT/r.blend")
_LINES: Final[dict[str, tuple[Line, ...]]] = {
    ".take.npz": _TAKE,
    ".npz": (("export", "GOOD", "--to", "OUT/o.pc2", "--smplx", "FILE"),),
    ".json": (
        (*_RETARGET, "--rig", "RIG", "--map", "FILE"),
        ("solve", "GOOD", "--edits", "FILE", "-o", "OUT/o.take.npz"),
        ("models", "add", "MODEL", "--descriptor", "FILE", "--models-folder", "OUT/models"),
    ),
    ".onnx": (("models", "add", "FILE", "--as", "vitpose-b", "--models-folder", "OUT/models"),),
    ".blend": (("retarget", "GOOD", "--rig", "FILE", "-o", "OUT/r.blend"),),
}
_CLIP: Final[tuple[Line, ...]] = (
    ("estimate", "FILE", "--quality", "fast", "-o", "OUT/o.take.npz"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add which files and commands."""
    parser.add_argument("paths", nargs="+", type=Path, help="files, or folders of them")
    parser.add_argument("--commands", nargs="+", help="only these; all by default")


def run(arguments: argparse.Namespace) -> int:
    """Run every command on every file, print the counts, return how many failed."""
    tried = Tried()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        model, rig = folder / "none.onnx", folder / "rig.blend"
        model.write_bytes(b"no network")
        names = {"GOOD": str(make_take(folder)), "CLIP": str(CLIP)}
        names |= {"RIG": str(rig), "MODEL": str(model)}
        has_blender = find_spec("bpy") is not None or shutil.which("blender") is not None
        if has_blender:
            run_limn(("build", "good.take.npz", "-o", "rig.blend"), folder, folder)
        for path in sorted(found for given in arguments.paths for found in _files(given)):
            tried.mutants += 1
            for line in lines_for(path):
                if _needs_blender(line) and not has_blender:
                    continue
                if arguments.commands is None or line[0] in arguments.commands:
                    _try(tried, path.resolve(), line, names, folder)
    return tried.report("files")


def lines_for(path: Path) -> tuple[Line, ...]:
    """The commands that read a file."""
    for suffix, lines in _LINES.items():
        if path.name.endswith(suffix):
            return lines
    return _CLIP


def _files(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    return [path for path in given.iterdir() if path.is_file() and path.suffix != ".md"]


def _needs_blender(line: Line) -> bool:
    return line[0] in _IN_BLENDER or line[-1].endswith(_IN_BLENDER)


def _try(tried: Tried, path: Path, line: Line, names: dict[str, str], folder: Path) -> None:
    """Run one command in a fresh folder, where a failure must leave nothing."""
    out = folder / "out"
    out.mkdir()
    given = {**names, "FILE": str(path)}
    most_mb = MOST_IN_BLENDER_MB if _needs_blender(line) else MOST_MEMORY_MB
    outcome = run_apart([given.get(p, p.replace("OUT/", f"{out}/")) for p in line], folder, most_mb)
    tried.add(f"{path.name}: {' '.join(line)}", line, outcome)
    shutil.rmtree(out)
