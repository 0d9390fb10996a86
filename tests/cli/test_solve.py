"""``limn solve``: other settings and edited contacts without the networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import KnowingDetector, KnowingModel, Result, Stage, make_clip
from limn.core.data.skeletons import joint
from limn.core.data.take_file import load_take
from limn.core.geometry.kinematics import person_joints_world
from limn.models import estimators

Limn = Callable[..., Result]


@pytest.fixture
def take(limn: Limn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A take estimated from made-up footage; afterwards the networks are gone."""
    stage = Stage(make_clip(tmp_path / "walk.mp4"))
    networks = KnowingDetector(stage), (KnowingModel(stage),)
    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: networks)
    path = tmp_path / "walk.take.npz"
    result = limn("estimate", tmp_path / "walk.mp4", "-o", path)
    assert result.code == 0, result.err
    monkeypatch.setattr(estimators, "open_estimator", None)
    (tmp_path / "walk.mp4").unlink()
    return path


def test_the_same_settings_give_the_same_motion(limn: Limn, take: Path) -> None:
    again = take.with_name("again.take.npz")
    result = limn("solve", take, "-o", again)
    assert result.code == 0, result.err
    before, after = load_take(take).people[0], load_take(again).people[0]
    assert before.name == after.name
    assert np.array_equal(before.quat_parent_joint, after.quat_parent_joint)
    assert np.array_equal(before.root_xyz_world, after.root_xyz_world)


def test_another_height_scales_the_person(limn: Limn, take: Path) -> None:
    taller = take.with_name("taller.take.npz")
    result = limn("solve", take, "--height", "1.87", "-o", taller)
    assert result.code == 0, result.err
    before, after = load_take(take).people[0], load_take(taller).people[0]
    assert after.height_m == pytest.approx(1.87, abs=1e-3)
    ratio = np.linalg.norm(after.rest_xyz_body[5]) / np.linalg.norm(before.rest_xyz_body[5])
    assert ratio == pytest.approx(1.87 / before.height_m, rel=0.02)


def test_a_height_can_be_taken_back(limn: Limn, take: Path) -> None:
    taller, back = take.with_name("taller.take.npz"), take.with_name("back.take.npz")
    assert limn("solve", take, "--height", "1.87", "-o", taller).code == 0
    assert limn("solve", taller, "-o", back).code == 0
    assert load_take(back).people[0].height_m == pytest.approx(1.87, abs=1e-3), "settings stay"
    assert limn("solve", taller, "--height", "auto", "-o", back).code == 0
    assert load_take(back).people[0].height_m == pytest.approx(load_take(take).people[0].height_m)
    assert load_take(back).settings["height_m"] is None
    with pytest.raises(SystemExit, match="2"):
        limn("solve", taller, "--height", "tall", "-o", back)


def test_a_foot_planted_by_hand_stays_where_it_is(limn: Limn, take: Path, tmp_path: Path) -> None:
    person = load_take(take).people[0]
    held = person.frames[8:16].tolist()
    edits = tmp_path / "edits.json"
    contacts = {str(frame): [1, 1, 0, 0] for frame in held}
    edits.write_text(json.dumps({"contacts": {"0": contacts}}), "utf-8")
    out = take.with_name("edited.take.npz")
    result = limn("solve", take, "--edits", edits, "-o", out)
    assert result.code == 0, result.err
    edited = load_take(out).people[0]
    rows = np.isin(edited.frames, held)
    moved = person_joints_world(edited)[rows, joint("left_ankle")]
    before = person_joints_world(person)[rows, joint("left_ankle")]
    travel = np.linalg.norm(np.diff(moved, axis=0), axis=-1)[2:-2].max()
    free = np.linalg.norm(np.diff(before, axis=0), axis=-1).max()
    assert travel < 0.15 * free, f"the held foot moves {travel * 1000:.1f} mm a frame"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"contacts": {"7": {}}}', '{"contacts": {"0": {"9999": [1, 1, 1, 1]}}}']
)
def test_foreign_edits_are_one_sentence(limn: Limn, take: Path, tmp_path: Path, text: str) -> None:
    edits = tmp_path / "edits.json"
    edits.write_text(text, "utf-8")
    out = tmp_path / "never.take.npz"
    result = limn("solve", take, "--edits", edits, "-o", out)
    assert result.code == 2
    assert "edits.json" in result.err
    assert not out.exists()


def test_a_guessed_field_of_view_is_told_with_its_doubt(limn: Limn, take: Path) -> None:
    guessed = limn("solve", take, "-o", take.with_name("guessed.take.npz"))
    assert "28% nearer or 39% farther" in guessed.out
    given = limn("solve", take, "-o", take.with_name("given.take.npz"), "--fov", "60")
    assert "is a guess" not in given.out


def test_a_single_person_has_a_height(limn: Limn, take: Path) -> None:
    out = take.with_name("told.take.npz")
    assert limn("solve", take, "--height", "1.9,auto", "-o", out).code == 0
    assert load_take(out).people[0].height_m == pytest.approx(1.9, abs=1e-3)
    assert load_take(out).settings["heights_m"] == [1.9, 0.0]
    assert limn("solve", out, "--height", "1.6", "-o", out).code == 0
    assert load_take(out).people[0].height_m == pytest.approx(1.6, abs=1e-3), "everyone's again"
    refused = limn("solve", take, "--height", "1.9,190", "-o", take.with_name("no.take.npz"))
    assert refused.code == 2
    assert "must lie between" in refused.err


def test_a_camera_of_a_file_is_taken_and_kept(limn: Limn, take: Path) -> None:
    table = take.with_name("camera.csv")
    rows = [f"{i},{0.05 * i},0,0,1,0,0,0,{900 + 5 * i}" for i in range(0, 40, 2)]
    table.write_text("\n".join(["frame,x,y,z,qw,qx,qy,qz,focal_px", *rows]))
    moved, again = take.with_name("moved.take.npz"), take.with_name("again.take.npz")
    result = limn("solve", take, "--camera", table, "-o", moved)
    assert result.code == 0, result.err
    told = load_take(moved)
    assert told.settings["camera"] == "given"
    assert len(told.path) == len(told.time_s)
    steps = np.diff(told.path[:, 0].astype(np.float64))
    assert np.abs(steps[:30] / steps[0] - 1).max() < 0.02, "it goes on evenly"
    assert told.zoom[-1] > told.zoom[0]
    table.unlink()
    assert limn("solve", moved, "-o", again).code == 0, "the take keeps it"
    assert np.allclose(load_take(again).path, told.path, atol=1e-6)
    result = limn("solve", take, "--camera", table, "-o", again)
    assert result.code == 2
    assert "camera.csv" in result.err
    assert limn("solve", take, "--camera", "given", "-o", again).code == 2


def test_a_camera_is_told_to_stand_still(limn: Limn, take: Path) -> None:
    still = take.with_name("still.take.npz")
    assert limn("solve", take, "--camera", "still", "-o", still).code == 0
    assert not len(load_take(still).turns)
