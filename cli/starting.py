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
import io
import os
import signal
import sys
import warnings

# typing takes longer to load than all the rest, and until signals are heard Ctrl-C is a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

CANCELLED: Final = 130
CANT_WRITE: Final = 7
_STDERR: Final = 2
BROKE_DOWN: Final = 1
_SENTENCE: Final = b"limn: Cancelled; no half-finished file was left.\n"


_words_go_to = _STDERR


def main() -> int:
    """Run the ``limn`` command as a process and return its exit code."""
    open_streams()
    for number in stop_signals():
        signal.signal(number, _stop_at_once)
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
    return leave(code)


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


def stop_signals() -> list[signal.Signals]:
    """The signals that ask a run to stop; a closing terminal's unless nohup took it away."""
    asked = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        asked.append(hang_up)
    return asked


def open_streams() -> None:
    """Give the process three open streams that can show any text.

    Where the caller closed one (``2>&-``), the next file to be opened would take its number and
    get what libraries print. What the terminal's encoding lacks is spelt out, as ``\\u4e2d``.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def hush_libraries() -> None:
    """Give our own sentences a way out of the process that libraries in C don't know.

    libpng and libjpeg print what they think of a damaged picture to descriptor 2, beside our
    sentence; from here on that goes nowhere. Whoever wants OpenCV's words is left them.
    """
    if "OPENCV_LOG_LEVEL" in os.environ or not isinstance(sys.stderr, io.TextIOWrapper):
        return
    try:
        if sys.stderr.fileno() != _STDERR:
            return
        own = os.dup(_STDERR)
    except (OSError, ValueError):
        return
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    sys.stderr.flush()
    global _words_go_to  # noqa: PLW0603 - as process-wide as the stream itself
    _words_go_to = own
    sys.stderr = os.fdopen(own, "w", encoding=encoding, errors=errors, buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)


def words_go_to() -> int:
    """The descriptor of stderr, for moments at which no stream may be asked."""
    return _words_go_to


def leave(code: int) -> int:
    """Write out what was said and return the exit code, which no signal changes any more."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        os._exit(code)

    for number in stop_signals():
        signal.signal(number, end)
    return flush(code)


def flush(code: int) -> int:
    """Write out what was said; returns ``code``, or what stands for a stdout that takes no more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away ("limn info | head").
        _drop(sys.stdout)
        return CANCELLED
    except OSError as error:
        _drop(sys.stdout)
        sys.stderr.write(f"limn: Can't write the output: {error.strerror or error}.\n")
        code = code or CANT_WRITE
    try:
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)
    return code


def _drop(stream: io.TextIOBase | io.TextIOWrapper | object) -> None:
    """Lead what is left in a stream to nowhere: Python would complain of it once more at exit."""
    number = getattr(stream, "fileno")()  # noqa: B009 - a TextIO to type checkers
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _stop_at_once(_signal: int, _frame: FrameType | None) -> None:
    # Nothing has been begun yet, and an exception in the middle of an import comes out as another.
    try:
        os.write(words_go_to(), _SENTENCE)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EIO):
            raise
    os._exit(CANCELLED)
