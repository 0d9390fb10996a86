"""A stretch of a take, and people by rows of their poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ..data.arrays import I32
from ..data.errors import OutputError, SettingsError
from ..data.types import Person, Take
from ..geometry.camera import camera_at

PER_POSE: Final = (
    "root_xyz_world", "quat_parent_joint", "confidence", "contact", "bridged", "xy_px", "xy_score",
)  # fmt: skip
"""Fields of a person that have one row per pose; shapes of the face, if any, have too."""


def stretch(take: Take, name: str | None, first: int, last: int) -> Take:
    """The take with one person only (everybody, if None) and frames ``first`` to ``last``.

    What the networks saw is left out. Raises OutputError when nobody is left.
    """
    people = [
        _cut(person, first, last) for person in take.people if name is None or person.name == name
    ]
    people = [person for person in people if len(person.frames)]
    if not people:
        raise OutputError("Nobody is there in the chosen frames; nothing was written.")
    cuts = (take.cuts > first) & (take.cuts <= last)
    shot = replace(take, turns=take.turns[:0], path=take.path[:0], zoom=take.zoom[:0])
    return replace(
        take,
        camera=camera_at(shot, first),
        time_s=take.time_s[first : last + 1] - take.time_s[first],
        source_frame=take.source_frame[first : last + 1],
        cuts=take.cuts[cuts] - first,
        T_world_shots=take.T_world_shots[cuts],
        turns=take.turns[first : last + 1],
        path=take.path[first : last + 1],
        zoom=take.zoom[first : last + 1],
        people=tuple(people),
        observed=None,
    )


def positions_of(take: Take, first: int, last: int) -> tuple[int, int]:
    """Positions in the take of the source's frames ``first`` to ``last``.

    Raises SettingsError when the take has none between them.
    """
    if last < first:
        raise SettingsError(f"The last frame ({last}) lies before the first ({first}).")
    chosen = np.flatnonzero((take.source_frame >= first) & (take.source_frame <= last))
    if not len(chosen):
        source = take.source_frame
        there = f"{source[0]} to {source[-1]}" if len(source) else "none"
        raise SettingsError(f"The take has no frame from {first} to {last}; it holds {there}.")
    return int(chosen[0]), int(chosen[-1])


def frames_between(take: Take, first: int | None, last: int | None) -> list[int] | None:
    """Positions in the take of the clip's frames ``first`` to ``last``; None for all of them.

    Raises OutputError when the take has none between them.
    """
    if first is None and last is None:
        return None
    source = take.source_frame
    chosen = np.flatnonzero(
        (source >= (first if first is not None else 0))
        & (source <= (last if last is not None else np.iinfo(np.int32).max))
    )
    if not len(chosen):
        there = f"{source[0]} to {source[-1]}" if len(source) else "none"
        raise OutputError(f"The take has none of these frames; it holds {there}.")
    return chosen.tolist()


def at_rows(person: Person, rows: Sequence[int] | I32, frames: I32) -> Person:
    """``person`` with the poses ``rows``, which are at ``frames`` now."""
    arrays: dict[str, Any] = {field: getattr(person, field)[rows] for field in PER_POSE}
    if len(person.face_weights):
        arrays["face_weights"] = person.face_weights[rows]
    return replace(person, frames=np.asarray(frames, np.int32), **arrays)


def _cut(person: Person, first: int, last: int) -> Person:
    rows = np.flatnonzero((person.frames >= first) & (person.frames <= last))
    return at_rows(person, rows.astype(np.int32), person.frames[rows] - first)
