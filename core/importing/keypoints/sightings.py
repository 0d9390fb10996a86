"""What a file of keypoints says: who was seen where in which frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, I32, check_fields, of_shape
from ...data.reading.files import Damaged
from ...data.skeletons import Skeleton
from ..values import MOST_FRAMES, Value, Values
from .names import columns, put, target_of

MOST_SIGHTINGS: Final = 5_000_000  # people times frames, bounds memory
NOBODY: Final = -1
"""The number of somebody whom the file doesn't follow from frame to frame."""
_FAR: Final = 1e6  # pixels; nothing lies farther out
_RELATIVE: Final = 3.0
"""Coordinates up to this many are shares of the picture, beyond whose borders people reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Somebody in one frame: ``xy`` (n, 2), ``score`` (n,) and perhaps ``xyz_m`` (n, 3) of the
    keypoints ``names``; ``who`` is their number in the file or ``NOBODY``."""

    frame: int
    names: tuple[str, ...]
    xy: F64 = field(metadata=of_shape("n", 2, has_gaps=True))
    score: F64 = field(metadata=of_shape("n", has_gaps=True))
    who: int = NOBODY
    xyz_m: F64 | None = field(default=None, metadata=of_shape("n", 3, has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.names))


@dataclass(frozen=True, slots=True, eq=False)
class KeypointMotion:
    """A whole file, m sightings ordered by frame.

    ``frames`` (m,) positions from 0, ``who`` (m,); ``xy`` (m, n, 2) pixels, or shares of the
    picture where ``is_relative``, ``score`` (m, n) in [0, 1], 0 = not seen, and ``xyz_m``
    (m, n, 3) of the n keypoints of ``skeleton``, None where the file is flat. ``size_px`` and
    ``fps`` are None where the file is silent.
    """

    tool: str
    skeleton: Skeleton
    frames: I32 = field(metadata=of_shape("m"))
    who: I32 = field(metadata=of_shape("m"))
    xy: F64 = field(metadata=of_shape("m", "n", 2))
    score: F64 = field(metadata=of_shape("m", "n"))
    xyz_m: F64 | None = field(default=None, metadata=of_shape("m", "n", 3))
    size_px: tuple[int, int] | None = None
    fps: float | None = None
    is_relative: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.skeleton))

    @property
    def frame_count(self) -> int:
        """Frames up to the last in which anybody is."""
        return int(self.frames[-1]) + 1


def gathered(
    tool: str,
    seen: Sequence[Sighting],
    size_px: tuple[int, int] | None = None,
    fps: float | None = None,
    notes: tuple[str, ...] = (),
) -> KeypointMotion:
    """All sightings of a file on one skeleton. Raises Damaged where there are none."""
    if not seen:
        raise Damaged("there is nobody in it")
    if len(seen) > MOST_SIGHTINGS:
        raise Damaged(f"it has more than {MOST_SIGHTINGS} people and frames")
    layouts = list(dict.fromkeys(one.names for one in seen))
    target = target_of([name for names in layouts for name in names])
    place = {names: columns(names, target) for names in layouts}
    order = sorted(range(len(seen)), key=lambda k: seen[k].frame)
    seen = [seen[k] for k in order]
    xy = np.stack([put(one.xy, place[one.names]) for one in seen])
    score = np.stack([put(one.score, place[one.names]) for one in seen])
    xyz = None
    if any(one.xyz_m is not None for one in seen):
        flat = np.zeros((len(target), 3))
        xyz = np.stack([
            flat if one.xyz_m is None else put(one.xyz_m, place[one.names]) for one in seen
        ])  # fmt: skip
        xyz = np.clip(np.nan_to_num(xyz), -_FAR, _FAR)
    is_there = np.isfinite(xy).all(-1) & np.isfinite(score) & (np.abs(xy) < _FAR).all(-1)
    score = np.where(is_there, np.clip(np.nan_to_num(score), 0, 1), 0.0)
    xy = np.where(is_there[..., None], xy, 0.0)
    if not (score > 0).any():
        raise Damaged("nobody in it has any keypoint")
    return KeypointMotion(
        tool=tool,
        skeleton=target,
        frames=positions([one.frame for one in seen]),
        who=np.array([one.who for one in seen], np.int32),
        xy=xy,
        score=score,
        xyz_m=xyz,
        size_px=size_px,
        fps=fps,
        is_relative=bool(np.abs(xy[score > 0]).max() < _RELATIVE),
        notes=notes,
    )


def positions(numbers: Sequence[int]) -> I32:
    """Frames counted from 0, of a file that may count them from 1. Raises Damaged."""
    out = np.asarray(numbers, np.int64)
    if out.size and (out.min() < 0 or out.max() > MOST_FRAMES):
        raise Damaged(f"its frames are not numbered from 0 to {MOST_FRAMES}")
    return (out - (1 if out.size and out.min() == 1 else 0)).astype(np.int32)


def triplets(value: Value, what: str) -> tuple[F64, F64]:
    """Keypoints (n, 2) and scores (n,) of x, y and score one after the other, or in rows of
    two or three; without scores all are 1. Raises Damaged."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise Damaged(f"{what} are no numbers") from error
    if array.ndim == 1:
        if array.size % 3:
            raise Damaged(f"{what} are {array.size} numbers, which are no x, y and score")
        array = array.reshape(-1, 3)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise Damaged(f"{what} are no rows of x and y")
    score = array[:, 2] if array.shape[1] == 3 else np.ones(len(array))
    return array[:, :2], score


def whole_number(value: Value, otherwise: int) -> int:
    """A whole number of a file, perhaps written as 3.0, "3" or [3]; ``otherwise`` if it is none."""
    if isinstance(value, list) and len(cast("list[Value]", value)) == 1:
        value = cast("list[Value]", value)[0]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return int(value) if 0 <= value < 2**31 and value == int(value) else otherwise


def size_in(values: Values) -> tuple[int, int] | None:
    """The picture's width and height under the names that tools use, None without."""
    for names in (
        ("width", "height"),
        ("image_width", "image_height"),
        ("canvas_width", "canvas_height"),
        ("imageWidth", "imageHeight"),
    ):
        width, height = (whole_number(values.get(name), 0) for name in names)
        if 0 < width < _FAR and 0 < height < _FAR:
            return width, height
    return None
