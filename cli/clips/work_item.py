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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, TakeError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...media.reading.pictures import pictures_of

KEY: Final = "work_key"
"""Where a take's settings say of which clip and with which options it was made."""
_CHUNK: Final = 1 << 20  # bytes hashed at once
_NOT_OF_THE_MOTION: Final = (
    "progress", "json", "clips", "output", "output_dir", "skip_existing", "if_changed", "execute",
    "command", "request", "parts", "clip", "stretch",
)  # fmt: skip
"""Options that change nothing in the take."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` to ``last`` of a clip, by their numbers in it."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class WorkItem:
    """``clip`` into the take ``output``; ``options`` are those of ``limn estimate`` by name.

    With a ``stretch`` only that is looked at, and ``output`` is the folder of the clip's parts.
    """

    clip: Path
    output: Path
    options: Mapping[str, Any]
    stretch: Stretch | None = None

    def key(self) -> str:
        """A mark of the clip's bytes and the options. Raises ClipError for an unreadable clip."""
        told = {
            name: value
            for name, value in self.options.items()
            if name not in _NOT_OF_THE_MOTION and value not in (None, False)
        }
        if self.stretch is not None:
            told["stretch"] = [self.stretch.first, self.stretch.last]
        words = json.dumps(told, sort_keys=True, default=str)
        return hashlib.sha256(f"{_bytes_of(self.clip)} {words}".encode()).hexdigest()[:32]

    def finished(self, key: str) -> Take | None:
        """The take of an earlier run of this very item; None where there is none."""
        try:
            take = load_take(self.output)
        except TakeError:
            return None
        return take if take.settings.get(KEY) == key else None

    def as_words(self, parser: argparse.ArgumentParser) -> list[str]:
        """The words of ``limn`` that do this item, for whoever carries it elsewhere.

        ``parser`` is that of ``limn estimate``.
        """
        words = ["estimate", str(self.clip), "-o", str(self.output), "--if-changed"]
        if self.stretch is not None:
            frames = str(self.stretch.first), str(self.stretch.last)
            words = ["observe", str(self.clip), "--stretch", *frames, "--parts", str(self.output)]
        spelled = {action.dest: action for action in parser._actions if action.option_strings}
        for name, value in self.options.items():
            action = spelled.get(name)
            if action is None or value in (None, False, action.default):
                continue
            option = max(action.option_strings, key=len)
            words += [option] if value is True else [option, str(value)]
        return words


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
