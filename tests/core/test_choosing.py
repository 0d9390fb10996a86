"""Choosing among the people of a take: who stays, and whose frames belong to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.errors import SettingsError, TakeError
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.pipeline import people_edit as choosing
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


def solved(take: Take, cast: choosing.Cast) -> Take:
    return finished(choosing.solve_cast(take, cast))


def names(take: Take) -> list[str]:
    return [person.name for person in take.people]


def test_everybody_kept_changes_nothing(take: Take) -> None:
    cast = choosing.cast_of(take)
    assert len(cast) == 3
    assert choosing.keep(cast, ["1", "2", "3"]) == cast
    assert solved(take, cast).people[0] is not None
    again = solved(take, choosing.cast_of(take))
    for old, new in zip(take.people, again.people, strict=True):
        np.testing.assert_array_equal(new.root_xyz_world, old.root_xyz_world)


def test_those_kept_are_those_not_dropped(take: Take) -> None:
    cast = choosing.cast_of(take)
    assert choosing.keep(cast, ["Person 1", "3"]) == choosing.drop(cast, ["2"])
    left = solved(take, choosing.drop(cast, ["2"]))
    assert names(left) == ["Person 1", "Person 3"]
    np.testing.assert_array_equal(left.people[1].frames, take.people[2].frames)


def test_a_name_stays_with_its_person_and_solves_nothing(take: Take) -> None:
    cast = choosing.rename(choosing.cast_of(take), "2", " Anna ")
    job = choosing.solve_cast(take, cast)
    with pytest.raises(StopIteration) as end:
        next(job)
    named = end.value.value
    assert names(named) == ["Person 1", "Anna", "Person 3"]
    assert [entry["name"] for entry in named.report["people"]] == names(named)
    assert named.people[1].root_xyz_world is take.people[1].root_xyz_world
    moved = solved(named, choosing.drop(choosing.cast_of(named), ["1"]))
    assert names(moved) == ["Anna", "Person 3"]


def test_warnings_name_people_as_they_are_called_now(take: Take) -> None:
    said = ("Person 2 leaves.", "Person 22 is no one here.", "The picture is dark.")
    cast = choosing.rename(choosing.cast_of(take), "2", "Anna")
    named = solved(replace(take, warnings=said), cast)
    assert named.warnings == ("Anna leaves.", *said[1:])


def test_merging_undoes_splitting(take: Take) -> None:
    cast = choosing.cast_of(take)
    parts = choosing.split(cast, "1", 50)
    assert [role.name for role in parts[:2]] == ["Person 1", "Person 1 (2)"]
    assert parts[0].track.frames[-1] == 49
    assert parts[1].track.frames[0] == 50
    whole = choosing.merge(parts, "Person 1", "Person 1 (2)", take.cuts)
    again = solved(take, whole)
    assert names(again) == names(take)
    np.testing.assert_allclose(
        again.people[0].root_xyz_world, take.people[0].root_xyz_world, atol=1e-5
    )


def test_somebody_who_left_and_came_back_can_be_made_one(take: Take) -> None:
    cast = choosing.merge(choosing.cast_of(take), "2", "3", take.cuts)
    one = solved(take, cast).people[1]
    assert one.frames[0] == take.people[1].frames[0] or one.frames[0] == take.people[2].frames[0]
    assert {0, 119} <= set(one.frames.tolist())
    assert not set(range(45, 85)) & set(one.frames.tolist()), "nobody is invented in the gap"


def test_where_both_were_seen_the_first_counts(take: Take) -> None:
    cast = choosing.cast_of(take)
    both = choosing.merge(cast, "1", "2", take.cuts)[0].track
    assert (np.diff(both.frames) > 0).all()
    np.testing.assert_array_equal(both.frames, cast[0].track.frames)
    np.testing.assert_array_equal(both.boxes_px, cast[0].track.boxes_px)


@pytest.mark.parametrize(
    ("choose", "sentence"),
    [
        (lambda c: choosing.drop(c, ["1", "2", "3"]), "leave at least one"),
        (lambda c: choosing.keep(c, ["Bob"]), "Nobody is called Bob"),
        (lambda c: choosing.keep(c, ["4"]), "Nobody is called 4"),
        (lambda c: choosing.rename(c, "1", "  "), "is empty"),
        (lambda c: choosing.rename(c, "1", "Person 2"), "already"),
        (lambda c: choosing.merge(c, "1", "Person 1", np.zeros(0, np.int32)), "themselves"),
        (lambda c: choosing.merge(c, "2", "3", np.array([60], np.int32)), "different shots"),
        (lambda c: choosing.split(c, "1", 0), "nothing to split"),
        (lambda c: choosing.split(c, "1", 4000), "nothing to split"),
    ],
)
def test_what_cant_be_chosen_is_said(take: Take, choose: object, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        choose(choosing.cast_of(take))  # type: ignore[operator]


def test_a_take_without_observations_says_so(take: Take) -> None:
    with pytest.raises(TakeError, match="estimate again"):
        choosing.cast_of(replace(take, observed=None))


def test_a_chosen_take_can_be_saved_and_chosen_from_again(take: Take, tmp_path: object) -> None:
    path = f"{tmp_path}/a.take.npz"
    save_take(solved(take, choosing.split(choosing.cast_of(take), "1", 60)), path)
    loaded = load_take(path)
    assert len(loaded.people) == 4
    assert loaded.observed is not None
    back = solved(loaded, choosing.drop(choosing.cast_of(loaded), ["2", "3", "4"]))
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
    cast = choosing.cast_of(take, lifted(take, 1))
    alone = solved(take, choosing.keep(cast, ["2"]))
    assert left_foot(alone, 0) == 0.0
    assert alone.people[0].contact[:, 2:].max() > 0.5
    parted = solved(take, choosing.split(cast, "2", int(take.people[1].frames[20])))
    assert [left_foot(parted, i) > 0.5 for i in range(4)] == [True, False, False, True]
    one = solved(take, choosing.merge(cast, "2", "3", take.cuts))
    first, second = len(take.people[1].frames), len(take.people[2].frames)
    feet = one.people[1].contact[:, :2].max(1)
    assert feet[: first - 1].max() == 0.0
    assert feet[-second + 1 :].max() > 0.5, "the other one's contacts are the take's own"
    untouched = solved(take, choosing.drop(cast, ["2"]))
    assert left_foot(untouched, 1) > 0.5
