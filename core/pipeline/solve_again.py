"""Solving a take again, with other settings or with contacts set by hand; no network runs."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F64
from ..data.errors import SettingsError, TakeError
from ..data.reading import Damaged, parse_json, read_text, refusing
from ..data.reading.json_fields import mapping, member, number, sequence
from ..data.settings import Settings
from ..data.types import Camera, Progress, Take
from ..data.views.view import View
from ..importing.again import cleaned_again
from ..importing.beside import with_rotations
from ..lifting.lifter import Lifter
from .estimate import solve
from .films.elsewhere import without_elsewhere
from .films.film import films_of
from .films.scene import solve_films

_MOST_BYTES: Final = 64_000_000  # of a file of edits, bounds memory


def settings_of(take: Take) -> Settings:
    """The settings a take was made with; what this version doesn't know is left out.

    Raises TakeError for values that this version can't use.
    """
    known = {name: take.settings[name] for name in Settings.__slots__ if name in take.settings}
    try:
        return Settings(**known)  # type: ignore[arg-type]
    except SettingsError as error:
        raise TakeError(
            f"The take of {take.clip.path} holds settings that can't be used: {error}"
        ) from error


def solve_again(
    take: Take,
    settings: Settings,
    edits: Mapping[int, F64] | None = None,
    lifter: Lifter | None = None,
) -> Generator[Progress, None, Take]:
    """Solve the people of ``take`` from what the networks saw of them.

    ``edits`` as in ``pipeline.solve``. Intrinsics that were given stay, a guessed field of view
    follows the settings. Raises TakeError when the take was saved without its observations.
    """
    if take.observed is None:
        raise TakeError(
            f"The take of {take.clip.path} was saved without what the networks saw; estimate again."
        )
    told = take.observed.foreign
    if told is not None and not take.observed.tracks:
        return cleaned_again(take, told, settings, edits)
    keeps_camera = not take.camera.is_estimated and settings.fov_deg == settings_of(take).fov_deg
    camera = take.camera if keeps_camera else None
    solved = yield from solve_take(take, settings, camera, edits, lifter)
    # Whom only a further film shows comes last, and goes when that film isn't used.
    names = [person.name for person in take.people]
    names += [person.name for person in solved.people[len(names) :]]
    people = tuple(replace(new, name=name) for new, name in zip(solved.people, names, strict=False))
    solved = replace(solved, people=people)
    return solved if told is None else with_rotations(solved, told)


def solve_take(
    take: Take,
    settings: Settings,
    camera: Camera | None,
    edits: Mapping[int, F64] | None = None,
    lifter: Lifter | None = None,
) -> Generator[Progress, None, Take]:
    """What ``take`` observed solved anew, with its further views where it has any in use.

    ``camera`` holds known intrinsics. Raises TakeError without observations.
    """
    if take.observed is None:
        raise TakeError(f"The take of {take.clip.path} was saved without what the networks saw.")
    films = films_of(take, camera)
    if len(films) == 1:
        seen = without_elsewhere(take.observed) if take.views else take.observed
        held = {i: edit for i, edit in (edits or {}).items() if i < len(seen.tracks)}
        solved = yield from solve(take.clip, seen, settings, camera, held, lifter)
        return replace(solved, views=tuple(_moved(view, take, solved) for view in take.views))
    solved = yield from solve_films(films, settings, edits, lifter)
    fresh = iter(solved.views)
    views = tuple(
        next(fresh)
        if view.is_used and view.part.observed is not None
        else _moved(view, take, solved)
        for view in take.views
    )
    return replace(solved, views=views)


def _moved(view: View, was: Take, now: Take) -> View:
    """A view that wasn't asked, beside the first camera as before: the world begins elsewhere."""
    camera = view.part.camera
    beside = np.linalg.inv(was.camera.T_world_camera) @ camera.T_world_camera
    T = np.asarray(now.camera.T_world_camera @ beside, np.float64)
    return replace(view, part=replace(view.part, camera=replace(camera, T_world_camera=T)))


def read_contact_edits(path: Path, take: Take) -> dict[int, F64]:
    """Contacts (t, 2) by person from a JSON file, as ``pipeline.solve`` takes them.

    The file holds {"contacts": {"<person's index>": {"<frame position>": [lh, lt, rh, rt]}}} with
    values in [0, 1] in the order of ``CONTACT_POINTS``; frames it leaves out keep the take's own.
    Raises SettingsError for a file of another form.
    """
    with refusing(path, "the contacts", "no contacts of this take", SettingsError):
        data = mapping(parse_json(read_text(path, _MOST_BYTES)), "it")
        given = mapping(member(data, "contacts", "contacts"), "contacts")
        return {
            _position(index): _edited(take, _position(index), mapping(frames, f"person {index}"))
            for index, frames in given.items()
        }


def _position(name: str) -> int:
    if not (name.isascii() and name.isdecimal() and len(name) < 10):
        raise Damaged(f"'{name}' is no number of a person or a frame")
    return int(name)


def _edited(take: Take, index: int, frames: Mapping[str, Any]) -> F64:
    if take.observed is None or not 0 <= index < len(take.people):
        raise Damaged(f"there is no person {index}")
    person, tracks = take.people[index], take.observed.tracks
    there = tracks[index].frames if tracks else person.frames
    first, last = int(there[0]), int(there[-1])
    corners = np.zeros((last - first + 1, 4))
    corners[person.frames - first] = person.contact
    for position, values in frames.items():
        row = _position(position) - first
        if not 0 <= row < len(corners):
            raise Damaged(f"{person.name} is not there in frame {position}")
        what = f"frame {position}"
        four = [number(value, what, -1e6, 1e6) for value in sequence(values, what, 4, 4)]
        corners[row] = np.clip(four, 0, 1)
    # The solve holds whole feet: a foot stands while its heel or its toe does.
    return np.stack([corners[:, :2].max(1), corners[:, 2:].max(1)], axis=-1)
