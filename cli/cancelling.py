"""Ctrl-C, SIGTERM and a parent that closed the pipe all end a run the same way.

The main thread gets a KeyboardInterrupt at once, so that no stage has to ask; while a result is
being renamed into place it is held back, so that no half file is left.
"""

from __future__ import annotations

import _thread
import os
import signal
import stat
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from ..core.types import Progress
from .reporting import Reporter

T = TypeVar("T")


class Cancellation:
    """Whether the run was asked to stop; ``listen`` is called once, from the main thread."""

    def __init__(self) -> None:
        self._requested = False
        self._held = False

    def listen(self) -> None:
        """Take over SIGINT and SIGTERM (where the system has it) from here on."""
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)

    def watch_stdin(self) -> None:
        """Stop the run when the other end of stdin, if it is a pipe, is closed.

        A worker whose Blender was killed gets no signal; the closed pipe is all it sees.
        """
        try:
            mode = os.fstat(sys.stdin.fileno()).st_mode
        except (AttributeError, OSError, ValueError):
            return  # no stdin at all
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            threading.Thread(target=_wait_for_end, args=(sys.stdin.fileno(),), daemon=True).start()

    def check(self) -> None:
        """Raise KeyboardInterrupt when the run was asked to stop."""
        if self._requested:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing interrupt the block; an earlier request stops it before it starts."""
        self._held = True
        try:
            self.check()
            yield
        finally:
            self._held = False

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        # The flag as well as the exception: Python swallows one raised inside a destructor.
        self._requested = True
        if not self._held:
            raise KeyboardInterrupt


def _wait_for_end(descriptor: int) -> None:
    # os.read and not sys.stdin.read: a daemon thread that holds the buffer's lock at exit makes
    # the interpreter abort.
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    _thread.interrupt_main()


def drive(job: Generator[Progress, None, T], reporter: Reporter, cancellation: Cancellation) -> T:
    """Run ``job`` to its end, report its progress and return its result."""
    try:
        while True:
            try:
                step = next(job)
            except StopIteration as stop:
                return stop.value
            cancellation.check()
            reporter.progress(step)
    finally:
        job.close()
