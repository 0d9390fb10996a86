"""Every format onto a disk that fills: exit 7, one sentence, the earlier file as it was.

As root the disk is a small tmpfs; elsewhere the size of files is limited, which fails as a write to
a full disk does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .runs import Case, Ended, cases, run_limn, workplace

_EARLIER: Final = b"an earlier result"
_CANT_WRITE: Final = 7
_A_CLIP_FAILED: Final = 1
_OF_SEVERAL_CLIPS: Final = frozenset(("bench",))
_PAGE: Final = 4096


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how much is tried."""
    parser.add_argument("--levels", type=int, default=20, help="how often each disk fills")
    parser.add_argument("--formats", nargs="+", help="only these; all by default")
    parser.add_argument(
        "--no-mount", action="store_true", help="limit the size of files, even as root"
    )


def run(arguments: argparse.Namespace) -> int:
    """Try all formats and levels, print the counts, return how many failed."""
    failed = tried = 0
    with workplace() as (folder, scratch):
        disk = _limited_files if arguments.no_mount or not _can_mount() else _small_disk
        for case in cases(arguments.formats):
            wrong = try_levels(case, folder, scratch, arguments.levels, disk)
            tried, failed = tried + arguments.levels, failed + len(wrong)
            print(
                f"{case.name:10} {arguments.levels - len(wrong):3d} of {arguments.levels} well",
                flush=True,
            )
            for line in wrong:
                print(f"    {line}", flush=True)
    print(f"full disk: {tried} tried, {failed} failed", flush=True)
    return failed


Disk = Callable[[Path, int], Iterator[tuple[Path, Callable[[], object] | None]]]


def try_levels(case: Case, folder: Path, scratch: Path, levels: int, disk: Disk) -> list[str]:
    """Run ``case`` with ``levels`` different amounts of space; what went wrong, a line each."""
    ended = run_limn(case.arguments, folder, scratch)
    written = folder / case.output
    if ended.code:
        return [f"fails on a roomy disk: {ended.said}"] * levels
    size = written.stat().st_size
    written.unlink()
    wrong = []
    for level in range(levels):
        room = int(size * (level + 0.5) / levels)
        with contextmanager(disk)(folder, room) as (place, before):
            out = place / case.output
            out.write_bytes(_EARLIER)
            ended = run_limn(_into(case, place), folder, scratch, before)
            if fault := _fault(case, ended, out, place, scratch):
                wrong.append(f"{room} of {size} bytes: {fault}")
    return wrong


def _into(case: Case, place: Path) -> list[str]:
    """The command line with its result in ``place``."""
    moved = [str(place / a) if a == case.output else a for a in case.arguments]
    return [str(place) if a == "." else a for a in moved]


def _fault(case: Case, ended: Ended, out: Path, place: Path, scratch: Path) -> str:
    """What a run that could not write did wrong; empty when nothing."""
    left = sorted({path.name for path in place.iterdir()} - {out.name})
    left += sorted(path.name for path in scratch.iterdir())
    # Of several clips each has its line in the table.
    is_table = case.name in _OF_SEVERAL_CLIPS
    if ended.code != (_A_CLIP_FAILED if is_table else _CANT_WRITE):
        return f"exit {ended.code}, {ended.said.strip()[-200:]}"
    if out.read_bytes() != _EARLIER:
        return "the earlier file is gone"
    if left:
        return f"left behind: {', '.join(left)}"
    return "" if is_table or ended.is_one_sentence else f"said {ended.said!r}"


def _can_mount() -> bool:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


def _small_disk(folder: Path, room: int) -> Iterator[tuple[Path, None]]:
    """A disk with about ``room`` bytes left beside an earlier result."""
    place = folder / "disk"
    place.mkdir()
    # The earlier result takes a page; folders and links take none of tmpfs's.
    size = _PAGE * (1 + room // _PAGE)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place, None
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def _limited_files(folder: Path, room: int) -> Iterator[tuple[Path, Callable[[], object]]]:
    """A folder, and a call that keeps files of the process that makes it below ``room`` bytes."""
    import resource

    place = folder / "disk"
    place.mkdir()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield place, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    finally:
        shutil.rmtree(place)
