"""Sentences in the panel: no line is wider than its room, and no letter is lost."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import pytest
from blender_takes import MODULE

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

SENTENCES = (
    "People stand on floors of 2 heights, 0.00 and 1.85 m; the lowest is the world's floor.",
    "Exported: /a/very/long/path/without/a/space/that/no/line/of/a/narrow/panel/can/hold.fbx",
    "short",
    "",
    "日本語の文は空白なしに長く続くことがあり、それでも切れてはいけません。",
)


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("room", [9.0, 31.0, 400.0])
def test_lines_fit_and_nothing_is_lost(extension: ModuleType, text: str, room: float) -> None:
    wrapped = import_module(f"{MODULE}.operators.tab.wrapping").wrapped
    lines = wrapped(text, room, len)
    assert all(len(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert lines, "an empty sentence is a line too"
    if room > len(text):
        assert lines == [text]


def test_a_room_narrower_than_a_letter_ends(extension: ModuleType) -> None:
    wrapped = import_module(f"{MODULE}.operators.tab.wrapping").wrapped
    assert wrapped("ab c", 0.0, len) == ["a", "b", "c"]
    assert wrapped("ab c", -5.0, len) == ["a", "b", "c"]
