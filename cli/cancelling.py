"""Ctrl-C, SIGTERM and a parent that closed the pipe all end a run the same way.

While the pipeline runs, the main thread gets a KeyboardInterrupt at once, so that no stage has to
ask. Elsewhere the request waits for the next check: an interrupt while a library is being imported
comes out as an ImportError, and one while a result is being renamed leaves half a file.
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

from ..core.data.types import Progress
from .reporting import Reporter

T = TypeVar("T")


class Cancellation:
    """Whether the run was asked to stop."""

    def __init__(self) -> None:
        self._requested = False
        self._interruptible = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take over SIGINT and SIGTERM for the block; the main thread only."""
        earlier = [
            (number, signal.signal(number, self._stop))
            for number in (signal.SIGINT, signal.SIGTERM)
        ]
        try:
            yield
        finally:
            for number, handler in earlier:
                signal.signal(number, handler)

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
    def interruptible(self) -> Iterator[None]:
        """Let a request end the block at once, by KeyboardInterrupt."""
        self.check()
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False
        self.check()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        # The flag as well as the exception: Python swallows one raised inside a destructor.
        self._requested = True
        if self._interruptible:
            self._interruptible = False
            raise KeyboardInterrupt


def _wait_for_end(descriptor: int) -> None:
    # os.read and not sys.stdin.read: a daemon thread that holds the buffer's lock at exit makes
    # the interpreter abort.
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        # A real signal also ends a wait for the network; the other one would be seen after it.
        signal.pthread_kill(main_thread, signal.SIGINT)
    else:
        _thread.interrupt_main()


def drive(job: Generator[Progress, None, T], reporter: Reporter, cancellation: Cancellation) -> T:
    """Run ``job`` to its end, report its progress and return its result."""
    try:
        with cancellation.interruptible():
            while True:
                try:
                    step = next(job)
                except StopIteration as stop:
                    return stop.value
                cancellation.check()
                reporter.progress(step)
    finally:
        job.close()
