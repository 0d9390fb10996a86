"""Choosing among the people of a take: who stays, and whose frames belong to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.errors import SettingsError, TakeError
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.pipeline import people_edit
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.tools.jobs import finished
from synthetic import Actor, watch
from synthetic_motion import standing

FPS = 30.0


@pytest.fixture(scope="module")
def take() -> Take:
    """Somebody large, and somebody farther off who is away for longer than a join reaches."""
    here, there = standing(FPS, 4.0).moved((-0.9, 0.0)), standing(FPS, 4.0).moved((0.9, 1.0))
    away = np.ones(len(here), bool)
    away[30:100] = False
    clip = replace(watch(here, there), actors=(Actor(here), Actor(there, away)))
    return clip.estimate(Settings())


def solved(take: Take, edit: people_edit.PeopleEdit) -> Take:
    return finished(people_edit.solve_edit(take, edit))


def names(take: Take) -> list[str]:
    return [person.name for person in take.people]


def test_everybody_kept_changes_nothing(take: Take) -> None:
    edit = people_edit.edit_of(take)
    assert len(edit) == 3
    assert people_edit.keep(edit, ["1", "2", "3"]) == edit
    assert solved(take, edit).people[0] is not None
    again = solved(take, people_edit.edit_of(take))
    for old, new in zip(take.people, again.people, strict=True):
        np.testing.assert_array_equal(new.root_xyz_world, old.root_xyz_world)


def test_those_kept_are_those_not_dropped(take: Take) -> None:
    edit = people_edit.edit_of(take)
    assert people_edit.keep(edit, ["Person 1", "3"]) == people_edit.drop(edit, ["2"])
    left = solved(take, people_edit.drop(edit, ["2"]))
    assert names(left) == ["Person 1", "Person 3"]
    np.testing.assert_array_equal(left.people[1].frames, take.people[2].frames)


def test_a_name_stays_with_its_person_and_solves_nothing(take: Take) -> None:
    edit = people_edit.rename(people_edit.edit_of(take), "2", " Anna ")
    job = people_edit.solve_edit(take, edit)
    with pytest.raises(StopIteration) as end:
        next(job)
    named = end.value.value
    assert names(named) == ["Person 1", "Anna", "Person 3"]
    assert [entry["name"] for entry in named.report["people"]] == names(named)
    assert named.people[1].root_xyz_world is take.people[1].root_xyz_world
    moved = solved(named, people_edit.drop(people_edit.edit_of(named), ["1"]))
    assert names(moved) == ["Anna", "Person 3"]


def test_warnings_name_people_as_they_are_called_now(take: Take) -> None:
    said = ("Person 2 leaves.", "Person 22 is no one here.", "The picture is dark.")
    edit = people_edit.rename(people_edit.edit_of(take), "2", "Anna")
    named = solved(replace(take, warnings=said), edit)
    assert named.warnings == ("Anna leaves.", *said[1:])


def test_merging_undoes_splitting(take: Take) -> None:
    edit = people_edit.edit_of(take)
    parts = people_edit.split(edit, "1", 50)
    assert [role.name for role in parts[:2]] == ["Person 1", "Person 1 (2)"]
    assert parts[0].track.frames[-1] == 49
    assert parts[1].track.frames[0] == 50
    whole = people_edit.merge(parts, "Person 1", "Person 1 (2)", take.cuts)
    again = solved(take, whole)
    assert names(again) == names(take)
    np.testing.assert_allclose(
        again.people[0].root_xyz_world, take.people[0].root_xyz_world, atol=1e-5
    )


def test_somebody_who_left_and_came_back_can_be_made_one(take: Take) -> None:
    edit = people_edit.merge(people_edit.edit_of(take), "2", "3", take.cuts)
    one = solved(take, edit).people[1]
    assert one.frames[0] == take.people[1].frames[0] or one.frames[0] == take.people[2].frames[0]
    assert {0, 119} <= set(one.frames.tolist())
    assert not set(range(45, 85)) & set(one.frames.tolist()), "nobody is invented in the gap"


def test_where_both_were_seen_the_first_counts(take: Take) -> None:
    edit = people_edit.edit_of(take)
    both = people_edit.merge(edit, "1", "2", take.cuts)[0].track
    assert (np.diff(both.frames) > 0).all()
    np.testing.assert_array_equal(both.frames, edit[0].track.frames)
    np.testing.assert_array_equal(both.boxes_px, edit[0].track.boxes_px)


@pytest.mark.parametrize(
    ("choose", "sentence"),
    [
        (lambda c: people_edit.drop(c, ["1", "2", "3"]), "leave at least one"),
        (lambda c: people_edit.keep(c, ["Bob"]), "Nobody is called Bob"),
        (lambda c: people_edit.keep(c, ["4"]), "Nobody is called 4"),
        (lambda c: people_edit.rename(c, "1", "  "), "is empty"),
        (lambda c: people_edit.rename(c, "1", "Person 2"), "already"),
        (lambda c: people_edit.merge(c, "1", "Person 1", np.zeros(0, np.int32)), "themselves"),
        (lambda c: people_edit.merge(c, "2", "3", np.array([60], np.int32)), "different shots"),
        (lambda c: people_edit.split(c, "1", 0), "nothing to split"),
        (lambda c: people_edit.split(c, "1", 4000), "nothing to split"),
    ],
)
def test_what_cant_be_chosen_is_said(take: Take, choose: object, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        choose(people_edit.edit_of(take))  # type: ignore[operator]


def test_a_take_without_observations_says_so(take: Take) -> None:
    with pytest.raises(TakeError, match="estimate again"):
        people_edit.edit_of(replace(take, observed=None))


def test_a_chosen_take_can_be_saved_and_chosen_from_again(take: Take, tmp_path: object) -> None:
    path = f"{tmp_path}/a.take.npz"
    save_take(solved(take, people_edit.split(people_edit.edit_of(take), "1", 60)), path)
    loaded = load_take(path)
    assert len(loaded.people) == 4
    assert loaded.observed is not None
    back = solved(loaded, people_edit.drop(people_edit.edit_of(loaded), ["2", "3", "4"]))
    assert back.people[0].frames[-1] == 59


def lifted(take: Take, person: int) -> dict[int, np.ndarray]:
    """Contacts of one person set by hand: the left foot never stands."""
    frames = take.observed.tracks[person].frames if take.observed else np.zeros(0)
    held = np.ones((int(frames[-1] - frames[0]) + 1, 2))
    held[:, 0] = 0.0
    return {person: held}


def left_foot(take: Take, person: int) -> float:
    return float(take.people[person].contact[:, :2].max())


def test_contacts_set_by_hand_stay_with_their_frames(take: Take) -> None:
    assert min(left_foot(take, 1), left_foot(take, 2)) > 0.5, "they stand on both feet"
    edit = people_edit.edit_of(take, lifted(take, 1))
    alone = solved(take, people_edit.keep(edit, ["2"]))
    assert left_foot(alone, 0) == 0.0
    assert alone.people[0].contact[:, 2:].max() > 0.5
    parted = solved(take, people_edit.split(edit, "2", int(take.people[1].frames[20])))
    assert [left_foot(parted, i) > 0.5 for i in range(4)] == [True, False, False, True]
    one = solved(take, people_edit.merge(edit, "2", "3", take.cuts))
    first, second = len(take.people[1].frames), len(take.people[2].frames)
    feet = one.people[1].contact[:, :2].max(1)
    assert feet[: first - 1].max() == 0.0
    assert feet[-second + 1 :].max() > 0.5, "the other one's contacts are the take's own"
    untouched = solved(take, people_edit.drop(edit, ["2"]))
    assert left_foot(untouched, 1) > 0.5


def test_whom_an_edit_is_not_about_stays_as_they_were_before_the_same_camera(take: Take) -> None:
    edit = people_edit.edit_of(take)
    for choice in (people_edit.split(edit, "1", 60), people_edit.drop(edit, ["2"])):
        new = solved(take, choice)
        np.testing.assert_array_equal(new.camera.K, take.camera.K)
        np.testing.assert_array_equal(new.camera.T_world_camera, take.camera.T_world_camera)
        for name in ("root_xyz_world", "quat_parent_joint", "rest_xyz_body", "contact"):
            was, now = getattr(take.people[2], name), getattr(new.people[-1], name)
            np.testing.assert_array_equal(now, was)
    halves = solved(take, people_edit.split(edit, "1", 60)).people[:2]
    whole = take.people[0].root_xyz_world
    together = np.concatenate([half.root_xyz_world for half in halves])
    assert np.abs(together - whole).max() < 0.1
    entries = solved(take, people_edit.drop(edit, ["2"])).report["people"]
    assert [entry["name"] for entry in entries] == ["Person 1", "Person 3"]


def test_a_told_height_is_theirs_and_stays_theirs(take: Take) -> None:
    settings = replace(settings_of(take), heights_m=(0.0, 1.9))
    told = finished(solve_again(take, settings))
    assert told.people[1].height_m == pytest.approx(1.9, abs=1e-3)
    assert told.people[0].height_m == pytest.approx(take.people[0].height_m, abs=1e-3)
    left = solved(told, people_edit.drop(people_edit.edit_of(told), ["1"]))
    assert settings_of(left).heights_m == (1.9, 0.0)
    again = finished(solve_again(left, settings_of(left)))
    assert again.people[0].height_m == pytest.approx(1.9, abs=1e-3)
