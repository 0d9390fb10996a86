"""Ctrl-C, SIGTERM and a parent that closed the pipe all end a run the same way.

While the pipeline runs, the main thread gets a KeyboardInterrupt at once, so that no stage has to
ask. Elsewhere the request waits for the next check, but not long: an interrupt while a library is
being imported comes out as an ImportError, and one while a result is being written costs cleaning
up. Native code that doesn't come back is left by ending the process.
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
from typing import Final, TypeVar

from ..core.data.types import Progress
from ..core.data.writing import remove_unfinished
from ..core.pipeline.job import Job
from ..models.isolation import live
from .process import CANCELLED, stop_signals, words_go_to
from .reporting import Reporter

T = TypeVar("T")
_PATIENCE_S: Final = 2.0
"""How long a request waits for a check before it becomes an interrupt wherever the run is."""
_AGAIN_S: Final = 0.2
_FORCE_S: Final = 5.0
"""How long a request waits for the main thread, which may be in native code, in all."""
_BY_FORCE: Final = (
    b"limn: Cancelled by force, as the run didn't answer; a temporary file that it may have left "
    b"goes with a later run.\n"
)


class Cancellation:
    """Whether the run was asked to stop."""

    def __init__(self) -> None:
        self._requested = False
        self._interruptible = False
        self._is_late = False
        self._is_answered = False
        self._woken = threading.Event()
        self._over = threading.Event()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take over the signals that ask to stop for the block; the main thread only."""
        live.allow_all()
        threading.Thread(target=self._hurry, daemon=True).start()
        earlier = [(number, signal.signal(number, self._stop)) for number in stop_signals()]
        try:
            yield
        finally:
            for number, handler in earlier:
                signal.signal(number, handler)
            self._over.set()
            self._woken.set()

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

    @property
    def is_requested(self) -> bool:
        """Whether the run was asked to stop, so that whatever fails from now on fails by that."""
        return self._requested

    def check(self) -> None:
        """Raise KeyboardInterrupt when the run was asked to stop."""
        if self._requested:
            self._is_answered = True
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

    def _stop(self, _signal: int, frame: FrameType | None) -> None:
        # The flag as well as the exception: Python swallows one raised inside a destructor.
        is_first, self._requested = not self._requested, True
        if is_first:
            self._woken.set()
            live.stop_all()  # threads wait for them
        if self._interruptible or (self._is_late and not _is_importing(frame)):
            self._interruptible = self._is_late = False
            self._is_answered = True
            raise KeyboardInterrupt

    def _hurry(self) -> None:
        """Wait for a request, then see that it is answered."""
        self._woken.wait()
        if self._over.wait(_PATIENCE_S):
            return
        # Once it is answered only what tidies up runs, which must not be interrupted.
        self._is_late = not self._is_answered
        for _ in range(round((_FORCE_S - _PATIENCE_S) / _AGAIN_S)):
            if self._is_late:
                interrupt_main()
            if self._over.wait(_AGAIN_S):
                return
        try:
            os.write(words_go_to(), _BY_FORCE)
        finally:
            remove_unfinished()
            os._exit(CANCELLED)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _wait_for_end(descriptor: int) -> None:
    # os.read and not sys.stdin.read: a daemon thread that holds the buffer's lock at exit makes
    # the interpreter abort.
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError:
        pass
    interrupt_main()


def interrupt_main() -> None:
    """Ask the main thread to stop, as Ctrl-C does."""
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        # A real signal also ends a wait for the network; the other one would be seen after it.
        signal.pthread_kill(main_thread, signal.SIGINT)
    else:
        _thread.interrupt_main()


def drive(
    job: Job[T] | Generator[Progress, None, T], reporter: Reporter, cancellation: Cancellation
) -> T:
    """Run ``job`` to its end, report its progress and return its result."""

    def tell(step: Progress) -> None:
        cancellation.check()
        reporter.progress(step)

    with cancellation.interruptible():
        return (job if isinstance(job, Job) else Job(job)).run(tell)
