"""Which clips a batch runs over, and what their takes are called."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...core.data.errors import ClipError, OutputError
from ...core.data.footage.numbered import PICTURE_SUFFIXES, is_pattern
from ...core.data.settings import VIDEO_SUFFIXES


def list_clips(paths: Sequence[Path]) -> list[Path]:
    """Replace every folder that holds videos by those videos, sorted.

    A folder of pictures only is one clip, as it is for ``open_clip``. Raises ClipError when a
    folder holds neither.
    """
    clips: list[Path] = []
    for path in paths:
        clips += [clip for clip in _clips_of(path) if clip not in clips]
    return clips


def _clips_of(path: Path) -> list[Path]:
    if not os.path.isdir(path):
        return [path]
    try:
        listed = sorted(path.iterdir())
    except OSError as error:
        raise ClipError(f"Can't read the folder {path}: {error.strerror or error}.") from error
    files = [f for f in listed if os.path.isfile(f) and not f.name.startswith(".")]
    videos = [f for f in files if f.suffix.lower() in VIDEO_SUFFIXES]
    if not videos and not any(f.suffix.lower() in PICTURE_SUFFIXES for f in files):
        raise ClipError(f"There is no video or photo in the folder {path}.")
    return videos or [path]


def name_takes(clips: Sequence[Path], folder: Path) -> list[Path]:
    """Return ``folder``/NAME.take.npz per clip, with the suffix kept where two names are equal.

    Raises OutputError when even that leaves two clips with one take.
    """
    stems = [_stem(clip) for clip in clips]
    names = [
        clip.name if stems.count(stem) > 1 else stem
        for clip, stem in zip(clips, stems, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise OutputError(f"Two clips are named {name}; give them separate output folders.")
    return [folder / f"{name}.take.npz" for name in names]


def _stem(clip: Path) -> str:
    if is_pattern(clip) and not os.path.exists(clip):
        return re.sub(r"[ _.-]*(#+|%\d*d)", "", clip.stem) or clip.parent.name
    return clip.resolve().name if os.path.isdir(clip) else clip.stem
