"""A file or folder of keypoints in pictures, recognised by what is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from ...data.arrays import F64
from ...data.reading import parse_json, read_text
from ...data.reading.files import Damaged
from ..values import MOST_FRAMES, Value
from . import arrays, coco, mediapipe, mmpose, openpose
from .sightings import KeypointMotion

_MOST_BYTES: Final = 200_000_000  # of a file, bounds memory
_MOST_PARTS: Final = 8_000_000
"""Lists and objects of a file: half an hour of MediaPipe's landmarks."""
_NUMBERED: Final = re.compile(r"(\d{1,9})(?:_keypoints)?$")
"""How the name of a frame's file ends."""


def frame_files(path: Path) -> list[Path]:
    """The JSON files of a folder with one frame each, in order; those beside ``path`` with the
    same name but for the number, where it is such a file; else ``path`` alone.

    Raises Damaged for a folder without any.
    """
    if path.is_dir():
        found = sorted(path.glob("*.json"))
        if not found:
            raise Damaged("there is no .json file in the folder")
        return found
    number = _NUMBERED.search(path.stem)
    if number is None or not path.stem.endswith("_keypoints"):
        return [path]
    name = path.stem[: number.start()]
    return sorted(one for one in path.parent.glob("*_keypoints.json") if _stem(one) == name)


def _numbered_beside(path: Path) -> list[Path]:
    """The files beside ``path`` whose names differ by their last number alone, itself included."""
    if _NUMBERED.search(path.stem) is None:
        return [path]
    beside = (one for one in path.parent.glob("*.json") if _NUMBERED.search(one.stem))
    return sorted(one for one in beside if _stem(one) == _stem(path))


def _is_one_frame(values: Value) -> bool:
    """Whether a file holds a single picture's people, as tools write that save a file a frame."""
    frames = mmpose.frames_in(values)
    if len(frames) == 1 and mmpose.matches(frames):
        return True
    return isinstance(values, dict) and (openpose.matches([values]) or mediapipe.matches([values]))


def _stem(path: Path) -> str:
    number = _NUMBERED.search(path.stem)
    return path.stem if number is None else path.stem[: number.start()]


def values_of(path: Path) -> Value:
    """The values of one JSON file. Raises ValueError and OSError."""
    return parse_json(read_text(path, _MOST_BYTES), _MOST_BYTES, _MOST_PARTS)


def read_json(path: Path, values: Value) -> KeypointMotion:
    """A file of keypoints whose JSON holds ``values``. Raises Damaged for any other."""
    files = frame_files(path)
    if len(files) > 1 or path.is_dir():
        return _of_frames(files)
    if coco.matches(values):
        return coco.read(values)
    if len(siblings := _numbered_beside(path)) > 1 and _is_one_frame(values):
        return _of_frames(siblings)
    found = _in_one_file(values, list(range(MOST_FRAMES)))
    if found is None:
        raise Damaged("its values are not laid out as those of a tool that Limn knows")
    return found


def numbers_of(files: Sequence[Path]) -> list[int]:
    """The frames of files by the numbers in their names, else by their order."""
    told = [_NUMBERED.search(one.stem) for one in files]
    numbers = [int(one.group(1)) for one in told if one is not None]
    return numbers if len(set(numbers)) == len(files) else list(range(len(files)))


def read_folder(path: Path) -> KeypointMotion:
    """A folder with a file a frame. Raises Damaged."""
    return _of_frames(frame_files(path))


def read_array(values: F64) -> KeypointMotion | None:
    """An array of keypoints in pictures, None for any other. Raises Damaged."""
    return arrays.read(values) if arrays.matches(values) else None


def _in_one_file(values: Value, numbers: list[int]) -> KeypointMotion | None:
    listed = cast("list[Value]", values) if isinstance(values, list) else [values]
    if openpose.matches(listed):
        return openpose.read(listed, numbers[: len(listed)])
    frames = mmpose.frames_in(values)
    if mmpose.matches(frames):
        return mmpose.read(frames, numbers[: len(frames)], mmpose.names_in(values))
    frames = mediapipe.frames_in(values)
    if mediapipe.matches(frames):
        return mediapipe.read(frames, numbers[: len(frames)], values)
    return None


def _of_frames(files: list[Path]) -> KeypointMotion:
    """One frame a file: its number is that of its name, or its place."""
    if len(files) > MOST_FRAMES:
        raise Damaged(f"it has more than {MOST_FRAMES} files")
    numbers = numbers_of(files)
    values: list[Value] = []
    for file in files:
        try:
            values.append(values_of(file))
        except ValueError as error:
            raise Damaged(f"{file.name}: {error}") from error
    if openpose.matches(values):
        return openpose.read(values, numbers)
    single = [mmpose.frames_in(one) for one in values]
    if all(len(one) == 1 for one in single) and mmpose.matches([one[0] for one in single]):
        return mmpose.read([one[0] for one in single], numbers, mmpose.names_in(values[0]))
    if mediapipe.matches(values):
        return mediapipe.read(values, numbers)
    raise Damaged("its files are not laid out as those of a tool that Limn knows")
