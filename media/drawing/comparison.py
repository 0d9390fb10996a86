"""Several takes of one clip in one picture: the same frames, each under its name and figures."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.types import FrameSource, Progress, Take
from .layout import Layout
from .preview import Painter, draw_take, painter_for
from .shapes import WHITE, text, text_width

_GAP_PX: Final = 4
_MOMENTS: Final = 3
_HEAD: Final = 2.6
"""Height of a take's heading over that of its letters."""
_LINE: Final = 2.0
_PAPER: Final = (34, 28, 25)


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A take with its name and a line of figures."""

    name: str
    figures: str
    take: Take


def render_comparison(
    contenders: Sequence[Contender],
    source: FrameSource,
    out: Path,
    *,
    style: str = "overlay",
    max_side_px: int | None = None,
) -> Generator[Progress, None, Path]:
    """Draw the same frames of several takes of ``source``, at least one, and return ``out``.

    A ``.png`` has a row for each take with a few moments; in a video or GIF they move side by side.
    Raises OutputError and ClipError; closing the generator leaves no file.
    """

    def painter(pictures: int, side_px: int) -> Painter:
        return _Comparison(contenders, pictures, side_px, style)

    take = _fullest(contenders)
    return (yield from draw_take(take, source, out, painter, max_side_px, most_moments=_MOMENTS))


class _Comparison:
    """Paints all takes of a frame: one above the other on a sheet, else in a grid."""

    def __init__(
        self, contenders: Sequence[Contender], pictures: int, side_px: int, style: str
    ) -> None:
        self.take = _fullest(contenders)
        self._contenders = contenders
        count = len(contenders)
        self._columns = 1 if pictures > 1 or count < 3 else math.ceil(math.sqrt(count))
        self._rows = math.ceil(count / self._columns)
        across = max(pictures, self._columns)
        self._painters = [
            painter_for(one.take, 1, _side_of_one(one.take, side_px, across, self._rows), style)
            for one in contenders
        ]
        width, height = self._painters[0].layout.picture_px
        self._text_px = float(np.clip(width / 75, 6.0, 15.0))
        self._cell = width, height + round(self._text_px * (_HEAD + _LINE))
        size = tuple(
            n * cell + (n - 1) * _GAP_PX
            for n, cell in zip((self._columns, self._rows), self._cell, strict=True)
        )
        even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self.layout = Layout(even, (0, 0), pictures, 1)
        # On a sheet the figures stand over the first moment and hold for the row.
        self._unheaded = pictures if pictures > 1 else 0

    def picture(self, position: int, bgr: U8, turned_deg: float | None = None) -> U8:
        """Everybody's picture of a position in ``Take.time_s``."""
        width, height = self.layout.footage_px
        sheet = np.full((height, width, 3), _PAPER, np.uint8)
        for k, (one, painter) in enumerate(zip(self._contenders, self._painters, strict=True)):
            x = k % self._columns * (self._cell[0] + _GAP_PX)
            y = k // self._columns * (self._cell[1] + _GAP_PX)
            picture = painter.picture(position, bgr, turned_deg)
            top = y + self._cell[1] - picture.shape[0]
            sheet[top : top + picture.shape[0], x : x + picture.shape[1]] = picture
            if self._unheaded in (0, self.layout.columns):
                self._write(sheet[y:top, x : x + self._cell[0]], one)
        self._unheaded = max(self._unheaded - 1, min(self._unheaded, 1))
        return sheet

    def _write(self, strip: U8, one: Contender) -> None:
        """Name and figures over a picture; a line that is too long is set smaller."""
        size, left = self._text_px, 0.8 * self._text_px
        room = strip.shape[1] - 2 * left
        lines = ((one.name, WHITE, 1.15 * size), (one.figures, (206, 198, 190), 0.86 * size))
        for line, (words, colour, height) in enumerate(lines):
            fitted = height * min(1.0, room / max(text_width(words, height), 1))
            y = size * (_HEAD / 2 + line * _LINE)
            text(strip, words, np.array([left, y]), fitted, colour)


def _fullest(contenders: Sequence[Contender]) -> Take:
    """The take with most people in most frames: moments are chosen where it has somebody."""
    takes = [one.take for one in contenders]
    return max(takes, key=lambda take: sum(len(person.frames) for person in take.people))


def _side_of_one(take: Take, side_px: int, across: int, rows: int) -> int:
    """The longest side of one picture, of which ``across`` by ``rows`` fit into ``side_px``."""
    width, height = take.camera.size_px
    shape = width / height + 0.82
    return max(int(min(side_px / across, side_px / rows * max(shape, 1.0))), 64)
