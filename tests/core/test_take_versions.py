"""Takes of version 1, made before skeletons were stored, are read, solved again and exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.observations import PassObservations, PassWorth
from limn.core.data.skeletons import BLAZEPOSE_SKELETON, COCO_SKELETON
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.decoding.schemes import WHOLE_BODY
from limn.core.editing.mirroring import mirror_take
from limn.core.formats.keypoints.coco import save_coco
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.pipeline import people_edit
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.models.networks.lifter import open_lifter
from limn.tools.jobs import finished

TAKES = Path(__file__).parents[1] / "data" / "takes"
"""The example clip's first frames as Limn saw them before version 2: in "balanced" quality, and by
MoveNet's keypoints alone; those also with made-up depth, by the other estimators."""
OLD = ("walk_v1", "keypoints_v1", "flat_v1", "as_published_v1", "centernet_depth_v1")


def old_take(name: str) -> Take:
    return load_take(TAKES / f"{name}.take.npz")


def test_an_old_take_tells_skeletons_and_worth() -> None:
    walk, keypoints = (old_take(name).observed for name in OLD[:2])
    assert walk is not None
    assert keypoints is not None
    for track in walk.tracks:
        assert track.detected_skeleton == COCO_SKELETON
        assert {name: one.worth for name, one in track.passes.items()} == {
            "full": PassWorth("full", is_precise=False, has_3d=True),
            "heavy": PassWorth("heavy", is_precise=True, has_3d=True),
        }
    (only,) = keypoints.tracks[0].passes.values()
    assert only.worth == PassWorth("keypoints", is_precise=True, has_3d=False)
    assert only.skeleton == BLAZEPOSE_SKELETON
    assert all(person.xy_skeleton == BLAZEPOSE_SKELETON for person in old_take(OLD[0]).people)


@pytest.mark.networks
@pytest.mark.parametrize("name", OLD)
def test_an_old_take_solves_again_to_the_same_motion(name: str) -> None:
    """The solver goes on getting better; what it is given of an old take must be all there was."""
    take = old_take(name)
    again = finished(solve_again(take, settings_of(take), lifter=open_lifter()))
    assert len(again.people) == len(take.people) == 2
    for was, now in zip(take.people, again.people, strict=True):
        np.testing.assert_array_equal(now.frames, was.frames)
        np.testing.assert_allclose(now.confidence, was.confidence, atol=1e-6)
        np.testing.assert_allclose(now.xy_px, was.xy_px, atol=1e-4)
        within_m = 0.035 if name.startswith("keypoints") else 0.03
        np.testing.assert_allclose(now.rest_xyz_body, was.rest_xyz_body, atol=within_m)
        joints = [person_joints_world(one)[:, :22].astype(np.float64) for one in (now, was)]
        assert aligned_error(*joints).mean() < 0.04


@pytest.mark.parametrize("name", ["flat_v1", "as_published_v1"])
def test_a_baseline_heeds_neither_turns_of_the_camera_nor_edits(name: str) -> None:
    take = old_take(name)
    seen = take.observed
    assert seen is not None
    count = len(seen.time_s)
    turns = np.linspace(0, 0.2, 3 * count, dtype=np.float32).reshape(count, 3)
    turned = replace(take, observed=replace(seen, turns=turns))
    plain = finished(solve_again(take, settings_of(take)))
    again = finished(solve_again(turned, settings_of(take), {0: np.ones((count, 2))}))
    assert not len(again.turns)
    for was, now in zip(plain.people, again.people, strict=True):
        np.testing.assert_allclose(now.root_xyz_world, was.root_xyz_world, atol=1e-6)
        assert not now.contact.any()


@pytest.mark.parametrize("name", OLD)
def test_an_old_take_becomes_a_new_one_without_loss(name: str, tmp_path: Path) -> None:
    take = old_take(name)
    path = tmp_path / "new.take.npz"
    save_take(take, path)
    with np.load(path, allow_pickle=False) as new, np.load(TAKES / f"{name}.take.npz") as old:
        assert json.loads(str(new["header"]))["version"] == 2
        for key in set(old.files) - {"header"}:
            np.testing.assert_array_equal(new[key], old[key])
    back = load_take(path).observed
    assert back is not None
    assert take.observed is not None
    for was, now in zip(take.observed.tracks, back.tracks, strict=True):
        assert list(was.passes) == list(now.passes)
        for one, other in zip(was.passes.values(), now.passes.values(), strict=True):
            assert (one.worth, one.skeleton) == (other.worth, other.skeleton)


def test_an_old_take_is_edited(tmp_path: Path) -> None:
    take = old_take("walk_v1")
    edit = people_edit.rename(people_edit.edit_of(take), "2", "Anna")
    edit = people_edit.split(people_edit.drop(edit, ["Person 1"]), "Anna", 9)
    edited = finished(people_edit.solve_edit(take, edit))
    assert [person.name for person in edited.people] == ["Anna", "Anna (2)"]
    assert [len(person.frames) for person in edited.people] == [9, 9]
    merged = people_edit.merge(people_edit.edit_of(edited), "1", "2", edited.cuts)
    save_take(finished(people_edit.solve_edit(edited, merged)), tmp_path / "a.npz")
    (anna,) = load_take(tmp_path / "a.npz").people
    np.testing.assert_array_equal(anna.xy_px, take.people[1].xy_px)
    mirrored = mirror_take(take).people[0].xy_px
    assert not np.array_equal(mirrored, take.people[0].xy_px)


def test_an_old_take_is_exported(tmp_path: Path) -> None:
    take = old_take("walk_v1")
    save_coco(take, take.people, tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert len(document["annotations"]) == sum(len(person.frames) for person in take.people)
    nose = take.people[0].xy_px[0, BLAZEPOSE_SKELETON.names.index("nose")]
    np.testing.assert_allclose(document["annotations"][0]["keypoints"][:2], nose, atol=1e-3)


def test_every_keypoint_and_the_worth_of_its_pass_come_back(tmp_path: Path) -> None:
    take = old_take("walk_v1")
    assert take.observed is not None
    track = take.observed.tracks[0]
    t = len(track.frames)
    rng = np.random.default_rng(0)
    worth = PassWorth("rtmw3d", is_precise=False, has_3d=True, sigma_3d=0.5)
    told = PassObservations(
        rng.normal(size=(t, 133, 2)).astype(np.float32),
        rng.random((t, 133)).astype(np.float32),
        rng.normal(size=(t, 133, 3)).astype(np.float32),
        np.ones(t, np.float32),
        worth,
        WHOLE_BODY,
    )
    passes = {"rtmw3d": told, **track.passes}
    tracks = (replace(track, passes=passes), *take.observed.tracks[1:])
    save_take(replace(take, observed=replace(take.observed, tracks=tracks)), tmp_path / "a.npz")
    back = load_take(tmp_path / "a.npz").observed
    assert back is not None
    assert list(back.tracks[0].passes) == ["rtmw3d", *track.passes]
    one = back.tracks[0].passes["rtmw3d"]
    assert one.worth == worth
    assert one.skeleton == WHOLE_BODY
    assert one.xyz_m.tobytes() == told.xyz_m.tobytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda header: header.pop("skeletons"),
        lambda header: header["skeletons"][0]["parents"].append(0),
        lambda header: header["skeletons"][0]["mirror"].reverse(),
        lambda header: header["people"][0].update(skeleton=9),
        lambda header: header["people"][0].update(skeleton="nose"),
        lambda header: header["tracks"][0]["passes"]["full"].update(sigma_3d=-1),
        lambda header: header["tracks"][0]["passes"]["full"].pop("has_3d"),
        lambda header: header["tracks"][0].update(skeleton=0),
    ],
)
def test_damaged_skeletons_and_worth_are_refused(damage: object, tmp_path: Path) -> None:
    save_take(old_take("walk_v1"), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as npz:
        arrays = {name: npz[name] for name in npz.files}
    header = json.loads(str(arrays["header"]))
    assert callable(damage)
    damage(header)
    arrays["header"] = np.array(json.dumps(header))
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(TakeError, match="damaged"):
        load_take(tmp_path / "b.npz")
