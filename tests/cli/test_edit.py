"""``limn edit`` from the shell: edits in their order, and refusals that write nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import Result
from limn.core.data.take_file import load_take, save_take
from limn.core.editing.rigid_move import heading
from limn.core.geometry.kinematics import person_joints_world

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
from motion_takes import two_people

Limn = Callable[..., Result]


@pytest.fixture
def take_file(tmp_path: Path) -> Path:
    save_take(two_people(), tmp_path / "two.take.npz")
    return tmp_path / "two.take.npz"


def test_edits_are_made_in_their_order(limn: Limn, take_file: Path) -> None:
    out = take_file.with_name("cycle.take.npz")
    result = limn(
        "edit", take_file, "--person", "Anna", "--trim", "11", "20", "--mirror", "--loop", "3",
        "--origin", "--facing", "90", "-o", out, "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert [p["name"] for p in json.loads(result.out)["people"]] == ["Anna"]
    take = load_take(out)
    (anna,) = take.people
    assert take.source_frame.tolist() == list(range(11, 21))
    np.testing.assert_allclose(anna.root_xyz_world[0, :2], 0, atol=1e-5)
    np.testing.assert_allclose(heading(anna), [1, 0, 0], atol=1e-4)
    first, last = person_joints_world(anna)[[0, -1]]
    np.testing.assert_allclose(last - last[:1], first - first[:1], atol=1e-4)
    assert any("Mirrored" in warning for warning in take.warnings)
    (told,) = take.report["people"]  # type: ignore[misc]
    assert (told["name"], told["frames"], told["last_frame"]) == ("Anna", 10, 20)


def test_takes_are_mixed_and_put_one_after_the_other(limn: Limn, take_file: Path) -> None:
    one, out = take_file.with_name("anna.take.npz"), take_file.with_name("o.take.npz")
    assert limn("edit", take_file, "--person", "1", "-o", one).code == 0
    assert limn("edit", one, "--mix", one, "--weight", "0.3", "-o", out).code == 0
    was, now = (person_joints_world(load_take(path).people[0]) for path in (one, out))
    np.testing.assert_allclose(now, was, atol=1e-5)
    assert limn("edit", one, "--then", one, "--overlap", "4", "-o", out).code == 0
    assert len(load_take(out).time_s) == 12 + 12 - 4


def test_a_take_may_replace_itself(limn: Limn, take_file: Path) -> None:
    assert limn("edit", take_file, "--mirror", "-o", take_file).code == 0
    assert load_take(take_file).warnings


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "Nothing was chosen"),
        (("--weight", "0.5"), "Nothing was chosen"),
        (("--mirror", "--weight", "0.5"), "goes with --mix"),
        (("--mirror", "--in-place"), "goes with --loop"),
        (("--trim", "5", "2"), "lies before"),
        (("--trim", "90", "99"), "holds 10 to 21"),
        (("--loop",), "without a gap"),
        (("--person", "Cleo"), "no person Cleo"),
        (("--person", "1", "--trim", "10", "12", "--loop"), "at least 4 frames"),
        (("--mix", "gone.npz"), "does not exist"),
    ],
)
def test_refusals_are_one_sentence_and_write_nothing(
    limn: Limn, take_file: Path, options: tuple[str, ...], sentence: str
) -> None:
    result = limn("edit", take_file, *options, "-o", take_file.with_name("o.take.npz"))
    assert result.code != 0
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert [path.name for path in take_file.parent.iterdir()] == ["two.take.npz"]


def test_clean_up_options_are_made_and_refused(limn: Limn, take_file: Path) -> None:
    out = take_file.with_name("clean.take.npz")
    result = limn(
        "edit", take_file, "--person", "1", "--floor", "12", "--smooth", "3", "--between", "12",
        "19", "--lock-foot", "right", "--ease", "1", "-o", out,
    )  # fmt: skip
    assert result.code == 0, result.err
    was, now = load_take(take_file).people[0], load_take(out).people[0]
    assert now.frames.tolist() == was.frames.tolist()
    rise = now.root_xyz_world[0] - was.root_xyz_world[0]
    np.testing.assert_allclose(rise[:2], 0, atol=1e-6)
    assert abs(rise[2]) > 1e-3
    changed = np.abs(now.quat_parent_joint - was.quat_parent_joint).max((1, 2)) > 1e-6
    assert np.flatnonzero(changed).min() >= 2
    assert np.flatnonzero(changed).max() <= 9
    for options, said in (
        (["--ease", "2"], "--ease goes with --lock-foot"),
        (["--between", "11", "14"], "--between goes with"),
        (["--floor", "99"], "no frame from 99 to 99"),
        (["--smooth", "0"], "must lie between"),
        (["--find-loop", "9"], "too few for a cycle"),
    ):
        refused = limn("edit", take_file, *options, "-o", take_file.with_name("no.take.npz"))
        assert refused.code in (2, 7), options
        assert said in refused.err
        assert not take_file.with_name("no.take.npz").exists()
