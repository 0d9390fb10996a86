"""``limn export`` from the shell: people and frames by name and number, and refusals."""

from __future__ import annotations

import csv
import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_networks import Result
from limn.core.data.take_file import save_take
from limn.core.data.types import Take
from limn.core.formats.bvh import load_bvh

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
from motion_takes import two_people

Limn = Callable[..., Result]


@pytest.fixture
def take_file(tmp_path: Path) -> Path:
    save_take(two_people(), tmp_path / "two.take.npz")
    return tmp_path / "two.take.npz"


def test_a_person_goes_by_name_or_number_and_frames_by_the_clips(
    limn: Limn, take_file: Path
) -> None:
    for who in ("Bo", "2"):
        result = limn(
            "export", take_file, "--to", take_file.with_name("bo.bvh"), "--person", who,
            "--first-frame", "14", "--last-frame", "17", "--json",
        )  # fmt: skip
        assert result.code == 0, result.err
        (file,) = json.loads(result.out)["files"]
        assert len(load_bvh(file).root_xyz) == 4


def test_people_of_one_name_are_not_taken_for_each_other(limn: Limn, tmp_path: Path) -> None:
    take = two_people()
    namesakes = replace(take, people=tuple(replace(p, name="Anna") for p in take.people))
    save_take(namesakes, tmp_path / "same.take.npz")
    for who in ("Anna", "2"):
        out = tmp_path / "a.bvh"
        result = limn("export", tmp_path / "same.take.npz", "--to", out, "--person", who)
        assert (result.code, result.err.count("\n")) == (7, 1)
        assert "2 people of the take are called Anna" in result.err
        assert not out.exists()


def test_camera_space_is_told(limn: Limn, take_file: Path) -> None:
    output = take_file.with_name("all.csv")
    assert limn("export", take_file, "--to", output, "--space", "camera").code == 0
    with output.open(newline="") as stream:
        depths = [float(row["z_m"]) for row in csv.DictReader(stream)]
    assert min(depths) > 3, "the people stand in front of the camera"


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.xyz", (), "must end in"),
        ("a.bvh", (), "holds one person; choose one of Anna, Bo"),
        ("a.bvh", ("--person", "Cleo"), "no person Cleo; it holds Anna, Bo"),
        ("a.bvh", ("--person", "3"), "no person 3"),
        ("a.bvh", ("--person", "1", "--first-frame", "99"), "holds 10 to 21"),
        ("gone/a.bvh", ("--person", "1"), "does not exist"),
        ("a.fbx", ("--space", "camera"), "world space only"),
        ("a.fbx", ("--blender", "no_blender"), "no_blender"),
    ],
)
def test_refusals_are_one_sentence(
    limn: Limn, take_file: Path, name: str, options: tuple[str, ...], sentence: str
) -> None:
    before = sorted(take_file.parent.iterdir())
    result = limn("export", take_file, "--to", take_file.parent / name, *options)
    assert result.code != 0
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert sorted(take_file.parent.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_may_not_be_written_is_one_sentence(limn: Limn, take_file: Path) -> None:
    locked = take_file.with_name("locked")
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    result = limn("export", take_file, "--to", locked / "a.csv")
    assert (result.code, result.err.count("\n")) == (7, 1)


def test_an_empty_take_has_nobody_to_export(limn: Limn, tmp_path: Path) -> None:
    take: Take = replace(two_people(), people=())
    save_take(take, tmp_path / "nobody.take.npz")
    for suffix in (".bvh", ".csv", ".c3d", ".coco.json"):
        result = limn("export", tmp_path / "nobody.take.npz", "--to", tmp_path / f"a{suffix}")
        assert (result.code, result.err.count("\n")) == (7, 1), result.err


def test_smplx_is_refused_where_there_is_no_body_and_no_model(limn: Limn, take_file: Path) -> None:
    for name, model, sentence in (
        ("a.bvh", take_file, "hold no body"),
        ("a.amass.npz", take_file, "not a SMPL-X model"),
        ("a.amass.npz", take_file.with_name("none.npz"), "does not exist"),
    ):
        out = take_file.with_name(name)
        result = limn("export", take_file, "--to", out, "--person", "1", "--smplx", model)
        assert result.code != 0
        assert sentence in result.err
        assert not out.exists()
