"""The one way to write a file: under a temporary name, checked, then put in the place of the old.

Whoever looks sees the whole old file or the whole new one, also when the disk fills, the run is
killed, the power goes, or two runs write the same file at once (the last one to end stays).
"""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from ..errors import OutputError
from ..profiling.resting import let_rest
from .temporaries import forget, remove, sweep_now_and_then, temporary_beside
from .wholeness import is_whole

_EXCLUSIVE: Final = (
    os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
_CANT_SYNC: Final = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)

Check = Callable[[Path], bool]


class Unfinished:
    """A file on its way to ``target``, which keeps what it holds until ``commit``.

    Write to ``path``, then ``commit``; in any case ``drop`` in the end. A file that is replaced
    gives its permissions to the new one. A link at the target's name is replaced as well; what it
    points to stays as it is. Raises OutputError where the target can't be replaced, and OSError.
    """

    def __init__(self, target: str | Path, *, is_made: bool = True) -> None:
        self.target = Path(target)
        check_replaceable(self.target)
        sweep_now_and_then(self.target.absolute().parent)
        self.path = temporary_beside(self.target)
        if is_made:
            try:
                os.close(os.open(self.path, _EXCLUSIVE, 0o666))
            except OSError:
                forget(self.path)  # nothing was made: what may lie there is somebody else's
                raise
            _take_after(self.path, self.target)

    def commit(self, check: Check | None = None, written: Path | None = None) -> None:
        """Give the file its name, once it is whole and safely on the disk.

        ``check`` is asked beside what the format's own marks tell. ``written`` is where the file
        lies, if not at ``path``. Raises OutputError when only a part of it is there, and OSError.
        """
        path = written or self.path
        if not is_whole(path, self.target.name) or not (check is None or check(path)):
            raise OutputError(
                f"Can't write {self.target}: only a part of it arrived; the disk may be full."
            )
        _take_after(path, self.target)
        _sync(path)
        check_replaceable(self.target)
        os.replace(path, self.target)
        with suppress(OSError):  # Windows opens no folders
            _sync(self.target.absolute().parent)

    def drop(self) -> None:
        """Remove what was not committed."""
        remove(self.path)


@contextmanager
def replacing(
    path: str | Path, check: Check | None = None, *, is_made: bool = True
) -> Generator[Path]:
    """Yield a path to write to, whose file takes the place of ``path`` at the end of the block.

    It keeps the suffix, since some libraries go by it, and is there already, empty, unless
    ``is_made`` is False. When the block raises, an earlier ``path`` stays as it was.
    ``check`` says whether what was written is whole. Raises OutputError.
    """
    target = Path(path)
    with told(target):
        unfinished = Unfinished(target, is_made=is_made)
        try:
            yield unfinished.path
            unfinished.commit(check)
        finally:
            unfinished.drop()


@contextmanager
def replacing_from_folder(path: str | Path, check: Check | None = None) -> Generator[Path]:
    """As ``replacing``, for libraries that put more beside what they write, or keep its name.

    What is yielded has the name of ``path``, in a folder of its own. Raises OutputError.
    """
    target = Path(path)
    with told(target):
        unfinished = Unfinished(target, is_made=False)
        try:
            unfinished.path.mkdir(0o700)
            yield unfinished.path / target.name
            unfinished.commit(check, unfinished.path / target.name)
        finally:
            unfinished.drop()


@contextmanager
def new_file(path: str | Path) -> Generator[IO[bytes]]:
    """Open ``path`` for bytes; an earlier file stays until the block has ended well.

    Raises OutputError.
    """
    with replacing(path) as temporary:
        with open(temporary, "wb", opener=_no_link) as stream:
            yield stream


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data``. Raises OutputError."""
    with new_file(path) as stream:
        stream.write(data)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 ``text`` with its line ends as they are. Raises OutputError."""
    write_bytes(path, text.encode("utf-8"))


def write_parts(path: str | Path, parts: Iterable[str]) -> None:
    """Write UTF-8 text as it comes: a file may be larger than the memory. Raises OutputError."""
    with new_file(path) as stream:
        for part in parts:
            stream.write(part.encode("utf-8"))


def write_npz(path: str | Path, arrays: Mapping[str, Any], *, is_packed: bool = True) -> None:
    """Write numpy's ``.npz`` of ``arrays``, compressed if ``is_packed``, as numpy would.

    Raises OutputError, and ValueError for an array of Python objects.
    """
    method = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
    # Not numpy.savez: when a write fails it leaves its archive open, which complains later.
    with new_file(path) as stream, zipfile.ZipFile(stream, "w", method) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
            let_rest()


def check_replaceable(path: Path) -> None:
    """Raise OutputError when there is something at ``path`` that a file may not replace."""
    try:
        mode = path.lstat().st_mode
        is_folder = path.is_dir()
    except (FileNotFoundError, NotADirectoryError):
        return
    except ValueError as error:  # a zero byte, or half a surrogate pair
        raise OutputError(f"Can't write {path!r}: no file can have this name.") from error
    except OSError as error:
        raise OutputError(f"Can't write {path}: {error.strerror or error}.") from error
    if is_folder:
        raise OutputError(f"Can't write {path}: it is a folder.")
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise OutputError(f"Can't write {path}: it is no ordinary file.")
    if not mode & 0o222:
        raise OutputError(f"Can't write {path}: the file is read-only.")


@contextmanager
def told(target: Path) -> Generator[None]:
    """Turn an OSError of the block into the OutputError that names ``target``."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        if isinstance(error, FileNotFoundError) and not target.absolute().parent.is_dir():
            why = "its folder does not exist"
        raise OutputError(f"Can't write {target}: {why}.") from error


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _take_after(path: Path, target: Path) -> None:
    """Give ``path`` the owner and the permissions of the file it is to replace, if there is one."""
    try:
        old = target.lstat()
    except OSError:
        return
    if not stat.S_ISREG(old.st_mode):
        return
    new = path.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, old.st_uid, old.st_gid)
    with suppress(OSError):  # some file systems know no permissions
        path.chmod(stat.S_IMODE(old.st_mode))


def _sync(path: Path) -> None:
    """Have the system put ``path`` on the disk, where also a full one is noticed at the latest."""
    # Windows syncs only what was opened for writing; folders can't be.
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANT_SYNC:
            raise
    finally:
        os.close(descriptor)
