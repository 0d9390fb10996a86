"""Names and paths of others never steer a terminal, fake a line or end native code."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from limn.core.data.errors import ClipError, LimnError
from limn.core.data.safe_text import MOST_SHOWN, check_text, is_text, showable, showable_lines

SPELT = {
    "\x1b[31mred\x07": r"\x1b[31mred\x07",
    "one\ntwo\r\tthree": r"one\ntwo\r\tthree",
    "\x9b31m": r"\x9b31m",  # C1's own way to start a colour
    "exe\u202egpj.scr": r"exe\u202egpj.scr",
    "\u2066a\u2069\u200fb\u061c": r"\u2066a\u2069\u200fb\u061c",
    "a\u2028b\u2029c\ufeff": r"a\u2028b\u2029c\ufeff",
    "half \ud83d": r"half \ud83d",
    os.fsdecode(b"caf\xe9.mp4"): r"caf\xe9.mp4",
    "nul\0": r"nul\x00",
}


@pytest.mark.parametrize(("text", "shown"), SPELT.items(), ids=range(len(SPELT)))
def test_what_steers_or_cannot_be_written_is_spelt_out(text: str, shown: str) -> None:
    assert showable(text) == shown


@pytest.mark.parametrize(
    "name", ["Zoë", "Ж 李 さん", "👩‍👩‍👧 family", "C:\\clips\\a b.mp4", "naïve"]
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert showable(name) == name


def test_every_control_character_and_surrogate_is_caught() -> None:
    for code in range(0x110000):
        kind = unicodedata.category(chr(code))
        direction = unicodedata.bidirectional(chr(code))
        steers = direction in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
        if kind in ("Cc", "Cs", "Zl", "Zp") or steers:
            assert showable(chr(code)).isascii(), hex(code)


def test_too_long_a_text_loses_its_middle() -> None:
    shown = showable("begin" + "x" * 100_000 + "end.mp4")
    assert len(shown) == MOST_SHOWN
    assert shown.startswith("beginx")
    assert shown.endswith("xend.mp4")
    assert len(showable("\x1b" * 5000, 100)) == 100


def test_lines_of_our_own_stay_lines() -> None:
    assert showable_lines("a\x1b\nb\r\n") == "a\\x1b\nb\\r\n"


def test_an_error_is_one_line_whatever_is_in_it() -> None:
    error = LimnError("Can't read a\n\x1b[2Jb\udce9: no.")
    assert str(error) == r"Can't read a\n\x1b[2Jb\xe9: no."
    assert f"{ClipError('x' * 9999)}" == str(ClipError("x" * 9999))
    assert len(str(ClipError("x" * 9999))) == MOST_SHOWN


def test_a_path_that_is_no_text_is_refused_by_a_sentence() -> None:
    assert is_text(Path("Zoë 👩.mp4"))
    bad = Path(os.fsdecode(b"caf\xe9.mp4"))
    assert not is_text(bad)
    assert not is_text("a\0b")
    with pytest.raises(ClipError, match=r"the clip caf\\xe9\.mp4 isn't text") as refused:
        check_text(bad, "the clip", ClipError)
    assert str(refused.value).endswith(".")
    check_text("fine.mp4", "the clip", ClipError)
