"""One small picture of everybody in a take, cut out of the footage where they are seen best."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.skeletons import BLAZEPOSE_33
from ...core.data.types import FrameSource, Person, Take
from ..writing.writers import open_writer

_SIDE_PX: Final = 256
_MARGIN: Final = 0.15
_SEEN: Final = 0.3


def save_thumbnails(take: Take, source: FrameSource, folder: Path) -> list[Path | None]:
    """Write "1 Anna.png" and so on into ``folder``; None for people in no frame of ``source``.

    Raises ClipError and OutputError.
    """
    wanted: dict[int, list[int]] = {}
    for i, person in enumerate(take.people):
        if len(person.frames):
            row = _best(person, take.clip.size_px)
            wanted.setdefault(int(take.source_frame[person.frames[row]]), []).append(i)
    files = thumbnail_paths(take, folder)
    paths: list[Path | None] = [None] * len(take.people)
    for frame in source.frames():
        for i in wanted.pop(frame.index, ()):
            person = take.people[i]
            at = int(np.flatnonzero(take.source_frame[person.frames] == frame.index)[0])
            path = files[i]
            with open_writer(path, 1.0, (_SIDE_PX, _SIDE_PX)) as writer:
                writer.write(_cut_out(frame.bgr, person, at))
            paths[i] = path
        if not wanted:
            break
    return paths


def thumbnail_paths(take: Take, folder: Path) -> list[Path]:
    """The file of everybody's picture: "1 Anna.png" and so on."""
    return [folder / f"{i} {_file_name(p.name)}.png" for i, p in enumerate(take.people, 1)]


def _best(person: Person, size_px: tuple[int, int]) -> int:
    """The row in which the person is large, surely seen and whole."""
    pick = person.xy_skeleton.select(BLAZEPOSE_33)
    xy = pick.of(person.xy_px)
    inside = ((xy > 0) & (xy < size_px)).all(-1)
    sure = (pick.scores(person.xy_score) * inside).mean(-1)
    spread = np.ptp(xy, axis=1).max(-1)
    return int(np.argmax(sure * np.sqrt(spread) * ~person.bridged))


def _cut_out(bgr: U8, person: Person, row: int) -> U8:
    import cv2

    xy, seen = person.xy_px[row], person.xy_score[row] > _SEEN
    points = xy[seen] if seen.any() else xy
    low, high = points.min(0), points.max(0)
    side = float((high - low).max()) * (1 + 2 * _MARGIN)
    side = max(side, 8.0)
    corner = (low + high) / 2 - side / 2
    scale = _SIDE_PX / side
    A = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(bgr, A, (_SIDE_PX, _SIDE_PX), flags=how), np.uint8)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w .()-]", "_", name)
