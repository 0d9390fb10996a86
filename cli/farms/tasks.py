"""What a pool or a cluster has to do: items, and the stretches of long clips."""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, LimnError, NoPersonError
from ...core.pipeline.keeping.part_file import is_part_of, remove_parts
from ..clips.clip_process import BrokenOff, ClipProcess
from ..clips.parts import made_by
from ..clips.work_item import WHOLE, Stretch, WorkItem
from ..options import settings_from
from ..outcome import describe
from ..outputs import check_output
from ..sharing.leases import Lease

Result = dict[str, Any]

STRETCH_S: Final = 150.0
"""Seconds of a clip from which several workers look at it."""
_MOST_STRETCHES: Final = 64
_TRIES: Final = 3  # of an item whose worker was killed
_AWAY_S: Final = 1800.0
"""How long a folder that was there and is gone, as a share that is unmounted, is waited for."""
_LOOK_EVERY_S: Final = 2.0  # whether it is there again


@dataclass(slots=True, eq=False)
class Task:
    """An item on its way: ``number`` is its place in the batch, or that of the clip whose stretch
    it is, ``whole``. A clip whose take is written, or never will be, ``is_over``."""

    number: int
    item: WorkItem
    whole: Task | None = None
    is_split: bool = False
    is_over: bool = False
    result: Result = field(default_factory=dict[str, Any])
    tries: int = 0
    not_before_s: float = 0.0
    away_since_s: float | None = None
    lease: Lease = field(init=False)
    was_there: tuple[str, str] = field(init=False)
    """Where the folders of the clip and of the output were when the batch began."""

    def __post_init__(self) -> None:
        self.lease = Lease(self.item.file)
        self.was_there = self._is_there()

    @property
    def is_ready(self) -> bool:
        """Whether it may be begun now, but for its lease."""
        return self.not_before_s <= time.monotonic()

    def is_looked_at(self) -> bool:
        """Whether somebody looks at the clip in stretches."""
        return any(self.item.parts.glob(f"*-{WHOLE}.part.npz*"))

    def is_to_try_again(self, broke_off: bool) -> bool:
        """Whether what came out says nothing about the item, but about where it ran: a worker that
        somebody killed, or a share that is away. It may then be begun anew, a little later."""
        if self._is_there() != self.was_there:
            now_s = time.monotonic()
            self.away_since_s = self.away_since_s or now_s
            if now_s - self.away_since_s > _AWAY_S:
                return False
        elif broke_off and self.tries + 1 < _TRIES:
            self.tries += 1
        else:
            return False
        self.not_before_s = time.monotonic() + _LOOK_EVERY_S
        self.lease = Lease(self.item.file)
        return True

    def _is_there(self) -> tuple[str, str]:
        return _share_of(self.item.clip.parent), _share_of(self.item.output.parent)


def _share_of(folder: Path) -> str:
    """Where the file system of a folder is mounted; empty where the folder isn't to be had.

    Below a share that is unmounted the place where it was may still be a folder that takes files.
    """
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        return ""
    place = folder.absolute()
    while not place.is_mount() and place != place.parent:
        place = place.parent
    return str(place)


def stretches_of(info: Mapping[str, Any], most_s: float) -> list[Stretch]:
    """The stretches of at most ``most_s`` seconds of a clip with what its worker tells of it; one
    where it is short, or holds no length. As many for everybody who shares a folder, and a power of
    two, which most numbers of workers share evenly."""
    count, step, first = int(info["frames"]), int(info["step"]), int(info["first"])
    seconds = count * step / max(float(info["fps"]), 1.0)
    if count < 2 or seconds <= most_s:
        return [Stretch(first, first + max(count - 1, 0) * step)]
    parts = min(2 ** math.ceil(math.log2(seconds / most_s)), _MOST_STRETCHES, count)
    edges = [first + count * k // parts * step for k in range(parts + 1)]
    # A container may claim too few: what comes after is looked at with all of the clip.
    return [Stretch(a, b - 1) for a, b in pairwise(edges)]


def split(task: Task, info: Mapping[str, Any], most_s: float) -> list[Task]:
    """The tasks of a long clip's later stretches, the last one first; none of a short one.

    Whoever does ``task`` begins with the first frames at once and meets the others on the way.
    """
    task.is_split = True
    stretches = stretches_of(info, most_s)
    if len(stretches) < 2:
        return []
    try:
        task.item.parts.mkdir(exist_ok=True)
    except OSError:
        return []  # whoever writes the take says why
    task.item = replace(task.item, shared=tuple(stretches))
    later = task.item.stretches()[:0:-1]
    return [Task(task.number, item, whole=task, is_split=True) for item in later]


def tidy(task: Task, result: Result) -> None:
    """Remove parts that came after a shared clip was over, if nothing will ask for them."""
    by_clip = ClipError.exit_code, NoPersonError.exit_code
    if task.item.shared and result.get("exit_code", 0) in (0, *by_clip):
        remove_parts(task.item.parts)


def do(
    item: WorkItem, worker: ClipProcess, *, policy: str, whole: WorkItem | None = None
) -> tuple[Result, bool]:
    """Do one item, unless it is done: what became of it, and whether its worker was killed.

    ``policy`` says what counts as done: "agrees", a take that is there and agrees; "exists", any
    take; "nothing". A stretch is done when its part, or the take of the ``whole``, agrees.
    """
    started_s = time.monotonic()
    key = cache(item.key)  # it reads all of the clip
    try:
        done = _done_before(item, key, policy, whole)
        named = {"clip": str(item.clip)} if item.films else {}
        if done is not None:
            return done | named | {"seconds": 0.0, "skipped": True}, False
        if item.stretch is None:
            check_output(item.output, (".npz",), item.films or (item.clip,))
        outcome = worker.run(item, key())
    except LimnError as error:
        told = {"clip": str(item.clip), "error": str(error), "exit_code": error.exit_code}
        return told, isinstance(error, BrokenOff) and error.is_by_others
    return outcome | named | {"seconds": round(time.monotonic() - started_s, 2)}, False


def _done_before(
    item: WorkItem, key: Callable[[], str], policy: str, whole: WorkItem | None
) -> Result | None:
    if item.stretch is not None:
        # In this order: parts are removed once the take is there.
        made = made_by(settings_from(argparse.Namespace(**item.options)))
        if item.file.exists() and is_part_of(item.file, made, key()):
            return {"part": str(item.file)}
        is_over = whole is not None and policy == "agrees" and whole.finished() is not None
        return {"part": str(item.file)} if is_over else None
    if policy == "nothing":
        return None
    take = item.finished() if policy == "agrees" else item.existing()
    if take is None:
        return None
    remove_parts(item.parts)
    return describe(take, item.output)
