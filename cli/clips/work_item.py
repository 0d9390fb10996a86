"""The work item: a clip or a stretch of one, with its settings, and what it becomes: a take, or a
part that the take's estimate finds.

An item is done when its file opens and says that it was made of these bytes with these settings;
that a file is there says nothing. Engines that carry items need no more than ``as_words``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, SettingsError, TakeError
from ...core.data.settings import CAMERA_MODES
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...core.pipeline.keeping.part_file import name_of
from ...media.reading.pictures import pictures_of

KEY: Final = "work_key"
"""Where a take's settings say of which clip and with which options it was made."""
WHOLE: Final = "whole"
"""In the name of a part file: that of a stretch that was looked at to its end."""
_CHUNK: Final = 1 << 20  # bytes hashed at once
_NOT_OF_THE_MOTION: Final = (
    "progress", "json", "clips", "output", "output_dir", "skip_existing", "if_changed", "execute",
    "command", "request", "parts", "clip", "stretch",
    "run_folder",
)  # fmt: skip
"""Options that change nothing in the take."""
_FILES: Final = ("camera", "calibration", "depth_model", "face_shapes")
"""Options that may name a file, whose bytes count and not its name."""
_SAID_ELSEWHERE: Final = ("output", "if_changed", "parts", "stretch", "progress", "json")
"""Options that an item has a place of its own for, or that its carrier says."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` to ``last`` of a clip, by their numbers in it."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class WorkItem:
    """``clip`` into the take ``output``; ``options`` are those of ``limn estimate`` by name.

    With a ``stretch`` only that is looked at, and ``output`` is the folder of the clip's parts.
    With ``films`` all of them, of one scene, become the take, and ``clip`` is what it is called by.
    ``shared`` are stretches of the clip at which others may be while the take is being made.
    """

    clip: Path
    output: Path
    options: Mapping[str, Any]
    stretch: Stretch | None = None
    films: tuple[Path, ...] = ()
    shared: tuple[Stretch, ...] = ()

    @property
    def file(self) -> Path:
        """What is there once the item is done: the take, or the stretch's part file."""
        if self.stretch is None:
            return self.output
        return name_of(self.output, self.stretch.first, self.stretch.last, WHOLE)

    @property
    def parts(self) -> Path:
        """The folder in which what networks see is kept while the take is being made."""
        return self.output.with_suffix(".parts")

    def key(self) -> str:
        """A mark of the bytes of the clip and of other files that are named, and the options.

        Raises ClipError for an unreadable clip, and SettingsError for another file.
        """
        return self._key_of(" ".join(map(_bytes_of, self.films or (self.clip,))))

    def stretches(self) -> list[WorkItem]:
        """The items of the stretches that are ``shared``."""
        return [replace(self, output=self.parts, stretch=one, shared=()) for one in self.shared]

    def shared_keys(self) -> list[str]:
        """The keys of ``stretches``; raises what ``key`` raises."""
        seen = _bytes_of(self.clip) if self.shared else ""
        return [one._key_of(seen) for one in self.stretches()]

    def _key_of(self, seen: str) -> str:
        told = {
            name: value
            for name, value in self.options.items()
            if name not in _NOT_OF_THE_MOTION and value not in (None, False)
        }
        for name in _FILES:
            if name in told and is_file_of(name, told[name]):
                told[name] = _given_bytes(Path(str(told[name])))
        if self.stretch is not None:
            told["stretch"] = [self.stretch.first, self.stretch.last]
        words = json.dumps(told, sort_keys=True, default=str)
        return hashlib.sha256(f"{seen} {words}".encode()).hexdigest()[:32]

    def finished(self, key: str | None = None) -> Take | None:
        """The take of an earlier run of this very item, whose ``key`` it is; None where there is
        none. Raises what ``key`` raises."""
        take = self.existing()
        if take is None:
            return None
        return take if take.settings.get(KEY) == (key or self.key()) else None

    def existing(self) -> Take | None:
        """The take that is there, of whatever it was made; None where none can be read."""
        try:
            return load_take(self.output)
        except TakeError:
            return None

    def with_whole_paths(self) -> WorkItem:
        """The same item for somebody in another folder."""
        files = {
            name: str(Path(str(value)).absolute())
            for name, value in self.options.items()
            if name in _FILES and value is not None and is_file_of(name, value)
        }
        return replace(self, options={**self.options, **files})

    def as_words(self, parser: argparse.ArgumentParser) -> list[str]:
        """The words of ``limn`` that do this item, for whoever carries it elsewhere.

        ``parser`` is that of ``limn estimate``.
        """
        clips = map(str, self.films or (self.clip,))
        words = ["estimate", *clips, "-o", str(self.output), "--if-changed"]
        if self.stretch is not None:
            frames = str(self.stretch.first), str(self.stretch.last)
            words = ["observe", str(self.clip), "--stretch", *frames, "--parts", str(self.output)]
        return words + self.option_words(parser)

    def option_words(self, parser: argparse.ArgumentParser) -> list[str]:
        """The options alone, as ``parser``, that of ``limn estimate``, takes them."""
        spelled = {action.dest: action for action in parser._actions if action.option_strings}
        words: list[str] = []
        for name, value in self.options.items():
            action = spelled.get(name)
            if action is None or name in _SAID_ELSEWHERE or value in (None, False, action.default):
                continue
            option = max(action.option_strings, key=len)
            if action.nargs == "+":
                words += [option, *map(str, value)]
            else:
                words += [option] if value is True else [option, spelt(value)]
        return words


def spelt(value: object) -> str:
    """A value of an option as it is typed."""
    if isinstance(value, tuple | list):
        return ",".join(map(spelt, value))
    return "auto" if value == "automatic" else str(value)


def is_file_of(option: str, value: object) -> bool:
    """Whether the value of an option names something on the disk and no mode or network."""
    if option == "camera" and value in CAMERA_MODES:
        return False
    return option != "depth_model" or os.path.exists(str(value))


def _given_bytes(path: Path) -> str:
    """sha256 of a file, or of all files of a folder with their names."""
    try:
        if path.is_dir():
            each = [f"{f.name} {_digest(f)}" for f in sorted(path.iterdir()) if f.is_file()]
            return hashlib.sha256("\n".join(each).encode()).hexdigest()
        return _digest(path)
    except OSError as error:
        raise SettingsError(f"Can't read {path}: {error.strerror or error}.") from error


def _bytes_of(clip: Path) -> str:
    """sha256 of a file, or of all pictures of a sequence with their names."""
    try:
        if os.path.isfile(clip):
            return _digest(clip)
        each = [f"{picture.name} {_digest(picture)}" for picture in pictures_of(clip)]
    except OSError as error:
        raise ClipError(f"Can't read {clip}: {error.strerror or error}.") from error
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
