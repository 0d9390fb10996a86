"""The preview of a take: its footage with the skeletons over it, beside a slowly turning 3D view.

The skeletons are the take's joints seen through its camera: what the armature does, not what the
networks saw.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ...core.data.timing import longest_step_s
from ...core.data.types import Camera, Frame, FrameSource, Progress, Take
from ...core.gallery.room import SWING_S, swing_deg
from ...core.geometry.camera import camera_at
from ..opencv import load_cv2
from ..writing.writers import PictureWriter, open_writer
from .body_overlay import TakeBodies
from .figures import Figure, Pose, mixed
from .gallery import Gallery
from .layout import Layout
from .overlay import draw_over_footage
from .shapes import INK, WHITE, capsule, dashes, disc, draw_limbs, text, text_width
from .turntable import Turntable

_STAGE: Final = "preview"
_MAX_SIDE_PX: Final = {".mp4": 1600, ".gif": 720, ".png": 2000}
_MAX_FPS: Final = {".mp4": 60.0, ".gif": 12.5}
_DEFAULT_FPS: Final = 25.0
_SHEET_PICTURES: Final = 6
_TURN_DEG_PER_S: Final = 20.0
_STILL_TURN_S: Final = 8.0


def render_preview(
    take: Take,
    source: FrameSource,
    out: str | Path,
    *,
    max_side_px: int | None = None,
    frames: range | None = None,
    with_bodies: bool = False,
    style: str = "overlay",
) -> Generator[Progress, None, Path]:
    """Draw ``take`` over ``source``, the frames it was made from, into ``out`` and return its path.

    A ``.png`` shows one picture of a photo and six moments of a clip; a ``.gif`` has 12.5 frames a
    second. ``frames`` are positions in ``Take.time_s`` (default all), ``max_side_px`` is the
    longest side of the result. ``with_bodies`` shows meshes over the footage instead of skeletons.
    The ``style`` "gallery" shows coloured sticks before a photo wall instead of all that.
    Closing the generator leaves no file.

    Raises OutputError when ``out`` can't be written, ClipError when the source has none of the
    frames.
    """

    def painter(pictures: int, side_px: int) -> Painter:
        return painter_for(take, pictures, side_px, style, with_bodies)

    return (yield from draw_take(take, source, Path(out), painter, max_side_px, frames))


def draw_take(
    take: Take,
    source: FrameSource,
    out: Path,
    painter_of: Callable[[int, int], Painter],
    max_side_px: int | None = None,
    frames: range | None = None,
    most_moments: int = _SHEET_PICTURES,
) -> Generator[Progress, None, Path]:
    """Draw the frames of ``take`` with the painter that ``painter_of`` makes for a number of
    pictures and the longest side of the result; see ``render_preview`` for the rest."""
    suffix = out.suffix.lower()
    chosen = range(len(take.time_s)) if frames is None else frames
    chosen = [position for position in chosen if 0 <= position < len(take.time_s)]
    side = max_side_px or _MAX_SIDE_PX.get(suffix, 1600)
    if suffix == ".png":
        moments = chosen if take.clip.is_still else _moments(take, chosen, most_moments)
        painter = painter_of(len(moments), side)
        with open_writer(out, 1.0, painter.layout.sheet_px) as writer:
            yield from _draw_sheet(painter, source, moments, writer)
        return out
    painter = painter_of(1, side)
    fps = _shown_fps(take, _MAX_FPS.get(suffix, 60.0))
    with open_writer(out, fps, painter.layout.sheet_px) as writer:
        if take.clip.is_still:
            yield from _turn_still(painter, source, chosen, writer, fps)
        else:
            yield from _draw_video(painter, source, chosen, writer, fps)
    return out


class Painter(Protocol):
    """Makes the pictures of a take."""

    @property
    def take(self) -> Take:
        """The take whose frames are shown."""
        ...

    @property
    def layout(self) -> Layout:
        """The size of a picture, and how several share a sheet."""
        ...

    def picture(self, position: int, bgr: U8, turned_deg: float | None = None) -> U8:
        """The picture of a position in ``Take.time_s``; of a photo, ``turned_deg`` of 360."""
        ...


def painter_for(
    take: Take, pictures: int, side_px: int, style: str, with_bodies: bool = False
) -> Painter:
    """The painter of a style, for a number of pictures that share ``side_px``."""
    if style == "gallery":
        return _GalleryPainter(take, Layout.plain(take.camera.size_px, side_px, pictures))
    return _OverlayPainter(take, Layout.of(take.camera.size_px, side_px, pictures), with_bodies)


def _draw_sheet(
    painter: Painter, source: FrameSource, moments: Sequence[int], writer: PictureWriter
) -> Generator[Progress, None, None]:
    sheet = painter.layout.blank_sheet()
    for done, (position, frame) in enumerate(_matching(painter.take, source, moments)):
        slot = moments.index(position)
        painter.layout.place(sheet, slot, painter.picture(position, frame.bgr))
        yield Progress(_STAGE, done + 1, len(moments))
    writer.write(sheet)


def _draw_video(
    painter: Painter, source: FrameSource, chosen: Sequence[int], writer: PictureWriter, fps: float
) -> Generator[Progress, None, None]:
    """Every frame is shown for its own time, jumps apart: at a low rate some not at all."""
    steps_s = np.diff(painter.take.time_s)
    usual_s = np.median(steps_s) if len(steps_s) else 1 / fps
    steps_s = np.minimum(np.append(steps_s, usual_s), longest_step_s(1 / usual_s))
    changes_s = np.append(0.0, np.cumsum(steps_s))
    changes_s -= changes_s[chosen[0] if chosen else 0]
    # Picture n is shown at n / fps; the small share keeps rounding from skipping one.
    first_shown = np.ceil(changes_s * fps - 0.01).astype(int)
    for done, (position, frame) in enumerate(_matching(painter.take, source, chosen)):
        repeats = int(first_shown[position + 1] - first_shown[position])
        if repeats:
            picture = painter.picture(position, frame.bgr)
            for _ in range(repeats):
                writer.write(picture)
        yield Progress(_STAGE, done + 1, len(chosen))


def _turn_still(
    painter: Painter, source: FrameSource, chosen: Sequence[int], writer: PictureWriter, fps: float
) -> Generator[Progress, None, None]:
    """A photo stands still while its 3D view turns round once."""
    total = round(_STILL_TURN_S * fps)
    for position, frame in _matching(painter.take, source, chosen):
        for n in range(total):
            writer.write(painter.picture(position, frame.bgr, turned_deg=360 * n / total))
            yield Progress(_STAGE, n + 1, total)


class _GalleryPainter:
    """Coloured sticks before a photo wall; the view swings, once to and fro over a photo."""

    def __init__(self, take: Take, layout: Layout) -> None:
        self.take, self.layout = take, layout
        self._gallery = Gallery(take, layout.footage_px)

    def picture(self, position: int, bgr: U8, turned_deg: float | None = None) -> U8:
        """The gallery at a position in ``Take.time_s``."""
        phase = float(self.take.time_s[position]) / SWING_S
        if turned_deg is not None:
            phase = turned_deg / 360
        picture = self._gallery.draw(position, bgr, swing_deg(phase))
        if not self.take.clip.is_still:
            size = self.layout.text_px
            at = np.array([1.6 * size, picture.shape[0] - 1.8 * size])
            text(picture, _caption(self.take, position), at, size, mixed(WHITE, INK, 0.6))
        return picture


class _OverlayPainter:
    """Composes the footage with skeletons and the 3D view of one frame."""

    def __init__(self, take: Take, layout: Layout, with_bodies: bool = False) -> None:
        self._bodies = TakeBodies(take) if with_bodies else None
        self.take, self.layout = take, layout
        self._figures = [Figure(person, n) for n, person in enumerate(take.people)]
        self._turntable = Turntable(take, self._figures, layout.panel_px)

    def picture(self, position: int, bgr: U8, turned_deg: float | None = None) -> U8:
        """Footage and 3D view side by side at a position in ``Take.time_s``."""
        cv2 = load_cv2()
        poses = [pose for figure in self._figures if (pose := figure.at(position)) is not None]
        shrinks = bgr.shape[1] > 2 * self.layout.footage_px[0]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        footage = cv2.resize(bgr, self.layout.footage_px, interpolation=method)
        camera = _scaled(camera_at(self.take, position), self.layout.footage_px)
        if self._bodies is None:
            draw_over_footage(footage, camera, poses, footage.shape[1] / bgr.shape[1])
        else:
            self._bodies.draw(footage, camera, position)
        if turned_deg is None:
            turned_deg = _TURN_DEG_PER_S * float(self.take.time_s[position])
        view = self._turntable.draw(position, poses, turned_deg)
        size = self.layout.text_px
        _draw_caption(footage, _caption(self.take, position), size)
        _draw_legend(view, poses, size)
        return self.layout.joined(footage, view)


def _caption(take: Take, position: int) -> str:
    if take.clip.is_still:
        return ""
    return f"frame {take.source_frame[position]}   {take.time_s[position]:.2f} s"


def _matching(
    take: Take, source: FrameSource, chosen: Sequence[int]
) -> Generator[tuple[int, Frame], None, None]:
    """The source's frames that are among the ``chosen`` positions, in order."""
    position_of = {int(take.source_frame[position]): position for position in chosen}
    last = max(position_of, default=-1)
    frames = source.frames()
    found = False
    try:
        for frame in frames:
            if frame.index in position_of:
                found = True
                yield position_of[frame.index], frame
            if frame.index >= last:
                break
    finally:
        close = getattr(frames, "close", None)
        if close is not None:
            close()
    if not found:
        raise ClipError(f"{source.info.path} has none of the frames that the take was made from.")


def _moments(take: Take, chosen: Sequence[int], most: int) -> list[int]:
    """Evenly spread positions, of those with somebody in the picture where there are any."""
    people = {int(k) for person in take.people for k in person.frames}
    pool = [position for position in chosen if position in people] or list(chosen)
    count = min(most, len(pool))
    return [pool[(2 * n + 1) * len(pool) // (2 * count)] for n in range(count)]


def _shown_fps(take: Take, most: float) -> float:
    gaps = np.diff(take.time_s)
    return float(min(1 / np.median(gaps), most)) if len(gaps) else min(_DEFAULT_FPS, most)


def _scaled(camera: Camera, size_px: tuple[int, int]) -> Camera:
    """The camera of the picture resized to ``size_px``; pixel centres are at whole numbers."""
    scale = np.array(size_px) / np.array(camera.size_px)
    K = camera.K.copy()
    K[:2, :2] *= scale[:, None]
    K[:2, 2] = (K[:2, 2] + 0.5) * scale - 0.5
    return replace(camera, K=K, size_px=size_px)


def _draw_caption(picture: U8, caption: str, height_px: float) -> None:
    if not caption:
        return
    start = np.array([1.6 * height_px, picture.shape[0] - 1.8 * height_px])
    end = start + np.array([text_width(caption, height_px), 0])
    patch = picture.copy()
    capsule(patch, np.stack([start, end]), (height_px, height_px), INK)
    load_cv2().addWeighted(patch, 0.62, picture, 0.38, 0, dst=picture)
    text(picture, caption, start, height_px, WHITE)


def _draw_legend(picture: U8, poses: Sequence[Pose], height_px: float) -> None:
    """What the tints, discs and dashes mean."""
    if not poses:
        return
    at = np.array([1.4 * height_px, picture.shape[0] - 1.8 * height_px])
    bar = np.array([[0.0, 0.0], [1.3 * height_px, 0.0]])
    radii = (0.36 * height_px, 0.36 * height_px)
    colours = poses[0].tints
    grey = mixed(WHITE, INK, 0.28)
    for label in ("left", "right", "on floor", "unsure"):
        if label in colours:
            capsule(picture, at + bar, radii, colours[label])
        elif label == "unsure":
            pieces, thin = dashes(at + bar * 1.3, np.array(radii))
            draw_limbs(picture, pieces, thin, [colours["middle"]] * len(pieces), 0.6)
        else:
            disc(picture, at + bar[1] / 2, 0.5 * height_px, WHITE)
        at[0] += 2.3 * height_px
        text(picture, label, at, height_px, grey)
        at[0] += text_width(label, height_px) + 1.5 * height_px
