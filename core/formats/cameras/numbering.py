"""Which frames of a clip a camera's numbers mean: tools count from 0, from 1 or from anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...data.arrays import I64
from ...data.footage.numbered import PICTURE_SUFFIXES, is_pattern, of_folder, of_pattern
from ...data.reading import Damaged
from ...data.types import ClipInfo


def in_clip(numbers: I64, clip: ClipInfo, *, are_names: bool) -> I64:
    """The frames (n,) of the clip's file that increasing ``numbers`` (n,) mean; -1 for none.

    They count from 0, but where that can't be meant: where they end right after a clip that is
    shown whole they count from 1, and where they are as many as its frames, from their first.
    ``are_names``: they stand in the names of pictures, so they are those of a clip of numbered
    pictures, and from 1 on they count from 1, as FFmpeg does. Raises Damaged where the clip has
    none of these frames.
    """
    names = _names(clip) if are_names else {}
    named = np.array([names.get(int(number), -1) for number in numbers], np.int64)
    if (named >= 0).any():
        return named
    first, last = int(numbers[0]), int(numbers[-1])
    is_whole = clip.first_frame == 0 and clip.step == 1
    count = clip.frame_count if is_whole else 0
    if count > 1 and first > 0 and last - first == count - 1:
        numbers = numbers - first
    elif first > 0 and ((count > 1 and last == count) or (are_names and first == 1)):
        numbers = numbers - 1
    shown = clip.first_frame, clip.first_frame + clip.step * (clip.frame_count - 1)
    if clip.frame_count and len(numbers) > 1 and not shown[0] <= numbers[-1]:
        raise Damaged(_elsewhere(first, last, shown))
    if clip.frame_count and len(numbers) > 1 and numbers[0] > shown[1]:
        raise Damaged(_elsewhere(first, last, shown))
    return numbers


def _elsewhere(first: int, last: int, shown: tuple[int, int]) -> str:
    return f"its frames are {first} to {last}, and the clip's {shown[0]} to {shown[1]}"


def _names(clip: ClipInfo) -> dict[int, int]:
    """The place in the clip of every number in its pictures' names; empty for a video."""
    path = Path(clip.path)
    if clip.is_still:
        pictures = of_folder([path])
    elif os.path.isdir(path):
        pictures = of_folder(_files(path))
    elif is_pattern(path) and os.path.isdir(path.parent):
        pictures = of_pattern(path, _files(path.parent))
    else:
        return {}
    return {one.number: one.place for one in pictures if one.number is not None}


def _files(folder: Path) -> list[Path]:
    files = [file for file in folder.iterdir() if os.path.isfile(file)]
    return [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES]
