"""Who of a take stays, under which name, and whose frames belong to whom; no network runs again."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

import numpy as np

from ..data.arrays import F64, I32
from ..data.errors import SettingsError, TakeError
from ..data.observations import TrackObservations
from ..data.safe_text import MOST_OF_A_NAME, showable
from ..data.types import Person, Progress, Take
from ..geometry.camera import cameras_at
from ..geometry.kinematics import move_person
from ..lifting.lifter import Lifter
from ..tracking.gating import cut
from ..tracking.track_record import join_tracks
from .estimate import solve
from .solve_again import settings_of, solve_take

Feet: TypeAlias = Mapping[int, F64]
"""Whether left and right foot stand (2,), in [0, 1], by position in ``Take.time_s``."""


@dataclass(frozen=True, slots=True, eq=False)
class EditedPerson:
    """Somebody in a take: a name, what the networks saw of them and how their feet stand.

    ``is_held`` tells that somebody set contacts by hand; otherwise the solver finds them anew.
    ``height_m`` is what was told of their height, 0 where nothing was.
    """

    name: str
    track: TrackObservations
    feet: Feet = field(default_factory=dict[int, F64])
    is_held: bool = False
    height_m: float = 0.0


PeopleEdit = tuple[EditedPerson, ...]
"""Everybody of a take as it shall become."""


def edit_of(take: Take, edits: Mapping[int, F64] | None = None) -> PeopleEdit:
    """Everybody in ``take``. Raises TakeError when it was saved without what the networks saw.

    ``edits`` are contacts set by hand, as for ``pipeline.solve``: they stay with their frames,
    whoever these come to belong to.
    """
    if take.observed is None or (take.people and not take.observed.tracks):
        raise TakeError(
            f"The take of {take.clip.path} was saved without what the networks saw; estimate again."
        )
    told, held = settings_of(take).heights_m, edits or {}
    pairs = zip(take.people, take.observed.tracks, strict=True)
    return tuple(
        EditedPerson(
            person.name,
            track,
            _feet(person, track, held.get(i)),
            i in held,
            told[i] if i < len(told) else 0.0,
        )
        for i, (person, track) in enumerate(pairs)
    )


def _feet(person: Person, track: TrackObservations, held: F64 | None) -> Feet:
    if held is not None:
        return dict(enumerate(held, int(track.frames[0])))
    corners = person.contact.astype(np.float64)
    stand = np.stack([corners[:, :2].max(1), corners[:, 2:].max(1)], axis=-1)
    return dict(zip(person.frames.tolist(), stand, strict=True))


def find(edit: PeopleEdit, who: str) -> int:
    """The index of a person by name, or by number from 1. Raises SettingsError."""
    names = [edited.name for edited in edit]
    if names.count(who) == 1:
        return names.index(who)
    if names.count(who) > 1:
        raise SettingsError(f"Several people are called {who}; give the number.")
    if who.isdecimal() and 1 <= int(who) <= len(edit):
        return int(who) - 1
    listed = ", ".join(names) or "nobody"
    raise SettingsError(f"Nobody is called {who}; the take holds {listed}.")


def keep(edit: PeopleEdit, who: Sequence[str]) -> PeopleEdit:
    """Only these people, in the order of the take. Raises SettingsError."""
    wanted = {find(edit, name) for name in who}
    return tuple(edited for i, edited in enumerate(edit) if i in wanted)


def drop(edit: PeopleEdit, who: Sequence[str]) -> PeopleEdit:
    """Everybody but these people. Raises SettingsError when nobody would be left."""
    unwanted = {find(edit, name) for name in who}
    left = tuple(edited for i, edited in enumerate(edit) if i not in unwanted)
    if not left:
        raise SettingsError("A take needs somebody in it; leave at least one person.")
    return left


def rename(edit: PeopleEdit, who: str, name: str) -> PeopleEdit:
    """Another name for one person. Raises SettingsError when it is empty or taken."""
    at, name = find(edit, who), showable(name.strip(), MOST_OF_A_NAME)
    if not name:
        raise SettingsError(f"The new name of {edit[at].name} is empty.")
    if any(edited.name == name for i, edited in enumerate(edit) if i != at):
        raise SettingsError(f"Somebody else is called {name} already.")
    return tuple(replace(edited, name=name) if i == at else edited for i, edited in enumerate(edit))


def merge(edit: PeopleEdit, who: str, other: str, cuts: I32) -> PeopleEdit:
    """Two people as one, who keeps the first one's name.

    In frames in which both are there the first one counts where a network saw them.
    Raises SettingsError for one person twice, or for people of different shots.
    """
    a, b = find(edit, who), find(edit, other)
    if a == b:
        raise SettingsError(f"{edit[a].name} can't be merged with themselves.")
    shots = {int(np.searchsorted(cuts, int(edit[i].track.frames[0]), side="right")) for i in (a, b)}
    if len(shots) > 1:
        raise SettingsError(
            f"{edit[a].name} and {edit[b].name} are in different shots, where everybody's place "
            "is found anew; they can't be merged."
        )
    one = replace(
        edit[a],
        track=_merged(edit[a].track, edit[b].track),
        feet={**edit[b].feet, **edit[a].feet},
        is_held=edit[a].is_held or edit[b].is_held,
    )
    return tuple(one if i == a else edited for i, edited in enumerate(edit) if i != b)


def split(edit: PeopleEdit, who: str, position: int) -> PeopleEdit:
    """One person as two: the second begins with frame ``position`` of the take.

    Raises SettingsError when there is nothing on one side of it.
    """
    at = find(edit, who)
    name, track = edit[at].name, edit[at].track
    row = int(np.searchsorted(track.frames, position))
    if not 0 < row < len(track.frames):
        raise SettingsError(f"{name} isn't there on both sides of that frame; nothing to split.")
    later = replace(edit[at], name=_free_name(edit, name), track=cut(track, slice(row, None)))
    earlier = replace(edit[at], track=cut(track, slice(0, row)))
    return (*edit[:at], earlier, later, *edit[at + 1 :])


def solve_edit(
    take: Take, edit: PeopleEdit, lifter: Lifter | None = None
) -> Generator[Progress, None, Take]:
    """Solve those people of ``edit`` whose frames or contacts aren't as ``take`` has them.

    Everybody else and the camera stay as they are; where nobody is left to solve nothing is.
    Whoever has contacts set by hand is solved with them.
    """
    if take.observed is None:
        raise TakeError(f"The take of {take.clip.path} was saved without what the networks saw.")
    row_of = {id(track): row for row, track in enumerate(take.observed.tracks)}
    rows = [None if edited.is_held else row_of.get(id(edited.track)) for edited in edit]
    tracks = tuple(edited.track for edited in edit)
    # Another tool's rotations are counted by people, who may be others now.
    seen = replace(take.observed, tracks=tracks, foreign=None)
    same = [row for row in rows if row is not None]
    settings = replace(settings_of(take), heights_m=tuple(edited.height_m for edited in edit))
    if settings.heights_m != settings_of(take).heights_m:
        take = replace(take, settings=take.settings | {"heights_m": list(settings.heights_m)})
    if len(same) == len(edit):
        return _renamed(replace(_only(take, same), observed=seen), edit)
    held = {i: _held_feet(edited) for i, edited in enumerate(edit) if edited.is_held}
    if take.views:
        # Who is who in the other views may have changed with them.
        camera = None if take.camera.is_estimated else take.camera
        again = replace(take, observed=seen)
        solved = yield from solve_take(again, settings, camera, held, lifter)
        # Whom only other films show is found anew, and comes last: once more where they were
        # dropped, once where they were split.
        few = min(len(solved.people), len(edit))
        return _renamed(_first(solved, few), edit[:few])
    solved = yield from solve(take.clip, seen, settings, take.camera, held, lifter)
    people = tuple(
        _into(take, solved, new) if row is None else take.people[row]
        for row, new in zip(rows, solved.people, strict=True)
    )
    # Warnings begin with the names that the solver gave.
    named = tuple(
        replace(one, name=new.name) for one, new in zip(people, solved.people, strict=True)
    )
    together = replace(
        take, people=named, observed=seen, report=solved.report, warnings=solved.warnings
    )
    return _renamed(together, edit)


def _only(take: Take, rows: Sequence[int]) -> Take:
    """``take`` with the people at ``rows`` only, and what the report says of them."""
    people = tuple(take.people[row] for row in rows)
    gone = [one.name for row, one in enumerate(take.people) if row not in rows]
    report = dict(take.report)
    entries = report.get("people")
    if isinstance(entries, list):
        told = cast("list[Any]", entries)
        report["people"] = [told[row] for row in rows if row < len(told)]
    warnings = tuple(
        text for text in take.warnings if not any(text.startswith(f"{name} ") for name in gone)
    )
    return replace(take, people=people, report=report, warnings=warnings)


def _first(take: Take, count: int) -> Take:
    """``take`` with its first people only, and what was seen of them."""
    if take.observed is None or count == len(take.people):
        return take
    seen = replace(take.observed, tracks=take.observed.tracks[:count])
    return replace(_only(take, range(count)), observed=seen)


def _into(take: Take, solved: Take, person: Person) -> Person:
    """``person`` of ``solved`` as seen by the camera of ``take``, where the others stand."""
    if not len(person.frames):
        return person
    first = person.frames[:1]
    was: F64 = cameras_at(take, first)[0]
    now: F64 = cameras_at(solved, first)[0]
    T: F64 = was @ np.linalg.inv(now)
    return person if np.abs(T - np.eye(4)).max() < 1e-9 else move_person(person, T)


def _held_feet(edited: EditedPerson) -> F64:
    """Contacts (t, 2) over a person's frames, first to last; 0 where nothing is known."""
    span = range(int(edited.track.frames[0]), int(edited.track.frames[-1]) + 1)
    return np.array([edited.feet.get(position, np.zeros(2)) for position in span])


def _renamed(take: Take, edit: PeopleEdit) -> Take:
    """The names of ``edit`` on people and in the report."""
    report = dict(take.report)
    entries = report.get("people")
    if isinstance(entries, list) and len(cast(list[Any], entries)) == len(edit):
        pairs = zip(cast(list[dict[str, Any]], entries), edit, strict=True)
        report["people"] = [{**entry, "name": edited.name} for entry, edited in pairs]
    warnings = list(take.warnings)
    for person, edited in zip(take.people, edit, strict=True):
        # Warnings begin with the person's name.
        warnings = [
            edited.name + text[len(person.name) :] if text.startswith(f"{person.name} ") else text
            for text in warnings
        ]
    pairs = zip(take.people, edit, strict=True)
    people = tuple(replace(person, name=edited.name) for person, edited in pairs)
    return replace(take, people=people, report=report, warnings=tuple(warnings))


def _free_name(edit: PeopleEdit, name: str) -> str:
    taken = {edited.name for edited in edit}
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _merged(a: TrackObservations, b: TrackObservations) -> TrackObservations:
    """Both tracks' frames in order, ``a`` first where both have one in which it was seen."""
    is_seen = _seen_frames(a)
    from_a = {int(frame): (row, is_seen[row]) for row, frame in enumerate(a.frames)}
    frames_b = enumerate(b.frames)
    rows_b = [row for row, frame in frames_b if not from_a.get(int(frame), (0, False))[1]]
    replaced = {int(b.frames[row]) for row in rows_b}
    rows_a = [row for frame, (row, _) in from_a.items() if frame not in replaced]
    joined = join_tracks(cut(a, np.array(rows_a, int)), cut(b, np.array(rows_b, int)))
    return cut(joined, np.argsort(joined.frames))


def _seen_frames(track: TrackObservations) -> list[bool]:
    seen = np.any([one.presence > 0 for one in track.passes.values()], axis=0)
    return [bool(value) for value in seen]
