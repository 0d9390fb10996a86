"""Text of others made fit to be shown: on a terminal, in a panel, in a report, in a line of a file.

Names and paths come from files that anybody may have made. An escape character in one moves the
cursor or rewrites the window's title, a line break fakes a line of ours, a bidirectional override
makes ``gpj.exe`` of ``exe.jpg``, and half a surrogate pair, which is what Python makes of a byte
that isn't UTF-8, can't be written in any encoding and ends native code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

MOST_SHOWN: Final = 2000
"""Characters of one text that are shown; a path may have 4096."""

MOST_OF_A_NAME: Final = 120  # characters

_UNFIT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks, overrides and isolates of direction
    "\u2028\u2029\ufeff"  # separators of lines and paragraphs; a mark of byte order
    "\ud800-\udfff]"  # halves of surrogate pairs
)
_LINE_END: Final = "\n"


def showable(text: str, most: int = MOST_SHOWN) -> str:
    r"""``text`` as one line of at most ``most`` characters, without anything that isn't a sign.

    What would steer a terminal or can't be written is spelt out: ``\x1b``, ``\n``, ``\u202e``; a
    byte of a file's name that isn't UTF-8 as ``\xe9``. Too long a text loses its middle.
    """
    shown = _UNFIT.sub(_spelt, text)
    if len(shown) <= most:
        return shown
    head = (most - 5) * 2 // 3
    return f"{shown[:head]} ... {shown[len(shown) - (most - 5 - head) :]}"


def showable_lines(text: str) -> str:
    """``text`` of our own making, its line breaks kept and each of its lines ``showable``."""
    return _LINE_END.join(showable(line) for line in text.split(_LINE_END))


def is_text(path: str | PurePath) -> bool:
    """Whether a path is text that native libraries and Blender can take."""
    try:
        return b"\0" not in os.fspath(path).encode("utf-8")
    except UnicodeEncodeError:
        return False


def check_text(path: str | PurePath, what: str, error: Callable[[str], Exception]) -> None:
    """Raise ``error`` for a path that native code can't take; ``what`` says what it is a path of.

    OpenCV, ONNX Runtime and Blender take UTF-8; some end the process at anything else.
    """
    if not is_text(path):
        raise error(f"The name of {what} {path} isn't text in UTF-8; rename it.")


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps an undecodable byte
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode("ascii")
