"""Two runs that write one file at the same time: the file is always one of the two results."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...core.data.writing.wholeness import is_whole
from .runs import cases, command, environment, workplace

_EDIT: Final = ("edit", "walk.take.npz", "-o", "out.take.npz")
_PAIRS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    ((*_EDIT, "--mirror"), (*_EDIT, "--facing", "90")),
    ((*_EDIT, "--mirror"), ("solve", "walk.take.npz", "--height", "1.9", "-o", "out.take.npz")),
    *(
        (
            ("export", "walk.take.npz", "--person", "1", "--to", f"out.{suffix}"),
            ("export", "walk.take.npz", "--person", "2", "--to", f"out.{suffix}"),
        )
        for suffix in ("bvh", "csv", "json", "coco.json", "amass.npz", "trc", "smpl", "pc2", "mdd")
    ),
    *(
        (
            ("preview", "walk.take.npz", "-o", f"out.{suffix}"),
            ("preview", "walk.take.npz", "--style", "gallery", "-o", f"out.{suffix}"),
        )
        for suffix in ("mp4", "gif", "png")
    ),
)
_BLENDERS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        ("build", "walk.take.npz", "-o", "out.blend"),
        ("build", "walk.take.npz", "--style", "gallery", "-o", "out.blend"),
    ),
    *(
        (
            ("export", "walk.take.npz", "--person", "1", "--to", f"out.{suffix}"),
            ("export", "walk.take.npz", "--person", "2", "--to", f"out.{suffix}"),
        )
        for suffix in ("fbx", "glb", "usdc", "abc")
    ),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how much is tried."""
    parser.add_argument("--pairs", type=int, default=100, help="how many pairs run")
    parser.add_argument("--no-blender", action="store_true", help="leave out what Blender writes")


def run(arguments: argparse.Namespace) -> int:
    """Run pairs of commands, print the counts, return how many files were damaged."""
    pairs: list[tuple[tuple[str, ...], tuple[str, ...]]] = list(_PAIRS)
    if not arguments.no_blender and cases(("blend",)):
        pairs += _BLENDERS
    failed = 0
    with workplace() as (folder, scratch):
        for number in range(arguments.pairs):
            if fault := run_pair(pairs[number % len(pairs)], folder, scratch):
                failed += 1
                print(fault, flush=True)
    print(f"writers: {arguments.pairs} pairs, {failed} damaged", flush=True)
    return failed


def run_pair(pair: Sequence[Sequence[str]], folder: Path, scratch: Path) -> str:
    """Run two commands at once whose last argument, or that after -o, is one file; the fault."""
    output = folder / next(a for a in pair[0] if a.startswith("out."))
    there = {path.name for path in folder.iterdir()} | {output.name}
    running = [
        subprocess.Popen(
            command(arguments),
            cwd=folder,
            env=environment(scratch),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for arguments in pair
    ]
    said = [process.communicate()[1].decode("utf-8", "replace").strip() for process in running]
    where = f"{' '.join(pair[0])}: "
    for process, text in zip(running, said, strict=True):
        if process.returncode:
            return f"{where}exit {process.returncode}, {text}"
    if not is_whole(output, output.name) or not _loads(output):
        return f"{where}the file is damaged"
    left = {path.name for path in folder.iterdir()} - there
    left |= {path.name for path in scratch.iterdir()}
    output.unlink()
    return f"{where}left behind: {', '.join(sorted(left))}" if left else ""


def _loads(path: Path) -> bool:
    if not path.name.endswith(".take.npz"):
        return True
    try:
        load_take(path)
    except LimnError:
        return False
    return True
