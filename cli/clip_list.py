"""Which clips a batch runs over, and what their takes are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..core.errors import ClipError, OutputError

VIDEO_SUFFIXES: Final = frozenset(
    (
        ".mp4",
        ".mov",
        ".m4v",
        ".avi",
        ".mkv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".mts",
        ".m2ts",
        ".wmv",
        ".3gp",
    )
)
PICTURE_SUFFIXES: Final = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"))


def list_clips(paths: Sequence[Path]) -> list[Path]:
    """Replace every folder by the clips in it, sorted: videos, photos, and of a numbered image
    sequence its first picture. Raises ClipError when a folder holds none.
    """
    clips: list[Path] = []
    for path in paths:
        found = _clips_in(path) if path.is_dir() else [path]
        if not found:
            raise ClipError(f"There is no video or photo in the folder {path}.")
        clips += [clip for clip in found if clip not in clips]
    return clips


def _clips_in(folder: Path) -> list[Path]:
    clips: list[Path] = []
    sequences: set[tuple[str, str]] = set()
    for path in sorted(folder.iterdir()):
        suffix = path.suffix.lower()
        if path.name.startswith(".") or not path.is_file():
            continue
        if suffix in PICTURE_SUFFIXES:
            name = re.sub(r"\d+$", "", path.stem)
            if name != path.stem:
                if (name, suffix) in sequences:
                    continue
                sequences.add((name, suffix))
            clips.append(path)
        elif suffix in VIDEO_SUFFIXES:
            clips.append(path)
    return clips


def name_takes(clips: Sequence[Path], folder: Path) -> list[Path]:
    """Return ``folder``/NAME.take.npz per clip, with the suffix kept where two names are equal.

    Raises OutputError when even that leaves two clips with one take.
    """
    stems = [clip.stem for clip in clips]
    names = [clip.name if stems.count(clip.stem) > 1 else clip.stem for clip in clips]
    for name in names:
        if names.count(name) > 1:
            raise OutputError(f"Two clips are named {name}; give them separate output folders.")
    return [folder / f"{name}.take.npz" for name in names]
