"""Fetches a model over https into the user's folder: asked for, resumed, verified, then placed.

What has come is kept in ``.NAME.begun`` until it is whole; ``.NAME.begun-of`` says of which file it
is a part. Nothing reads these two as a model: only what has the right sha256 gets its name. One
download of a model goes on at a time. Run by the worker and the shell, never inside Blender.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import DownloadError, ModelError, OutputError, SettingsError
from ...core.data.types import Progress
from .archive import open_only_model
from .descriptor import Descriptor
from .library import Library, check_content, copy_hashed
from .locking import Taken, locked
from .web import Dropped, Gone, Web

_CHUNK: Final = 1 << 16
_MEGABYTE: Final = 1_000_000
_UNKNOWN_LIMIT: Final = 1 << 30
_ARCHIVE_SLACK: Final = 4 << 20  # what a zip may hold beside the model


@dataclass(frozen=True, slots=True)
class Patience:
    """How much a server may try one's patience.

    ``silence_s`` without a byte ends a connection, as does less than ``window_bytes`` in
    ``window_s``; one that ended early is taken up again ``attempts`` times in all, ``pause_s``
    apart.
    """

    silence_s: float = 30.0
    window_s: float = 60.0
    window_bytes: int = 1 << 16
    attempts: int = 4
    pause_s: float = 1.0


def download(
    descriptor: Descriptor,
    library: Library,
    *,
    consent: bool,
    patience: Patience | None = None,
    schemes: tuple[str, ...] = ("https",),
    url: str | None = None,
) -> Generator[Progress, None, Path]:
    """Fetch the file of ``descriptor`` into ``library``, yielding megabytes done of all.

    ``consent``: the person said yes to this very download. ``schemes`` and ``url`` are for tests
    with a server of their own. Closing the generator stops at once; what came is kept for the next
    time. Returns the model's place. Raises SettingsError without consent or for a model that can't
    be downloaded, DownloadError when the network or the server fails or somebody else downloads it,
    ModelError when what came is not the model, OutputError when it can't be written.
    """
    name = descriptor.name
    if not consent:
        raise SettingsError(f"The download of '{name}' needs your consent.")
    if descriptor.url is None or descriptor.sha256 is None:
        raise SettingsError(
            f"Limn can't download '{name}', as nobody vouches for the sha256 of its file; "
            f"{library.how_to_get(name)}."
        )
    transfer = _Transfer(descriptor, library, url or descriptor.url, schemes, patience)
    transfer.prepare()
    with ExitStack() as held:
        try:
            # Two that write one part file would spoil it for both.
            held.enter_context(locked(library.lock_of(name)))
        except Taken:
            raise DownloadError(
                f"'{name}' is being downloaded already, by another window or shell; wait for that "
                "one, or stop it to go on here."
            ) from None
        except OSError as error:
            raise library.cannot_write(error) from error
        yield from transfer.fetch()
        return transfer.install()


class _Transfer:
    """One download: the part file, and what is known of the file on the server."""

    def __init__(
        self,
        descriptor: Descriptor,
        library: Library,
        url: str,
        schemes: tuple[str, ...],
        patience: Patience | None,
    ) -> None:
        self._descriptor = descriptor
        self._library = library
        self._url = url
        self._patience = patience or Patience()
        self._web = Web(schemes, self._patience.silence_s)
        self._part, self._part_of = library.begun_of(descriptor.name)
        self._is_archive = url.endswith(".zip")
        self._limit = descriptor.size_bytes or _UNKNOWN_LIMIT
        if self._is_archive:
            self._limit += _ARCHIVE_SLACK

    def fetch(self) -> Iterator[Progress]:
        """Bring the part file to its full length, taking up what is there and what breaks off."""
        reason = ""
        for attempt in range(self._patience.attempts):
            if attempt:
                time.sleep(self._patience.pause_s)
            try:
                yield from self._fetch_on()
            except Dropped as dropped:
                reason = str(dropped)
            else:
                return
        kept = self._length() / _MEGABYTE
        tail = f"{kept:.1f} MB of it are kept, start it again to go on" if kept else "try it later"
        raise DownloadError(
            f"The download of '{self._descriptor.name}' from {self._web.host(self._url)} failed: "
            f"{reason}; {tail}."
        )

    def install(self) -> Path:
        """Verify what came and give it its name; a wrong file is deleted."""
        library, name = self._library, self._descriptor.name
        try:
            with library.placing(name) as model:
                with model.path.open("wb") as out:
                    if self._is_archive:
                        with open_only_model(self._part, self._limit) as stream:
                            size, sha256 = copy_hashed(stream, out)
                    else:
                        with self._part.open("rb") as stream:
                            size, sha256 = copy_hashed(stream, out)
                check_content(self._part, self._descriptor, size, sha256)
                library.place(model, replace(self._descriptor, size_bytes=size))
        except ModelError as error:
            self._forget()
            raise ModelError(
                f"What came from {self._url} is not the model '{name}' that Limn knows (its sha256 "
                "differs or it is damaged), so it was deleted; try again, or get it elsewhere."
            ) from error
        self._forget()
        return library.file_of(name)

    def prepare(self) -> None:
        """See that it can begin: a fit address, a folder, room on the disk."""
        self._web.check(self._url)
        folder = self._library.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise self._library.cannot_write(error) from error
        # The part and the model beside it both lie on the disk before the part goes.
        needed = 2 * (self._descriptor.size_bytes or 0) - self._length()
        if free < needed:
            raise OutputError(
                f"The model '{self._descriptor.name}' needs {needed / _MEGABYTE:.0f} MB, and "
                f"{free / _MEGABYTE:.0f} MB are free in {folder}."
            )

    def _fetch_on(self) -> Iterator[Progress]:
        have = self._length()
        of = self._known_version() if have else None
        try:
            answer = self._web.get(self._url, have if of else 0, of)
        except Gone as gone:  # the server has no byte after those that are here
            if gone.length == have:
                return
            self._forget()
            raise Dropped("the file on the server has changed") from None
        with answer:
            total = answer.start + answer.length if answer.length is not None else 0
            if total > self._limit:
                raise self._too_large(total)
            try:
                if not answer.start:
                    self._forget()
                    self._part_of.write_text(f"{self._url}\n{answer.version or ''}\n", "utf-8")
                out = self._part.open("ab")
            except OSError as error:
                raise self._library.cannot_write(error) from error
            with out:
                yield from self._receive(answer, out, total)

    def _receive(self, answer: Any, out: Any, total: int) -> Iterator[Progress]:  # noqa: ANN401
        have, seen = answer.start, _Pace(self._patience)
        while chunk := answer.read(_CHUNK):
            have += len(chunk)
            if have > self._limit:
                self._forget()
                raise self._too_large(have)
            try:
                out.write(chunk)
            except OSError as error:
                raise self._library.cannot_write(error) from error
            seen.count(len(chunk))
            stage = f"downloading {self._descriptor.name} (MB)"
            yield Progress(stage, have // _MEGABYTE, max(total, have) // _MEGABYTE)
        if have < total:
            raise Dropped("the connection ended early")

    def _too_large(self, size: int) -> DownloadError:
        return DownloadError(
            f"The server offers {size / _MEGABYTE:.1f} MB as '{self._descriptor.name}', which has "
            f"no more than {self._limit / _MEGABYTE:.1f} MB; nothing was kept."
        )

    def _length(self) -> int:
        try:
            return self._part.stat().st_size
        except OSError:
            return 0

    def _known_version(self) -> str | None:
        """What the server called the file that the part is of; None when it can't be taken up."""
        try:
            url, version = self._part_of.read_text("utf-8").splitlines()[:2]
        except (OSError, ValueError):
            return None
        return version or None if url == self._url else None

    def _forget(self) -> None:
        try:
            self._part.unlink(missing_ok=True)
            self._part_of.unlink(missing_ok=True)
        except OSError as error:
            raise self._library.cannot_write(error) from error


class _Pace:
    """Ends a connection that only drips."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since_s = time.monotonic()
        self._bytes = 0

    def count(self, size: int) -> None:
        """Count what came. Raises Dropped when it was too little for too long."""
        self._bytes += size
        passed_s = time.monotonic() - self._since_s
        if passed_s < self._patience.window_s:
            return
        if self._bytes < self._patience.window_bytes:
            raise Dropped(f"only {self._bytes} bytes came in {passed_s:.0f} s")
        self._since_s, self._bytes = time.monotonic(), 0
