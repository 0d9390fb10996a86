"""Solve Again of imported motion: what the file told is kept, and cleaned by other settings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import foreign_motion
import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Person, Take
from limn.core.editing.smoothing import smooth_take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.opening import import_motion
from limn.core.pipeline.people_edit import edit_of
from limn.core.pipeline.solve_again import read_contact_edits, settings_of, solve_again
from limn.tools.jobs import finished

from .walking_source import walking

FRAMES = 60


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking(FRAMES)


@pytest.fixture(params=["rotations", "points"])
def take(request: pytest.FixtureRequest, tmp_path: Path, walker: Person) -> Take:
    if request.param == "rotations":
        foreign_motion.gvhmr(tmp_path / "a.pt", walker)
        return import_motion(tmp_path / "a.pt")
    np.save(tmp_path / "a.npy", person_joints_world(walker))
    return import_motion(tmp_path / "a.npy", ImportSettings(fps=30.0))


def _again(take: Take, settings: Settings, **options: object) -> Take:
    return finished(solve_again(take, settings, **options))  # type: ignore[arg-type]


def _joints(take: Take) -> np.ndarray:
    return person_joints_world(take.people[0]).astype(np.float64)


def test_the_same_settings_give_the_same_motion(take: Take, tmp_path: Path) -> None:
    save_take(take, tmp_path / "a.take.npz")
    kept = load_take(tmp_path / "a.take.npz")
    again = _again(kept, settings_of(kept))
    np.testing.assert_allclose(_joints(again), _joints(take), atol=1e-3)
    np.testing.assert_allclose(again.camera.T_world_camera, take.camera.T_world_camera, atol=1e-3)
    np.testing.assert_allclose(again.path, take.path, atol=2e-3)
    assert again.warnings == take.warnings
    third = _again(again, settings_of(again))
    np.testing.assert_allclose(_joints(third), _joints(take), atol=1e-3)


def test_other_settings_apply(take: Take) -> None:
    assert take.people[0].contact.max() == 1.0
    free = _again(take, replace(settings_of(take), contacts="off"))
    assert not free.people[0].contact.any()
    assert settings_of(free).contacts == "off"
    tall = _again(take, replace(settings_of(take), height_m=1.95))
    assert tall.people[0].height_m == pytest.approx(1.95, abs=0.03)


def test_contacts_set_by_hand_hold_a_foot(take: Take, tmp_path: Path) -> None:
    stand = slice(10, 40)
    edits = {"contacts": {"0": {str(k): [0, 0, 1, 1] for k in range(FRAMES)}}}
    for k in range(stand.start, stand.stop):
        edits["contacts"]["0"][str(k)] = [1, 1, 0, 0]
    (tmp_path / "a.json").write_text(json.dumps(edits))
    held = read_contact_edits(tmp_path / "a.json", take)
    again = _again(take, settings_of(take), edits=held)
    assert (again.people[0].contact[stand, :2].max(1) > 0.5).all()
    heel = again.people[0].contact[stand, 2:].max(1)
    assert heel.max() < 0.5
    ankle = [7, 10]
    steps = np.linalg.norm(np.diff(_joints(again)[stand][:, ankle, :2].mean(1), axis=0), axis=-1)
    before = np.linalg.norm(np.diff(_joints(take)[stand][:, ankle, :2].mean(1), axis=0), axis=-1)
    assert steps[2:-2].mean() < 0.25 * before[2:-2].mean()


def test_as_it_is_can_be_cleaned_later(tmp_path: Path, walker: Person) -> None:
    foreign_motion.amass(tmp_path / "a.npz", walker)
    raw = import_motion(tmp_path / "a.npz", ImportSettings(is_as_it_is=True))
    assert not raw.people[0].contact.any()
    assert _again(raw, settings_of(raw)).people[0].contact.max() == 1.0


def test_edited_takes_and_peoples_tracks_stay_out_of_it(take: Take) -> None:
    edited = smooth_take(take, 0, FRAMES - 1, 3.0)
    with pytest.raises(TakeError, match="without what the networks saw"):
        _again(edited, Settings())
    with pytest.raises(TakeError, match="without what the networks saw"):
        edit_of(take)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda header: header["foreign"]["people"].append(7),
        lambda header: header["foreign"].update(people=[5]),
        lambda header: header["foreign"].update(sigma_m="x"),
        lambda header: header.update(foreign=3),
        lambda header: header.pop("foreign"),
    ],
)
def test_damaged_parts_are_one_sentence(take: Take, tmp_path: Path, break_it: object) -> None:
    save_take(take, tmp_path / "a.take.npz")
    with np.load(tmp_path / "a.take.npz") as archive:
        arrays = dict(archive)
    header = json.loads(str(arrays["header"]))
    break_it(header)  # type: ignore[operator]
    arrays["header"] = np.array(json.dumps(header))
    np.savez(tmp_path / "b.take.npz", **arrays)
    with pytest.raises(TakeError):
        load_take(tmp_path / "b.take.npz")
