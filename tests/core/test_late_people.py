"""Who comes into one film late has the motion that another film shows until then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.films.late_people import edits_for, seen_only
from limn.core.pipeline.films.scene import solve_films
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.core.tracking.gating import cut
from limn.tools.jobs import finished
from synthetic_motion import jumping
from together_views import error_m, filmed, part_of

MOTION = part_of(jumping(60.0), 0, None, 2)
LATE = 26
"""The frame of the front's film with which the person comes into its picture."""


def coming_late(film: Film, start: int, stop: int | None = None) -> Film:
    """``film`` in which the person is seen from frame ``start`` to ``stop`` only."""
    track = cut(film.seen.tracks[0], slice(start, stop))
    return replace(film, seen=replace(film.seen, tracks=(track,)))


@pytest.fixture(scope="module")
def films() -> list[Film]:
    front = coming_late(filmed(MOTION, 0.0, "front.mp4", 1), LATE, -8)
    return [front, filmed(MOTION, 70.0, "side.mp4", 2)]


def test_the_other_film_gives_the_motion_until_then(films: list[Film], tmp_path: Path) -> None:
    take = finished(solve_films(films, Settings()))
    (person,) = take.people
    np.testing.assert_array_equal(person.frames, np.arange(len(MOTION)))
    assert error_m(take, MOTION, slice(0, LATE - 4)) < 0.06
    assert error_m(take, MOTION, slice(LATE + 4, -12)) < 0.04
    # Nobody jumps when the second film comes in: no step is longer than the motion's own.
    told = np.linalg.norm(np.diff(person_joints_world(person)[:, 0], axis=0), axis=-1)
    true = np.linalg.norm(np.diff(MOTION.joints()[:, 0], axis=0), axis=-1)
    assert told[LATE - 6 : LATE + 6].max() < true.max() + 0.03
    # The picture of the first film showed nobody there.
    assert not person.xy_score[: LATE - 1].any()
    assert take.observed is not None
    assert len(take.observed.tracks[0].frames) == len(MOTION)
    path = tmp_path / "late.take.npz"
    save_take(take, path)
    loaded = load_take(path)
    again = finished(solve_again(loaded, settings_of(loaded)))
    np.testing.assert_array_equal(again.people[0].root_xyz_world, person.root_xyz_world)


def test_without_the_other_film_they_come_late_again(films: list[Film]) -> None:
    take = finished(solve_films(films, Settings()))
    off = replace(take, views=(replace(take.views[0], is_used=False),))
    (alone,) = finished(solve_again(off, settings_of(take))).people
    assert alone.frames[0] == LATE
    assert alone.frames[-1] == len(MOTION) - 9


def test_films_that_show_everybody_throughout_stay_as_they_were() -> None:
    film = filmed(MOTION, 0.0, "front.mp4", 1)
    assert seen_only(film.seen) is film.seen


def test_contacts_set_by_hand_stay_with_their_frames(films: list[Film]) -> None:
    short, whole = films[0].seen, films[1].seen
    first, last = (int(short.tracks[0].frames[k]) for k in (0, -1))
    edit = np.arange(2.0 * (last - first + 1)).reshape(-1, 2)
    longer = edits_for({0: edit}, short, whole)[0]
    assert len(longer) == len(MOTION)
    np.testing.assert_array_equal(longer[first : last + 1], edit)
    np.testing.assert_array_equal(longer[0], edit[0])
    np.testing.assert_array_equal(longer[-1], edit[-1])
    np.testing.assert_array_equal(edits_for({0: longer}, whole, short)[0], edit)
    assert edits_for(None, short, whole) == {}
    # And a run with them goes through, whatever films are used.
    take = finished(solve_films(films, Settings()))
    held = {0: np.ones((len(MOTION), 2))}
    assert finished(solve_again(take, settings_of(take), held)).people[0].contact.mean() > 0.9
    off = replace(take, views=(replace(take.views[0], is_used=False),))
    assert len(finished(solve_again(off, settings_of(take), held)).people) == 1
