"""The process's own streams and signals, for its first moments and its last.

Only the smallest modules of the standard library: what is here must work before anything is loaded.
"""

from __future__ import annotations

import io
import os
import signal
import sys

# typing takes longer to load than all the rest, and until signals are heard Ctrl-C is a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

CANCELLED: Final = 130
CANT_WRITE: Final = 7
_STDERR: Final = 2
_M_ARENA_MAX: Final = -8  # of glibc's malloc.h

_words_go_to = _STDERR


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


def share_one_heap() -> None:
    """Have all threads to come take memory from one heap (glibc), which costs them nothing here.

    Else each keeps what it freed for itself: 50 MB of a run's 450.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return
    import ctypes

    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (OSError, AttributeError):
        pass  # another C library, which does as it likes


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


def flush(code: int) -> int:
    """Write out what was said; returns ``code``, or what stands for a stdout that takes no more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away ("limn info | head").
        _drop(sys.stdout)
        return CANCELLED
    except OSError as error:
        return unwritten(error, code)
    return _flush_errors(code)


def unwritten(error: OSError, code: int = 0) -> int:
    """Say that stdout takes no more, as a full disk does; returns ``code``, or what stands for it.

    Nothing that is left in it is tried again.
    """
    _drop(sys.stdout)
    return _flush_errors(
        code or CANT_WRITE, f"limn: Can't write the output: {error.strerror or error}.\n"
    )


def _flush_errors(code: int, sentence: str = "") -> int:
    try:
        sys.stderr.write(sentence)
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)
    return code


def _drop(stream: io.TextIOBase | io.TextIOWrapper | object) -> None:
    """Lead what is left in a stream to nowhere: Python would complain of it once more at exit."""
    number = getattr(stream, "fileno")()  # noqa: B009 - a TextIO to type checkers
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
