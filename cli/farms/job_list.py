"""What a batch is asked to do: clips, folders, patterns, and lists with options of each clip.

A list is a .csv with a column "clip" and columns named as options of ``limn estimate`` ("height",
"max-people"), empty cells being left to the batch; or a .json with a list of such objects. Paths in
a list are relative to it.
"""

from __future__ import annotations

import argparse
import csv
import glob
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, SettingsError
from ...core.data.reading import parse_json, read_text, refusing
from ...core.data.reading.json_fields import mapping, sequence, text
from ..clips.clip_list import list_clips, name_takes
from ..clips.work_item import WorkItem

_LISTS: Final = (".csv", ".json")
_MOST_BYTES: Final = 50_000_000  # of a list
_MOST_CLIPS: Final = 1_000_000
_CLIP: Final = "clip"
Parse = Callable[[Sequence[str]], argparse.Namespace]


def make_items(
    asked: Sequence[str], folder: Path, words: Sequence[str], parse: Parse
) -> list[WorkItem]:
    """The items of ``asked``: paths, patterns with * or ?, lists.

    ``words`` are the batch's own options in words, ``parse`` the parser of ``limn estimate``.
    Raises ClipError, SettingsError and OutputError.
    """
    listed: list[tuple[Path, Mapping[str, str]]] = []
    for one in asked:
        listed += _listed(one)
    clips: list[Path] = []
    own: list[Mapping[str, str]] = []
    for clip, options in listed:
        if clip not in clips:
            clips.append(clip)
            own.append(options)
    if not clips:
        raise ClipError("There is no clip to run.")
    outputs = name_takes(clips, folder)
    return [
        _item(clip, output, [*words, *_words_of(options)], parse)
        for clip, output, options in zip(clips, outputs, own, strict=True)
    ]


def _item(clip: Path, output: Path, words: Sequence[str], parse: Parse) -> WorkItem:
    given = parse([str(clip), "-o", str(output), *words])
    left_out = ("clips", "output", "output_dir", "execute", "command")
    return WorkItem(clip, output, {k: v for k, v in vars(given).items() if k not in left_out})


def _listed(asked: str) -> list[tuple[Path, Mapping[str, str]]]:
    path = Path(asked)
    if path.suffix.lower() in _LISTS:
        with refusing(path, "the list", "no list of clips", SettingsError):
            return [_row_of(path, row) for row in _rows(path)]
    if any(mark in asked for mark in "*?[") and not os.path.exists(path):
        found = sorted(glob.glob(asked, recursive=True))
        if not found:
            raise ClipError(f"No file is called {asked}.")
        return [(clip, {}) for clip in list_clips([Path(one) for one in found])]
    return [(clip, {}) for clip in list_clips([path])]


def _rows(path: Path) -> list[Mapping[str, str]]:
    content = read_text(path, _MOST_BYTES)
    if path.suffix.lower() == ".json":
        given = sequence(parse_json(content, _MOST_BYTES), "it", _MOST_CLIPS)
        rows = [mapping(row, "a clip of it") for row in given]
        return [{name: _spelt(value) for name, value in row.items()} for row in rows]
    reader = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    return [{k: v or "" for k, v in row.items() if isinstance(k, str)} for row in reader]


def _spelt(value: Any) -> str:  # noqa: ANN401 - JSON's values
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _row_of(path: Path, row: Mapping[str, str]) -> tuple[Path, Mapping[str, str]]:
    named = text(row.get(_CLIP) or None, f"'{_CLIP}'")
    return path.parent / named, {k: v for k, v in row.items() if k != _CLIP and v}


def _words_of(options: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        option = "--" + name.strip().lower().replace("_", "-")
        words += [option] if value == "yes" else [f"{option}={value}"]
    return words
