"""Names for files that are being written, and sweeping away those of runs that were killed.

A temporary name is ``.limn-MACHINE-PROCESS-RANDOM.suffix``: nobody else has it, and anybody can see
whose it is. The leading dot keeps it out of sequences of pictures and lists of takes.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"\.limn-([0-9a-f]{8})-([0-9]{1,10})-[0-9a-f]{8}(\..*)?", re.DOTALL)
_ABANDONED_S: Final = 24 * 3600.0
"""Longer than any write; whose process can't be asked, is given up after this."""
_SWEEP_EVERY_S: Final = 60.0  # a folder is looked through no more often

_BLENDERS: Final = ("@", "1")
"""Blender writes x.blend as x.blend@ and keeps what it replaces as x.blend1."""

_unfinished: set[Path] = set()
"""What this process is writing just now."""
_swept_at_s: dict[Path, float] = {}


def temporary_beside(target: Path) -> Path:
    """A name in the folder of ``target`` that nothing has, with its last suffix, and keep it.

    Libraries choose the format by that suffix. The rest of the target's name is left out: with it
    the name could be longer than file systems allow. Give it to ``remove`` in the end.
    """
    path = _temporary(target.absolute().parent, target.suffix)
    _unfinished.add(path)
    return path


@contextmanager
def scratch_folder() -> Generator[Path]:
    """A folder of this run's own where the system keeps temporary files, removed at the end.

    What killed runs left there is removed first. Raises OSError.
    """
    parent = Path(tempfile.gettempdir())
    sweep(parent)
    path = _temporary(parent, "")
    _unfinished.add(path)
    try:
        path.mkdir(0o700)
        yield path
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Remove a temporary file or folder, if it is there, and what Blender left by its name."""
    for end in ("", *_BLENDERS):
        _remove_one(path.with_name(path.name + end))
    _unfinished.discard(path)


def forget(path: Path) -> None:
    """Give back a name under which nothing was made."""
    _unfinished.discard(path)


def remove_unfinished() -> None:
    """Remove all that this process is writing; for the moment before it ends."""
    for path in tuple(_unfinished):
        found = _NAME.fullmatch(path.name)
        if found is not None and int(found[2]) == os.getpid():  # not the parent's, after a fork
            remove(path)


# An interrupt may come between the making of a file and what guards it.
atexit.register(remove_unfinished)


def sweep(folder: Path) -> int:
    """Remove from ``folder`` what runs left that were killed while they wrote; how many files.

    Whatever a process of this machine still has in hand stays, however old it is. Where the
    process can't be asked (another machine, another boot, Windows), what nobody has touched for a
    day goes. Errors are not told: leftovers do no harm.
    """
    count = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _NAME.fullmatch(entry.name)
            if found is not None and _is_left(Path(entry.path), found[1], int(found[2])):
                _remove_one(Path(entry.path))
                count += 1
    return count


def sweep_now_and_then(folder: Path) -> None:
    """``sweep``, unless that was done a moment ago: a folder may get thousands of files."""
    now_s = time.monotonic()
    if now_s - _swept_at_s.get(folder, -_SWEEP_EVERY_S) >= _SWEEP_EVERY_S:
        _swept_at_s[folder] = now_s
        sweep(folder)


def _temporary(folder: Path, suffix: str) -> Path:
    return folder / f".limn-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}"


def _remove_one(path: Path) -> None:
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _is_left(path: Path, machine: str, process: int) -> bool:
    if machine == _machine() and os.name == "posix":
        if process == os.getpid():
            return not any(path.name.startswith(own.name) for own in _unfinished)
        return not _is_running(process)
    try:
        touched_s = path.lstat().st_mtime
        if path.is_dir() and not path.is_symlink():
            touched_s = max([touched_s, *(inner.lstat().st_mtime for inner in path.iterdir())])
    except OSError:
        return False
    return time.time() - touched_s > _ABANDONED_S


def _is_running(process: int) -> bool:
    """Whether a process of this machine runs. Not for Windows, where signal 0 would end it."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # somebody else's
    try:
        # One that ended and that nobody has waited for can still be signalled.
        status = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[:1] not in (["Z"], ["X"])


@cache
def _machine() -> str:
    """Stands for everybody who means the same process by the same number.

    That is one boot of one machine, and within it one container: on a shared drive the numbers of
    others say nothing.
    """
    parts = [platform.node()]
    if sys.platform == "linux":
        with suppress(OSError):
            parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
            parts.append(os.readlink("/proc/self/ns/pid"))
    else:
        parts.append(f"{uuid.getnode():x}")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:8]
