"""One of several cameras' clips, as the networks saw it, and what is known of the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.errors import ClipError, NoPersonError, SettingsError
from ...data.footage.places import name_of
from ...data.observations import GivenCamera, Observed
from ...data.types import Camera, ClipInfo, Take
from ...data.views.view import GivenOfView, Heard, View


@dataclass(frozen=True, slots=True, eq=False)
class KnownFilm:
    """What is known of a film's camera: ``camera`` holds known intrinsics; ``pose`` (4, 4) takes
    the first camera's axes to this one's, metres; ``given`` is what else somebody told; ``path``
    how it moves, of a clip that is estimated by itself."""

    camera: Camera | None = None
    given: GivenOfView = field(default_factory=GivenOfView)
    pose: F64 | None = field(default=None, metadata=of_shape(4, 4))
    path: GivenCamera | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """One camera's clip as the networks saw it, and what is known, as in ``KnownFilm``; what its
    sound tells of its clock beside the first one's is ``heard``."""

    info: ClipInfo
    seen: Observed
    camera: Camera | None = None
    given: GivenOfView = field(default_factory=GivenOfView)
    pose: F64 | None = field(default=None, metadata=of_shape(4, 4))
    heard: Heard | None = None

    def __post_init__(self) -> None:
        check_fields(self)


def known_films(
    camera: Camera | GivenCamera | Sequence[KnownFilm] | None, count: int
) -> Sequence[KnownFilm]:
    """What is known of each of ``count`` films: told of each, or one camera's intrinsics for all.

    Raises SettingsError where another number of films is told of.
    """
    if isinstance(camera, GivenCamera):
        return [KnownFilm(path=camera)] * count
    if camera is None or isinstance(camera, Camera):
        return [KnownFilm(camera)] * count
    if len(camera) != count:
        raise SettingsError(f"{len(camera)} cameras are known for {count} clips; tell one of each.")
    return camera


def films_of(take: Take, camera: Camera | None) -> list[Film]:
    """The films that a take with views was made of, those that are used; ``camera`` holds known
    intrinsics of the first. Raises ValueError where it was saved without what was seen."""
    if take.observed is None:
        raise ValueError("the take holds no observations")
    out = [Film(take.clip, take.observed, camera)]
    to_first = np.linalg.inv(take.camera.T_world_camera)
    for view in take.views:
        part = view.part
        if view.is_used and part.observed is not None:
            out.append(
                Film(
                    info=part.clip,
                    seen=part.observed,
                    camera=part.camera if not part.camera.is_estimated else None,
                    given=view.given,
                    pose=_pose_from(to_first, part.camera) if view.given.pose else None,
                    heard=view.heard,
                )
            )
    return out


def views_without(views: Sequence[View], left_out: Sequence[str]) -> tuple[View, ...]:
    """``views`` of which those that ``left_out`` names, by number from 1 or by file, aren't used
    and all others are; "none" names none. Raises SettingsError for one that there isn't."""
    names = names_of([view.part.clip.path for view in views])
    off: set[int] = set()
    for word in left_out:
        at = [i for i, name in enumerate(names) if word in (name, str(i + 1))]
        if not at and word != "none":
            told = ", ".join(names) or "none"
            raise SettingsError(f"The take has no further view {word}; it has {told}.")
        off.update(at)
    return tuple(replace(view, is_used=i not in off) for i, view in enumerate(views))


def _pose_from(to_first: Floats, camera: Camera) -> F64:
    return np.asarray(np.linalg.inv(to_first @ camera.T_world_camera), np.float64)


def poses_of(films: Sequence[Film]) -> F64 | None:
    """Every camera's pose (c, 4, 4) beside the first, None where one isn't known."""
    poses = [film.pose for film in films[1:]]
    told = [pose for pose in poses if pose is not None]
    if len(told) < len(poses):
        return None
    return np.stack([np.eye(4), *told])


def check_film(film: Film, name: str) -> None:
    """Raises NoPersonError where nobody is seen, ClipError where the film has cuts."""
    if not film.seen.tracks:
        raise NoPersonError(f"No person found in {name}.")
    if len(film.seen.cuts):
        raise ClipError(
            f"{name} has {len(film.seen.cuts) + 1} shots; clips that go together have one: choose "
            "a stretch without cuts with --first-frame and --last-frame."
        )


def names_of(paths: Sequence[str]) -> list[str]:
    """What films are called in sentences: their files' names, with the folder's where several are
    called alike."""
    names = [name_of(path) for path in paths]
    if len(set(names)) == len(names):
        return names
    return ["/".join(Path(path).parts[-2:]) for path in paths]
