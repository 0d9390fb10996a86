"""Clips as people name them: with a frame rate where one is missing, and those of takes."""

from __future__ import annotations

from pathlib import Path

from ..core.data.errors import SettingsError
from ..core.data.types import FrameSource, Take
from . import clips


def open_clip(
    path: str | Path,
    first_frame: int | None = None,
    last_frame: int | None = None,
    step: int = 1,
    *,
    fps: float | None = None,
) -> FrameSource:
    """Open a video, a photo, a folder of pictures or a pattern such as ``shot_####.png``.

    ``first_frame`` and ``last_frame`` (inclusive) count the clip's frames from 0; every ``step``-th
    is read. ``fps`` is for clips that hold no times: image sequences and bare streams. Raises
    ClipError, and SettingsError for the rate of a clip that has its own.
    """
    # Absolute, so that the take finds its footage from any folder.
    whole = Path(path).absolute()
    source = clips.open_clip(whole, first_frame, last_frame, step, sequence_fps=fps)
    if fps is not None and not clips.takes_a_rate(source):
        raise SettingsError(
            f"{path} holds its own times, so --fps can't set its rate; it is for image sequences "
            "and bare streams."
        )
    return source


def open_clip_of(take: Take, clip: str | Path | None = None) -> FrameSource:
    """Open the frames that ``take`` was made from; ``clip`` is the footage if it moved.

    Raises ClipError.
    """
    info = take.clip
    last = int(take.source_frame[-1]) if len(take.source_frame) else None
    where = Path(clip or info.path)
    return clips.open_clip(where, info.first_frame, last, info.step, sequence_fps=info.fps)
