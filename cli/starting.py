"""The first and the last moments of the process: streams that can be written, signals heard.

The command runs in a fork, watched by this process, so that native code that crashes on a file
somebody made ends in a sentence too. The fork is made before anything is loaded and costs a
millisecond.

Nothing but the standard library's smallest modules is imported here: numpy and the commands take
up to a second to load, in which Ctrl-C must already end the program by a sentence.
"""

from __future__ import annotations

import _thread
import errno
import os
import signal
import sys
import warnings

from .process import (
    CANCELLED,
    flush,
    hush_libraries,
    open_streams,
    share_one_heap,
    stop_signals,
    words_go_to,
)

# typing takes longer to load than all the rest, and until signals are heard Ctrl-C is a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

BROKE_DOWN: Final = 1
_SENTENCE: Final = b"limn: Cancelled; no half-finished file was left.\n"


def main() -> int:
    """Run the ``limn`` command as a process and return its exit code."""
    open_streams()
    for number in stop_signals():
        signal.signal(number, _stop_at_once)
    share_one_heap()
    if hasattr(os, "fork"):
        ended = _watch_a_fork()
        if ended is not None:
            # Nothing is to be tidied up, and signals get their defaults while Python ends.
            sys.stderr.flush()
            os._exit(ended)
    if not sys.warnoptions:
        # What libraries think of the numbers in a broken file is no sentence of ours.
        warnings.simplefilter("ignore")
    from .main import run

    hush_libraries()
    try:
        code = run()
    except SystemExit as stop:  # argparse's, after --help and wrong options
        code = stop.code if isinstance(stop.code, int) else 1
    return end(leave(code))


def end(code: int) -> int:
    """End the process here: what Python would take apart the system takes anyway, 0.1 s sooner.

    What is registered for the end is run. Returns ``code`` where a thread is still at work, which
    Python waits for.
    """
    import atexit
    import threading

    here = threading.current_thread()
    if any(not one.daemon for one in threading.enumerate() if one is not here):
        return code
    atexit._run_exitfuncs()
    os._exit(flush(code))


def _watch_a_fork() -> int | None:
    """Fork: None in the child, which is to run the command; the exit code where it was watched."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(theirs)
        _thread.start_new_thread(_end_with_watcher, (ours,))
        return None
    os.close(ours)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            pass  # it has just ended, and is waited for

    for number in stop_signals():
        signal.signal(number, pass_on)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return os.waitstatus_to_exitcode(status)
    number = os.WTERMSIG(status)
    if number in stop_signals():
        return CANCELLED
    sys.stderr.write(f"limn: The run broke down ({signal.Signals(number).name}).\n")
    return BROKE_DOWN


def _end_with_watcher(pipe: int) -> None:
    """End this process when the other end of ``pipe`` is gone: whoever kills one means both."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def leave(code: int) -> int:
    """Write out what was said and return the exit code, which no signal changes any more."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        os._exit(code)

    for number in stop_signals():
        signal.signal(number, end)
    return flush(code)


def _stop_at_once(_signal: int, _frame: FrameType | None) -> None:
    # Nothing has been begun yet, and an exception in the middle of an import comes out as another.
    try:
        os.write(words_go_to(), _SENTENCE)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EIO):
            raise
    os._exit(CANCELLED)
