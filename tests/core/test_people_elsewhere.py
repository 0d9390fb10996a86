"""People whom only a further film shows are people of the take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import NoPersonError
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Person, Take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.pipeline.films.elsewhere import without_elsewhere
from limn.core.pipeline.films.film import Film, views_without
from limn.core.pipeline.films.scene import solve_films
from limn.core.pipeline.people_edit import drop, edit_of, merge, solve_edit, split
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.tools.jobs import finished
from synthetic import Flaws, watch
from synthetic_motion import jumping, squatting
from synthetic_skeleton import Motion
from together_views import film, part_of, round_about

BOTH = jumping(30.0).moved((0.8, 0.0)), part_of(squatting(30.0), 0, 87).moved((-0.8, 0.0))
FLAWS = Flaws(noise_m=0.01)
LIMBS = [1, 2, 4, 5, 7, 8, 16, 17, 18, 19, 20, 21]


def seen_from(yaw_deg: float, name: str, *people: Motion) -> Film:
    return film(watch(*people, camera=round_about(yaw_deg), flaws=FLAWS), name)


@pytest.fixture(scope="module")
def films() -> list[Film]:
    return [seen_from(0.0, "front.mp4", BOTH[0]), seen_from(60.0, "side.mp4", *BOTH)]


@pytest.fixture(scope="module")
def take(films: list[Film]) -> Take:
    return finished(solve_films(films, Settings()))


def apart_m(take: Take) -> np.ndarray:
    """From the first person's hips to the second one's, (t, 3) metres."""
    first, second = (
        dict(zip(p.frames.tolist(), p.root_xyz_world, strict=True)) for p in take.people
    )
    return np.array([second[i] - first[i] for i in sorted(set(first) & set(second))])


def limbs(person: Person) -> np.ndarray:
    return limbs_of(person_joints_world(person))


def limbs_of(joints: np.ndarray) -> np.ndarray:
    return joints[:, LIMBS] - joints[:, LIMBS].mean(1, keepdims=True)


def test_who_is_in_a_further_film_only_is_in_the_take(take: Take) -> None:
    jumper, squatter = take.people
    assert len(squatter.frames) == len(BOTH[1])
    assert not squatter.xy_score.any()
    assert not squatter.bridged.any()
    assert squatter.confidence.mean() > 0.5
    assert [text for text in take.warnings if "Only side.mp4 shows Person 2" in text]
    # They stand as far from each other as they do, on one floor, before the first film's camera.
    true = np.linalg.norm(BOTH[1].joints()[:, 0] - BOTH[0].joints()[:, 0], axis=-1)
    told = np.linalg.norm(apart_m(take), axis=-1)
    assert np.median(np.abs(told - true)) < 0.25
    feet = person_joints_world(squatter)[:, [10, 11], 2]
    assert abs(np.median(feet) - np.median(person_joints_world(jumper)[:10, [10, 11], 2])) < 0.12


def test_they_move_as_they_did(take: Take) -> None:
    told, true = limbs(take.people[1]), limbs_of(BOTH[1].joints())
    A, B = told.reshape(-1, 3), true.reshape(-1, 3)
    U, S, Vt = np.linalg.svd(A.T @ B)
    off = np.linalg.norm(S.sum() / (A**2).sum() * A @ (U @ Vt) - B, axis=-1)
    assert off.mean() < 0.04


def test_a_take_of_them_is_solved_again_and_kept(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "both.take.npz"
    save_take(take, path)
    loaded = load_take(path)
    again = finished(solve_again(loaded, settings_of(loaded)))
    for before, now in zip(take.people, again.people, strict=True):
        np.testing.assert_array_equal(now.root_xyz_world, before.root_xyz_world)
    held = {1: np.ones((len(take.people[1].frames), 2))}
    assert finished(solve_again(loaded, settings_of(loaded), held)).people[1].contact.mean() > 0.9


def test_they_go_with_their_film_and_come_back(take: Take) -> None:
    named = replace(take, people=(replace(take.people[0], name="Ada"), take.people[1]))
    held = {1: np.ones((len(take.people[1].frames), 2))}
    off = replace(named, views=views_without(named.views, ["side.mp4"]))
    alone = finished(solve_again(off, settings_of(off), held))
    assert [person.name for person in alone.people] == ["Ada"]
    on = replace(alone, views=views_without(alone.views, ["none"]))
    both = finished(solve_again(on, settings_of(on)))
    assert [person.name for person in both.people] == ["Ada", "Person 2"]


def test_people_can_be_edited(take: Take) -> None:
    edit = edit_of(take)
    alone = finished(solve_edit(take, drop(edit, ["Person 2"])))
    assert [person.name for person in alone.people] == ["Person 1"]
    merged = finished(solve_edit(take, merge(edit, "Person 1", "Person 2", take.cuts)))
    assert [person.name for person in merged.people] == ["Person 1"]
    parts = finished(solve_edit(take, split(edit, "Person 2", 20)))
    assert [person.name for person in parts.people] == ["Person 1", "Person 2"]
    for one in (alone, merged, parts):
        assert one.observed is not None
        assert len(one.observed.tracks) == len(one.people)
    left = finished(solve_edit(take, drop(edit, ["Person 1"])))
    with pytest.raises(NoPersonError, match=r"front\.mp4"):
        finished(solve_again(left, settings_of(left)))


def test_two_films_that_show_them_make_one_person(films: list[Film]) -> None:
    back = seen_from(140.0, "back.mp4", *BOTH)
    take = finished(solve_films([*films, back], Settings()))
    assert len(take.people) == 2
    # Two cameras tell where they are.
    true = np.linalg.norm(BOTH[1].joints()[:, 0] - BOTH[0].joints()[:, 0], axis=-1)
    assert np.median(np.abs(np.linalg.norm(apart_m(take), axis=-1) - true)) < 0.12


def test_who_is_there_already_is_not_added(films: list[Film]) -> None:
    # Each film has the man twice, as two tracks that nobody told to be one.
    twice = films[1].seen.tracks
    jumper = max(twice, key=lambda track: np.ptp(track.center_px[:, 1]))
    seen = replace(films[1].seen, tracks=(*twice, jumper))
    take = finished(solve_films([films[0], replace(films[1], seen=seen)], Settings()))
    assert len(take.people) == 2
    assert [text for text in take.warnings if "who can't be told from others" in text]


def test_tracks_of_people_who_are_seen_stay(films: list[Film], take: Take) -> None:
    assert without_elsewhere(films[1].seen) is films[1].seen
    assert take.observed is not None
    assert len(without_elsewhere(take.observed).tracks) == 1
