"""Interlaced pictures told by what they show, where the stream says nothing of it, or the wrong.

Of an interlaced picture one field (the even lines, or the odd ones) was taken half a picture before
the other, so whatever moves is combed. Two measures over the pixels that move, after FFmpeg's idet:

* combing: second differences of neighbouring lines, of both fields, over those of every other
  line, of one field: about 0.5 in a progressive picture, 1.4 to 5 in a combed one;
* order: combing of this picture's odd lines with the even ones of the picture before, over that
  the other way round. Fields that follow each other fit better than those with two between them;
  in progressive footage both fit equally. Fine patterns and dithering comb, but have no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from ...core.data.arrays import F32, U8
from ..ffmpeg import load_av

Order: TypeAlias = Literal["", "tff", "bff"]
"""Which field comes first, "" where pictures are whole or nothing is known."""

_COMBED: Final = 1.0
_IN_ORDER: Final = 1.2
_COLUMNS: Final = 120
"""So many columns are looked at, all lines of each."""
_SPARSE: Final = 8  # one in so many lines tells whether anything moves at all
_MOVES: Final = 10.0
"""Grey levels of 255 by which a pixel must change, beside what all of them change by."""
_NOISE: Final = 3.0  # times the median change
_MOST_MOVES: Final = 60.0  # grey levels: in a pan the median is motion
_FEWEST: Final = 60
"""Pixels that must move for a picture to tell anything."""
_ENOUGH: Final = 3
"""Pictures that must agree for footage to be interlaced."""
_WHOLE: Final = 10
"""Moving pictures after which it is not, unless a fourth are combed (film at 24 in 60 fields)."""
_GLANCE: Final = 16
"""Two of so many pictures are looked at later on: titles may be whole, and what follows not."""
_ENOUGH_LATER: Final = 6
"""Pictures that must agree then, as a long clip has many chances to look combed."""
_WHOLE_LATER: Final = 20
_MOST_PICTURES: Final = 300
_MOST_HELD: Final = 12
_MOST_HELD_BYTES: Final = 96_000_000

_CONTRARY: Final[dict[Order, str]] = {
    "tff": "The clip says that lower fields come first; its pictures show upper ones first, and "
    "are read so.",
    "bff": "The clip says that upper fields come first; its pictures show lower ones first, and "
    "are read so.",
}
_NOT_FLAGGED: Final = "The clip is interlaced without saying so; it is deinterlaced."


class FieldJudge:
    """Finds out from pictures in which something moves which field comes first.

    ``order`` stays "" where pictures are whole, and where their flags are right; ``warning`` is ""
    then, too. The first pictures tell; after those some are glanced at, and where one is combed
    those that follow are looked at again.
    """

    def __init__(self) -> None:
        self.order: Order = ""
        self.warning = ""
        self.is_settled = False
        """Whether all is known, as far as pictures were seen; no more than glances follow."""
        self._before: Any = None
        self._votes = {"tff": 0, "bff": 0, "whole": 0, "unclear": 0}
        self._seen = 0
        self._glances = 0
        self._enough, self._whole = _ENOUGH, _WHOLE

    @property
    def suspects(self) -> bool:
        """Whether combed pictures were seen while nothing is settled."""
        if self.is_settled:
            return False
        return self._enough == _ENOUGH_LATER or self._votes["tff"] + self._votes["bff"] > 0

    def see(self, picture: Any) -> None:  # noqa: ANN401 - an av.VideoFrame
        """Look at the next picture (decoded, none left out)."""
        if self.is_settled:
            return
        before, self._before = self._before, picture
        self._seen += 1
        if before is not None and _kind(before) == _kind(picture):
            vote = _vote(before, picture)
            if vote:
                self._votes[vote] += 1
        self._settle(picture)

    def glance(self, picture: Any) -> None:  # noqa: ANN401 - an av.VideoFrame
        """Look at some of the pictures once all is known; a combed one opens the question again."""
        if self.order or picture.interlaced_frame or picture.is_corrupt:
            self._before = None
            return
        self._glances += 1
        before, self._before = self._before, None
        if self._glances % _GLANCE == _GLANCE - 1:
            self._before = picture
        elif before is not None and _kind(before) == _kind(picture):
            if _vote(before, picture) in ("tff", "bff"):
                self.is_settled, self._seen = False, 0
                self._enough, self._whole = _ENOUGH_LATER, _WHOLE_LATER
                self._votes = dict.fromkeys(self._votes, 0)

    def give_up(self) -> None:
        """Take the pictures for what the stream says."""
        self.is_settled, self._before = True, None

    def _settle(self, picture: Any) -> None:  # noqa: ANN401
        tff, bff = self._votes["tff"], self._votes["bff"]
        combed, rest = tff + bff, self._votes["whole"] + self._votes["unclear"]
        most, least = max(tff, bff), min(tff, bff)
        if most >= self._enough and least * 4 <= most and rest <= 3 * combed:
            shown: Order = "tff" if tff > bff else "bff"
            flagged = _flagged(picture)
            if shown != flagged:
                self.order = shown
                self.warning = _CONTRARY[shown] if flagged else _NOT_FLAGGED
            self.give_up()
        elif combed + rest >= self._whole or self._seen >= _MOST_PICTURES:
            self.give_up()


def settled(pictures: Iterable[Any], judge: FieldJudge) -> Iterator[Any]:
    """Yield ``pictures``, combed ones not before ``judge`` knows what they are.

    Others aren't held, so film that isn't interlaced takes no more memory.
    """
    held: list[Any] = []
    for picture in pictures:
        if judge.is_settled and not held:
            judge.glance(picture)
            if judge.is_settled:
                yield picture
                continue
        held.append(picture)
        if not picture.is_corrupt:
            judge.see(picture)
        if not judge.is_settled and _is_full(held):
            judge.give_up()
        # The latest may yet turn out to be combed, by the next one.
        ready = len(held) if judge.is_settled else 0 if judge.suspects else len(held) - 1
        yield from held[:ready]
        del held[:ready]
    yield from held


def _flagged(picture: Any) -> Order:  # noqa: ANN401
    """Which field comes first by a picture's own flags; av tells only whether it is interlaced."""
    if not picture.interlaced_frame:
        return ""
    graph = load_av().filter.Graph()
    size = f"video_size={picture.width}x{picture.height}"
    source = graph.add("buffer", f"{size}:pix_fmt={picture.format.name}:time_base=1/1")
    fields = graph.add("separatefields")
    source.link_to(fields)
    fields.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(picture)
    graph.push(None)
    # Every format has at least a byte of a pixel in its first plane.
    first, upper = (_lines(one)[:, : picture.width] for one in (graph.pull(), picture))
    return "tff" if np.array_equal(first, upper[::2][: len(first)]) else "bff"


def _is_full(held: list[Any]) -> bool:
    size = 3 * held[-1].width * held[-1].height
    return len(held) >= max(2, min(_MOST_HELD, _MOST_HELD_BYTES // max(size, 1)))


def _lines(picture: Any) -> U8:  # noqa: ANN401
    """The bytes of a picture's first plane, (lines, bytes of a line and what pads it)."""
    plane = picture.planes[0]
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return lines[: picture.height]


def _kind(picture: Any) -> tuple[int, int, str]:  # noqa: ANN401
    return picture.width, picture.height, picture.format.name


def _grey(picture: Any, by: int = 1) -> F32:  # noqa: ANN401
    """Some columns of every ``by``-th line of a picture's luma, in levels of 255."""
    form = picture.format
    first = form.components[0]
    bits = first.bits
    if not form.is_planar or form.is_rgb or not 8 <= bits <= 16 or form.is_big_endian:
        picture, bits = picture.reformat(format="gray"), 8
    kind = np.dtype(np.uint8 if bits == 8 else "<u2")
    lines = _lines(picture)[:, : picture.width * kind.itemsize].view(kind)
    grey = lines[::by, :: max(picture.width // _COLUMNS, 1)].astype(np.float32)
    if bits > 8:
        # Of 16 bits some formats use the upper ones.
        grey *= 2.0 ** (8 - (16 if grey.max(initial=0.0) >= 1 << bits else bits))
    return grey


def _vote(earlier: Any, later: Any) -> str:  # noqa: ANN401
    """What a picture says against the one before: a field order, whole or unclear, "" nothing."""
    few = np.abs(_grey(later, _SPARSE) - _grey(earlier, _SPARSE))
    if few.max(initial=0.0) <= _MOVES:
        return ""
    least = min(_MOVES + _NOISE * float(np.median(few)), _MOST_MOVES)
    if np.count_nonzero(few > least) * _SPARSE < _FEWEST:
        return ""
    before, now = _grey(earlier), _grey(later)
    moves = np.abs(now - before) > least
    # Combed is what moved in one field only, as yet: beside lines of the other that did not.
    at = moves[2:-2] | moves[1:-3] | moves[3:-1]
    rows, columns = np.nonzero(at)
    if len(rows) < _FEWEST:
        return ""
    rows = rows + 2
    combing = _ripple(now, now, rows, columns, 1) / max(_ripple(now, now, rows, columns, 2), 1.0)
    if combing < _COMBED:
        return "whole"
    even = rows % 2 == 0
    # Lines of this picture between those of the one before, for either field: small where the
    # field of this picture follows the other field of the one before at once.
    tff = _ripple(now, before, rows[even], columns[even], 1)
    tff += _ripple(before, now, rows[~even], columns[~even], 1)
    bff = _ripple(before, now, rows[even], columns[even], 1)
    bff += _ripple(now, before, rows[~even], columns[~even], 1)
    if bff > _IN_ORDER * tff:
        return "tff"
    return "bff" if tff > _IN_ORDER * bff else "unclear"


def _ripple(line: F32, beside: F32, rows: Any, columns: Any, by: int) -> float:  # noqa: ANN401
    """Sum of second differences of lines of one picture between those ``by`` off of another."""
    around = beside[rows - by, columns] + beside[rows + by, columns]
    return float(np.abs(around - 2 * line[rows, columns]).sum())
