"""What networks answered about the frames of a clip, written now and then while it is read.

A run that goes on where an earlier one was ended reads the clip again from its first frame, and
everything that follows from pictures and answers comes out as it did; only the networks, which are
nearly all of the time, aren't asked again. So a run that was killed any number of times, or whose
stretches were looked at on many machines, ends in the very take of one that wasn't.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from ...data.arrays import F64, U8, check_fields, of_shape
from ...data.collector import Nobody
from ...data.errors import ClipError, OutputError
from ...data.observations import Observed
from ...data.types import Frame
from .answers import PICTURE_BYTES, Answer, AnswerTable, Question
from .others import Others
from .part_file import Part, load_part, name_of, parts_in, save_part

EVERY_S: Final = 10.0
"""Seconds between two part files: so much work is lost at most."""
_ROWS: Final = 96
"""About so many rows and columns of a frame are compared, beside its number."""
_BEHIND: Final = 64
"""Frames that may still be asked about behind the newest, bounds memory."""
_NO_MORE: Final = sys.maxsize
"""The number of a frame behind all."""


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A frame that is looked at just now. It is held: another may get a freed picture's id."""

    position: int
    index: int
    bgr: U8 = field(metadata=of_shape(None, None, 3))
    picture: bytes

    def __post_init__(self) -> None:
        check_fields(self)


class Memory(Nobody):
    """Answers of all networks about one clip, kept in ``folder``.

    Implements ``core.data.collector.Collector``, to be shown a clip's frames before any network
    is. ``made_by`` names the networks and their Limn: what others answered isn't used. What is new
    is written every ``every_s`` seconds; of a stretch that begins with frame ``first``, under its
    work's ``item``, nothing of the frames before. ``others`` look at stretches meanwhile.
    ``answer`` may be called from several threads at once.
    """

    def __init__(
        self,
        folder: Path,
        made_by: str,
        item: str = "",
        first: int = 0,
        every_s: float = EVERY_S,
        *,
        others: Others | None = None,
    ) -> None:
        self._folder, self._made_by, self._item = folder, made_by, item
        self._others = others
        self._first, self._every_s = first, every_s
        self._lock = threading.Lock()
        self._files = parts_in(folder)
        self._loaded: dict[Path, Part | None] = {}
        self._shown: dict[int, _Shown] = {}
        self._new: dict[str, AnswerTable] = {}
        self._written_s = time.monotonic()
        self.asked = self.remembered = 0
        """How many answers networks gave, and how many files."""

    def answer(self, network: str, bgr: U8, numbers: F64, ask: Callable[[], Answer]) -> Answer:
        """What ``network`` tells of the picture, looked at as ``numbers`` (n,) say, in pixels.

        ``ask`` asks it where nobody did so before.
        """
        shown = self._shown.get(id(bgr))
        picture = _digest(np.ascontiguousarray(bgr), -1) if shown is None else shown.picture
        question = Question(picture, -1 if shown is None else shown.index, numbers)
        with self._lock:
            known = self._find(network, question)
            if known is not None:
                self.remembered += 1
                return known
        told = ask()
        with self._lock:
            self.asked += 1
            if 0 <= question.frame < self._first:
                return told
            self._new.setdefault(network, AnswerTable()).add(question, told)
        return told

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Learn which frames come, and open the files about them."""
        for position, frame in enumerate(chunk, first):
            picture = _digest(frame.bgr, frame.index)
            self._shown[id(frame.bgr)] = _Shown(position, frame.index, frame.bgr, picture)
        low, high = chunk[0].index, chunk[-1].index
        is_new = self._others is not None and self._others.reach(low, high)
        with self._lock:
            if is_new:
                self._files = parts_in(self._folder)
            for file in self._files:
                if file.last < low - _BEHIND:
                    self._loaded.pop(file.path, None)
                elif file.first <= high and file.path not in self._loaded:
                    self._loaded[file.path] = self._load(file.path)
            self._files = [file for file in self._files if file.last >= low - _BEHIND]

    def forget(self, until: int) -> None:
        """Give up frames before position ``until``; now and then write what is new."""
        self._shown = {k: one for k, one in self._shown.items() if one.position >= until}
        # The frames still held are those to come; none are at the clip's end.
        begins = min((one.index for one in self._shown.values()), default=_NO_MORE)
        is_past = self._others is not None and self._others.is_past(begins)
        if is_past or time.monotonic() - self._written_s >= self._every_s:
            self.write()
        if self._others is not None and is_past:
            self._others.leave(begins)

    def write(self) -> None:
        """Write what is new to a file. A disk that takes none is none of the run's business."""
        part = self._take_new()
        if part is not None:
            frames = [f for table in part.tables.values() for f in table.frames]
            path = name_of(self._folder, min(frames), max(frames), secrets.token_hex(4))
            with suppress(OutputError):
                save_part(path, part)
        self._written_s = time.monotonic()

    def close(self, path: Path) -> None:
        """Write what is new to ``path``, the part file that says that the item is done, perhaps an
        empty one. Raises OutputError."""
        with self._lock:
            new, self._new = self._new, {}
        save_part(path, Part(self._made_by, self._item, new))

    def finish(self, seen: Observed) -> Observed:
        """``seen`` as it is; the last answers are written, for a solve that doesn't end."""
        if time.monotonic() - self._written_s >= self._every_s:
            self.write()
        if self._others is not None:
            self._others.finish()
        return seen

    def _take_new(self) -> Part | None:
        """What is new, about any frame, to be written."""
        with self._lock:
            new, self._new = self._new, {}
        if not any(table.frames for table in new.values()):
            return None
        return Part(self._made_by, self._item, new)

    def _find(self, network: str, question: Question) -> Answer | None:
        parts = [p for p in self._loaded.values() if p is not None and network in p.tables]
        for part in parts:
            if (found := part.tables[network].exact(question)) is not None:
                return found
        # A run that goes on asks exactly what it asked before. In a stretch that begins elsewhere
        # hands are followed from another start.
        for part in parts:
            if part.item and (found := part.tables[network].near(question)) is not None:
                return found
        return None

    def _load(self, path: Path) -> Part | None:
        """A part file that such networks made; None for any other, and for a damaged one."""
        try:
            part = load_part(path)
        except ClipError:
            return None
        return part if part.made_by == self._made_by else None


def _digest(bgr: U8, index: int) -> bytes:
    """A mark of a picture: of a clip's frame its number and a grid of its pixels, of another one
    all of them."""
    told = hashlib.blake2b(f"{index} {bgr.shape} {bgr.dtype}".encode(), digest_size=PICTURE_BYTES)
    step = 1 if index < 0 else max(1, min(bgr.shape[:2]) // _ROWS)
    told.update(np.ascontiguousarray(bgr[::step, ::step]).data)
    return told.digest()
