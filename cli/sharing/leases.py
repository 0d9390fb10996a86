"""One at a time: a lease file beside each take, so that machines on one share don't meet.

A holder rewrites its lease every few seconds. Who wants it watches by their own clock whether it
changes, as clocks of machines differ; one that doesn't change for a while, or whose process is gone
from this very machine, is taken over, by a rename that only one can win.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

STALE_S: Final = 45.0  # without a change, after which its holder counts as dead
REFRESH_S: Final = 5.0  # between two signs of life
_KEPT_S: Final = 0.05  # after which a lease that nobody put aside stays
SUFFIX: Final = ".lease"


class Lease:
    """The right to make one take; ``acquire`` it, and ``release`` it after."""

    def __init__(
        self, output: Path, stale_s: float = STALE_S, refresh_s: float = REFRESH_S
    ) -> None:
        self._path = output.with_name(output.name + SUFFIX)
        self._stale_s, self._refresh_s = stale_s, refresh_s
        self._mine = uuid.uuid4().hex
        self._beats = 0
        self._seen: tuple[str, float] | None = None
        self._over = threading.Event()
        self._life: threading.Thread | None = None
        self._tell_loss: Callable[[], None] | None = None
        self.is_lost = False
        """Whether somebody took it over, as this process was stopped or cut off for so long."""

    @property
    def is_held(self) -> bool:
        """Whether it was acquired, and neither released nor lost."""
        return self._life is not None and not self._over.is_set() and not self.is_lost

    def on_loss(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called, from a thread, once somebody takes it over."""
        self._tell_loss = tell

    def acquire(self) -> bool:
        """Take the lease if nobody lives who holds it; to be asked again and again."""
        if self._create():
            return self._is_kept()
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return self._create() and self._is_kept()
        except (OSError, ValueError):
            return False
        now = time.monotonic()
        if self._seen is None or self._seen[0] != text:
            self._seen = text, now
        if not _is_gone(text) and now - self._seen[1] < self._stale_s:
            return False
        return self._put_aside(text) and self._create() and self._is_kept()

    def _put_aside(self, judged: str) -> bool:
        """Rename the lease away that was ``judged`` to be a dead one's; whether it was that one.

        Between the look and the rename somebody else may have taken it over: theirs goes back.
        """
        aside = self._path.with_name(f"{self._path.name}.{self._mine}")
        try:
            os.rename(self._path, aside)
            is_dead = aside.read_text("utf-8") == judged
            if not is_dead:
                with contextlib.suppress(OSError):  # there is another already
                    os.link(aside, self._path)
            os.unlink(aside)
        except (OSError, ValueError):
            return False  # somebody else was faster
        return is_dead

    def _is_kept(self) -> bool:
        """Whether the lease that was just made is still there: who judged an earlier one may have
        put this one aside, and somebody may have been faster while it was away."""
        if not self._path.parent.is_dir() or not os.access(self._path.parent, os.W_OK):
            return True  # there is none, and whoever writes the take says why
        time.sleep(_KEPT_S)
        try:
            is_mine = self._mine in self._path.read_text("utf-8")
        except (OSError, ValueError):
            is_mine = False
        if not is_mine:
            self.release()
            self._over = threading.Event()
        return is_mine

    def release(self) -> None:
        """Give it back, unless somebody took it over meanwhile."""
        self._over.set()
        self._tell_loss = None
        if self._life is not None:
            self._life.join()
        try:
            if self._mine in self._path.read_text("utf-8"):
                os.unlink(self._path)
        except (OSError, ValueError):
            pass

    def clear(self) -> None:
        """Remove the lease of somebody who is known to be dead."""
        if self._path.exists() and self.acquire():
            self.release()

    def _create(self) -> bool:
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        except OSError:
            # A folder that can't be written is told by whoever writes the take.
            return not self._path.parent.is_dir() or not os.access(self._path.parent, os.W_OK)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(self._words())
        self._life = threading.Thread(target=self._live, daemon=True)
        self._life.start()
        return True

    def _words(self) -> str:
        self._beats += 1
        return json.dumps(
            {"host": socket.gethostname(), "pid": os.getpid(), "id": self._mine, "n": self._beats}
        )

    def _live(self) -> None:
        shown_s = time.monotonic()
        while not self._over.wait(self._refresh_s):
            try:
                is_mine = self._mine in self._path.read_text("utf-8")
                if is_mine:
                    self._path.write_text(self._words(), "utf-8")
                    shown_s = time.monotonic()
            except FileNotFoundError:  # put aside by somebody who judges it, or gone with the share
                is_mine = time.monotonic() - shown_s < self._stale_s or not self._has_folder()
                if is_mine:
                    self._put_back()
            except (OSError, ValueError):
                continue  # a share that is away for a while
            if not is_mine:
                self._lose()
                return

    def _lose(self) -> None:
        """Somebody took it over, as this process showed no life; they may be done by now."""
        if not self._over.is_set():
            self.is_lost = True
            tell = self._tell_loss
            if tell is not None:
                tell()

    def _has_folder(self) -> bool:
        return self._path.parent.is_dir()

    def _put_back(self) -> None:
        with contextlib.suppress(OSError):
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(self._words())


def _is_gone(text: str) -> bool:
    """Whether the lease's process ran on this machine and does no more."""
    try:
        told = json.loads(text)
        host, pid = str(told["host"]), int(told["pid"])
    except (ValueError, KeyError, TypeError):
        return False
    if host != socket.gethostname() or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
