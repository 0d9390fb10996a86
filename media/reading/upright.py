"""Decoded frames to pictures as they are meant to be seen: whole, upright, with square pixels.

One FFmpeg filter graph does it all, in the order in which it has to be done: interlaced frames are
deinterlaced (bwdif, which looks at the neighbours in time), the display matrix turns and mirrors
them, pixels become square, and colours BGR. Its buffers are reused, which a conversion frame by
frame does not: that alone saves a tenth of the processor time.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ...core.data.profiling.stages import stage
from ..ffmpeg import decoding_threads, load_av
from .fields import Order

T = TypeVar("T")
_TURNS: Final = {
    (1, 0, 0, 1): (),
    (-1, 0, 0, 1): ("hflip",),
    (1, 0, 0, -1): ("vflip",),
    (-1, 0, 0, -1): ("hflip", "vflip"),
    (0, 1, -1, 0): ("transpose=clock",),
    (0, -1, 1, 0): ("transpose=cclock",),
    (0, 1, 1, 0): ("transpose=cclock_flip",),
    (0, -1, -1, 0): ("transpose=clock_flip",),
}
"""Filters by the signs of a display matrix' upper left a, b, c, d: x' = ax + cy, y' = bx + dy."""
_BY_ROTATION: Final = {
    1: ("transpose=cclock",),
    2: ("hflip", "vflip"),
    3: ("transpose=clock",),
}
"""Filters by quarter turns against the clock."""
_PACKED: Final = {1: "side by side", 2: "one above the other"}
"""By FFmpeg's AVStereo3DType; others show one view, or no picture that could be cut."""
_UNTOLD: Final = 2
"""AVCOL_SPC_UNSPECIFIED: as a picture of that size usually has its colours."""
_SAME_ASPECT: Final = 0.01
_ODD_PIXELS: Final = (0.2, 5.0)
"""Pixels narrower or wider than this are a damaged header's."""
_NEARLY_SQUARE: Final = 0.005


@dataclass(frozen=True, slots=True)
class _Form:
    """What a graph is made for; another frame needs another graph."""

    width: int
    height: int
    pixels: str
    colorspace: int
    color_range: int
    turn: tuple[str, ...]
    aspect: float
    deinterlacing: str
    """Options of bwdif, "" where pictures are whole."""

    def upright_size(self) -> tuple[int, int]:
        """(width, height) with square pixels, upright; no line of the picture is lost."""
        width, height = square_size((self.width, self.height), self.aspect)
        is_turned = any(step.startswith("transpose") for step in self.turn)
        return (height, width) if is_turned else (width, height)


def square_size(size_px: tuple[int, int], aspect: float) -> tuple[int, int]:
    """The size of a picture whose pixels are ``aspect`` times as wide as high, made square."""
    width, height = size_px
    if abs(aspect - 1) < _NEARLY_SQUARE or not _ODD_PIXELS[0] <= aspect <= _ODD_PIXELS[1]:
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


class UprightPictures(Generic[T]):
    """Turns frames into BGR pictures of one size; what was put in with each comes out with it.

    ``size_px`` (width, height) is the first frame's own size where it isn't given. A frame of
    another shape is fitted into it, with black beside it, and counted in ``fitted``.
    """

    def __init__(self, size_px: tuple[int, int] | None = None) -> None:
        self.size_px = size_px
        self.fitted = 0
        self._form: _Form | None = None
        self._turn: tuple[int, tuple[str, ...]] | None = None
        self._graph: Any = None
        self._under_way: deque[T] = deque()
        self._has_odd_colours = False
        self.fields: Order = ""
        """Which field comes first in all frames, whatever their flags say."""

    def put(self, frame: Any, aspect: float, what: T) -> Iterator[tuple[T, U8]]:  # noqa: ANN401
        """Give a frame whose pixels have ``aspect``; yields what is ready, perhaps earlier ones.

        Raises ClipError for pixels that FFmpeg can't convert.
        """
        form = self._form_of(frame, aspect)
        if form != self._form:
            yield from self.finish()
            self._open(form, frame.time_base)
        self.fitted += not _is_alike(form.upright_size(), self.size_px)
        self._under_way.append(what)
        if self._has_odd_colours:
            frame.colorspace = _UNTOLD
        self._graph.push(frame)
        # Deinterlacing waits for the next frame.
        yield from self._ready(still_inside=int(bool(form.deinterlacing)))

    def looks_around(self, frame: Any) -> bool:  # noqa: ANN401
        """Whether the pictures beside ``frame`` are needed for it."""
        return bool(self.fields or frame.interlaced_frame)

    def finish(self) -> Iterator[tuple[T, U8]]:
        """Yields what is still under way."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready(still_inside=0)
        self._form = self._graph = None
        self._under_way.clear()

    def _form_of(self, frame: Any, aspect: float) -> _Form:  # noqa: ANN401
        if self._turn is None or frame.rotation != self._turn[0]:
            # av keeps a frame alive whose side data were looked at, until garbage is collected.
            self._turn = frame.rotation, _turn_of(frame)
        return _Form(
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.colorspace),
            int(frame.color_range),
            self._turn[1],
            aspect,
            self._deinterlacing(frame),
        )

    def _deinterlacing(self, frame: Any) -> str:  # noqa: ANN401
        """Once a frame was interlaced the filter stays, and lets those pass that aren't."""
        if self._form is not None and self._form.deinterlacing and not self.fields:
            return self._form.deinterlacing
        if self.fields:
            # The frames' own flags are wrong, if there are any.
            return f"mode=send_frame:deint=all:parity={self.fields}"
        return "mode=send_frame:deint=interlaced" if frame.interlaced_frame else ""

    def _open(self, form: _Form, time_base: Any) -> None:  # noqa: ANN401
        own = form.upright_size()
        width, height = self.size_px = self.size_px or own
        steps = [f"bwdif={form.deinterlacing}"] if form.deinterlacing else []
        steps += form.turn
        if _is_alike(own, self.size_px):
            steps.append(f"scale={width}:{height}:flags=bicubic")
        else:
            share = min(width / own[0], height / own[1])
            inner = [max(round(side * share), 1) for side in own]
            steps.append(f"scale={inner[0]}:{inner[1]}:flags=bicubic")
        steps.append("format=bgr24")
        if not _is_alike(own, self.size_px):
            steps.append(f"pad={width}:{height}:-1:-1")
        source = (
            f"video_size={form.width}x{form.height}:pix_fmt={form.pixels}:time_base={time_base}:"
            f"pixel_aspect=1/1:range={form.color_range}:colorspace="
        )
        self._has_odd_colours = False
        graph = _graph(f"{source}{form.colorspace}", steps, self.size_px)
        if graph is None:
            # FFmpeg can't convert YCgCo and some others; their light is nearly that of any.
            graph = _graph(f"{source}{_UNTOLD}", steps, self.size_px)
            self._has_odd_colours = True
        if graph is None:
            raise ClipError(f"Pixels like the clip's ({form.pixels}) can't be read; convert it.")
        self._form, self._graph = form, graph

    def _ready(self, still_inside: int) -> Iterator[tuple[T, U8]]:
        """Pictures that are done; not asked for where none can be, as errors are slow and would
        keep the picture before alive."""
        while len(self._under_way) > still_inside:
            try:
                with stage("colours"):
                    bgr = _array_of(self._graph.pull())
            except (BlockingIOError, EOFError):
                return
            yield self._under_way.popleft(), bgr


def _graph(source: str, steps: list[str], size_px: tuple[int, int]) -> Any:  # noqa: ANN401
    """A filter graph from a buffer with the options ``source``, filter after filter; None where
    FFmpeg can't convert such pictures."""
    graph = load_av().filter.Graph()
    graph.threads = decoding_threads(size_px)
    last = graph.add("buffer", source)
    for step in steps:
        name, _, options = step.partition("=")
        node = graph.add(name, options or None)
        last.link_to(node)
        last = node
    last.link_to(graph.add("buffersink"))
    try:
        graph.configure()
    except NotImplementedError:
        return None
    return graph


def _array_of(frame: Any) -> U8:  # noqa: ANN401
    """The frame's own memory as (h, w, 3), copied only where its lines have gaps between them."""
    plane = frame.planes[0]
    lines = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
    pixels = np.ascontiguousarray(lines[:, : frame.width * 3])
    return pixels.reshape(frame.height, frame.width, 3)


def _is_alike(size: tuple[int, int], wanted: tuple[int, int] | None) -> bool:
    """Whether a picture of ``size`` may be scaled to the wanted one without being stretched."""
    if wanted is None or size == wanted:
        return True
    return abs(size[0] * wanted[1] / (size[1] * wanted[0]) - 1) < _SAME_ASPECT


def _side_data(frame: Any) -> list[Any] | None:  # noqa: ANN401
    """What a frame carries beside its picture; None where av can't tell, as it knows fewer kinds
    than FFmpeg does (the EXIF data that photo cameras write into every picture of their clips)."""
    try:
        return list(frame.side_data)
    except ValueError:
        return None


def _turn_of(frame: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The filters that turn and mirror a frame as its display matrix says."""
    kind = load_av().sidedata.sidedata.Type.DISPLAYMATRIX
    known = _side_data(frame)
    if known is None:
        return _BY_ROTATION.get(round(frame.rotation / 90) % 4, ())
    for data in known:
        if data.type == kind and len(bytes(data)) >= 36:
            a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
            largest = max(abs(v) for v in (a, b, c, d)) or 1
            return _TURNS.get(tuple(round(v / largest) for v in (a, b, c, d)), ())  # type: ignore[call-overload]
    return ()


def unusual_views(frame: Any) -> list[str]:  # noqa: ANN401
    """Sentences about a frame that shows no single flat view, by its side data."""
    kinds = load_av().sidedata.sidedata.Type
    found: list[str] = []
    for data in _side_data(frame) or ():
        if data.type == kinds.STEREO3D and len(bytes(data)) >= 4:
            (packing,) = struct.unpack("=i", bytes(data)[:4])
            if packing in _PACKED:
                found.append(
                    f"The clip holds two views, {_PACKED[packing]}, so everybody is seen twice; "
                    "cut one out first."
                )
        elif data.type == kinds.SPHERICAL:
            found.append(
                "The clip is a panorama all around; people in it are bent, so cut a flat view out "
                "of it first."
            )
    return found
