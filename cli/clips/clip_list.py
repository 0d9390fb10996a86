"""Which clips a batch runs over, and what their takes are called."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...core.data.errors import ClipError
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
    """Return ``folder``/NAME.take.npz per clip.

    Where two names are equal the suffix is kept; where these are equal too, the folders in which
    clips lie are told before, as many as needed; a clip that comes again is numbered.
    """
    places = [clip.absolute() for clip in clips]
    names = [_stem(clip) for clip in clips]
    for depth in range(max((len(place.parts) for place in places), default=0)):
        alike = _places_by_name(names, places)
        if all(len(those) == 1 for those in alike.values()):
            break
        names = [
            name if len(alike[name]) == 1 else _longer(name, place, depth, alike[name])
            for name, place in zip(names, places, strict=True)
        ]
    return [folder / f"{name}.take.npz" for name in _numbered(names)]


def _places_by_name(names: Sequence[str], places: Sequence[Path]) -> dict[str, set[Path]]:
    out: dict[str, set[Path]] = {}
    for name, place in zip(names, places, strict=True):
        out.setdefault(name, set()).add(place)
    return out


def _longer(name: str, place: Path, depth: int, alike: set[Path]) -> str:
    """With the suffix at ``depth`` 0, if it tells some of those ``alike`` apart, with the next
    folder's name at every further one."""
    if depth == 0:
        return place.name if len({one.name for one in alike}) > 1 else name
    return f"{place.parts[-1 - depth]}-{name}" if depth < len(place.parts) - 1 else name


def _numbered(names: Sequence[str]) -> list[str]:
    """The names with " (2)" and so on after those that came before."""
    out: list[str] = []
    for name in names:
        number, now = 1, name
        while now in out or (number > 1 and now in names):
            number += 1
            now = f"{name} ({number})"
        out.append(now)
    return out


def _stem(clip: Path) -> str:
    if is_pattern(clip) and not os.path.exists(clip):
        return re.sub(r"[ _.-]*(#+|%\d*d)", "", clip.stem) or clip.parent.name
    return clip.resolve().name if os.path.isdir(clip) else clip.stem
