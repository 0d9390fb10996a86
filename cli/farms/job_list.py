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
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, LimnError, SettingsError
from ...core.data.reading import parse_json, read_text, refusing
from ...core.data.reading.json_fields import mapping, sequence, text
from ...core.data.settings import VIDEO_SUFFIXES
from ..clips.clip_list import list_clips, name_takes
from ..clips.work_item import WorkItem

_LISTS: Final = (".csv", ".json")
_MOST_BYTES: Final = 50_000_000  # of a list
_MOST_CLIPS: Final = 1_000_000
_CLIP: Final = "clip"
_TAKE: Final = ".take.npz"
TOGETHER: Final = "--together"
Parse = Callable[[Sequence[str]], argparse.Namespace]


def make_items(
    asked: Sequence[str], folder: Path, words: Sequence[str], parse: Parse
) -> list[WorkItem]:
    """The items of ``asked``: paths, patterns with * or ?, lists.

    ``words`` are the batch's own options in words, ``parse`` the parser of ``limn estimate``. With
    "--together" among them every folder of clips is one scene. Raises ClipError and SettingsError.
    """
    is_together = TOGETHER in words
    listed: list[tuple[Path, Mapping[str, str]]] = []
    for one in asked:
        listed += _listed(one, _scenes if is_together else list_clips)
    wanted = _once(listed)
    if not wanted:
        raise ClipError("There is no clip to run.")
    outputs = name_takes([clip for clip, _ in wanted], folder)
    return [
        _item(clip, output, [*words, *_words_of(options)], parse)
        for (clip, options), output in zip(wanted, outputs, strict=True)
    ]


def _once(
    listed: Sequence[tuple[Path, Mapping[str, str]]],
) -> list[tuple[Path, Mapping[str, str]]]:
    """Every clip as often as it has other options: a list's count for one that a folder or a
    pattern names too, and two rows with other frames of a clip are two takes."""
    out: dict[Path, tuple[Path, list[Mapping[str, str]]]] = {}
    for clip, options in listed:
        _, own = out.setdefault(clip.absolute(), (clip, []))
        if options and options not in own:
            own.append(options)
    return [(clip, options) for clip, own in out.values() for options in own or [{}]]


def beside_others(item: WorkItem, *, redo: bool = False) -> WorkItem:
    """``item`` with an output that is free or was made by the same item: CLIP (2).take.npz and so
    on where others are there. With ``redo`` it has to be free."""
    stem, number, now = item.output.name.removesuffix(_TAKE), 1, item
    key = cache(item.key)  # it reads all of the clip
    try:
        while os.path.lexists(now.output) and (redo or now.finished(key()) is None):
            number += 1
            now = replace(item, output=item.output.with_name(f"{stem} ({number}){_TAKE}"))
    except LimnError:
        return item  # the clip can't be read, which its run will tell
    return now


def _item(clip: Path, output: Path, words: Sequence[str], parse: Parse) -> WorkItem:
    given = parse([str(clip), "-o", str(output), *words])
    left_out = ("clips", "output", "output_dir", "execute", "command")
    options = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(given).items()
        if name not in left_out
    }
    films = tuple(_films(clip)) if given.together else ()
    return WorkItem(clip, output, options, films=films)


def _films(folder: Path) -> list[Path]:
    """The clips of one scene. Raises ClipError unless there are two or more."""
    films = list_clips([folder]) if folder.is_dir() else []
    if len(films) < 2:
        raise ClipError(f"{folder} is no folder with two clips or more of one scene.")
    return films


def _scenes(paths: Sequence[Path]) -> list[Path]:
    """Folders of clips: those named, or the folders in them where they hold no clips themselves."""
    out: list[Path] = []
    for path in paths:
        inner = sorted(one for one in path.iterdir() if one.is_dir()) if path.is_dir() else []
        holds = path.is_dir() and any(
            one.suffix.lower() in VIDEO_SUFFIXES for one in path.iterdir()
        )
        out += inner if inner and not holds else [path]
    return out


def _listed(
    asked: str, clips_of: Callable[[Sequence[Path]], list[Path]]
) -> list[tuple[Path, Mapping[str, str]]]:
    path = Path(asked)
    if path.suffix.lower() in _LISTS:
        with refusing(path, "the list", "no list of clips", SettingsError):
            return [_row_of(path, row) for row in _rows(path)]
    if any(mark in asked for mark in "*?[") and not os.path.exists(path):
        found = sorted(glob.glob(asked, recursive=True))
        if not found:
            raise ClipError(f"No file is called {asked}.")
        return [(clip, {}) for clip in clips_of([Path(one) for one in found])]
    return [(clip, {}) for clip in clips_of([path])]


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
