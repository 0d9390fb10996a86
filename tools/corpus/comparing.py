"""How the takes of odd clips are compared: with what, at which times, by which distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from ...core.data.types import Person, Take
from ...core.geometry.kinematics import person_joints_world
from .kinds import RATE

Times: TypeAlias = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From times and source frames of a take to the times of the same pictures in the film."""

_BODY: Final = 22
_SAME_S: Final = 0.004
_OF_FIVE: Final = np.array([0, 1, 1, 2, 3])
LIKE: Final = {
    **dict.fromkeys(
        (
            *("interlaced-top", "interlaced-mjpeg", "interlaced-mpeg2", "interlaced-prores"),
            *("interlaced-wrongly", "interlaced-silently"),
        ),
        "deinterlaced-top",
    ),
    **dict.fromkeys(("interlaced-bottom", "interlaced-mpeg2-wrongly"), "deinterlaced-bottom"),
}
"""What else a kind is compared with."""

NO_RATE: Final = frozenset(
    ("numbers-missing", "numbers-negative", "photo-camera", "beside-masks", "openexr")
)
"""Kinds that hold no times, whose rate has to be told."""

SHOWS: Final[dict[str, Times]] = {
    # Five pictures stand for four; the third shows the second's first field, the fourth the third.
    "film-in-fields": lambda _, frame: (frame // 5 * 4 + _OF_FIVE[frame % 5]) / RATE,
    # Times count from the first picture that can be decoded.
    "amid-a-group": lambda time_s, _: time_s - time_s[-1] + 47 / RATE,
    "torn": lambda time_s, frame: time_s + frame[0] / RATE,
}
"""Kinds whose times are not the film's, for a film of 48 pictures."""


def off_mm(like: Take, take: Take, kind: str = "plain") -> float:
    """Mean distance of the people's joints about the pelvis where both takes show the same picture,
    in mm, worst person.

    Which of two people comes first may differ; the one who is nearer is compared.
    """
    shows = SHOWS.get(kind)
    time_s = take.time_s if shows is None else shows(take.time_s, take.source_frame)
    worst = [_nearest_mm(like, one, take, time_s) for one in like.people]
    return max((mm for mm in worst if not np.isnan(mm)), default=float("nan"))


def _nearest_mm(like: Take, one: Person, take: Take, time_s: np.ndarray) -> float:
    away = [_apart_mm(like, one, time_s, other) for other in take.people]
    return min((mm for mm in away if not np.isnan(mm)), default=float("nan"))


def _apart_mm(like: Take, one: Person, time_s: np.ndarray, other: Person) -> float:
    at, wanted = like.time_s[one.frames], time_s[other.frames]
    near = np.abs(at[None] - wanted[:, None]).argmin(1)
    same = np.abs(at[near] - wanted) < _SAME_S
    if not same.any():
        return float("nan")
    a = person_joints_world(one)[near[same], :_BODY].astype(np.float64)
    b = person_joints_world(other)[same, :_BODY].astype(np.float64)
    return float(1000 * np.linalg.norm((a - a[:, :1]) - (b - b[:, :1]), axis=-1).mean())
