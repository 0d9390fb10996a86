"""No command writes over what it reads, by whatever name the file goes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import SIZE_PX, Result, make_clip
from limn.core.data.take_file import save_take
from limn.core.data.types import Take
from limn.media.clips import open_clip
from limn.media.writing.writers import open_writer
from walking import walking_take

Limn = Callable[..., Result]


@pytest.fixture
def take_file(clip: Path) -> Path:
    path = clip.with_name("walk.take.npz")
    save_take(make_clip(clip), path)
    return path


def assert_stays(limn: Limn, path: Path, *command: str | Path) -> None:
    before = path.read_bytes()
    result = limn(*command)
    assert result.code == 7, result.err
    assert "overwrite its own input" in result.err
    assert path.read_bytes() == before


def alias(path: Path, name: str, make: Callable[..., object]) -> Path:
    other = path.with_name(name)
    make(path, other)
    return other


@pytest.mark.parametrize("make", [os.link, os.symlink])
def test_links_to_the_footage_stay(
    limn: Limn, take_file: Path, clip: Path, make: Callable[..., object]
) -> None:
    other = alias(clip, "other.mp4", make)
    assert_stays(limn, clip, "preview", take_file, "-o", other)
    taken = alias(clip, "clip.npz", make)
    for command in ("solve", "people", "edit"):
        choice = {"people": ("--rename", "1", "Anna"), "edit": ("--mirror",)}.get(command, ())
        assert_stays(limn, clip, command, take_file, *choice, "-o", taken)
    assert_stays(limn, clip, "estimate", clip, "-o", taken)
    assert_stays(limn, clip, "export", take_file, "--to", alias(clip, "clip.json", make))
    assert_stays(limn, clip, "build", take_file, "-o", alias(clip, "clip.blend", make))


def test_a_clip_whose_name_looks_unfinished_is_a_clip(limn: Limn, take_file: Path) -> None:
    clip = take_file.with_name("walk.part.mp4")
    shutil.move(take_file.with_name("walk.mp4"), clip)
    before = clip.read_bytes()
    for output in ("walk.mp4", "walk.gif", "walk.png"):
        result = limn("preview", take_file, "--clip", clip, "-o", take_file.with_name(output))
        assert result.code == 0, result.err
    assert clip.read_bytes() == before
    assert len(list(open_clip(clip).frames())) == 30


def test_a_photo_of_a_sequence_stays(limn: Limn, tmp_path: Path) -> None:
    folder = tmp_path / "shot"
    folder.mkdir()
    for number in range(3):
        with open_writer(folder / f"f_{number:02d}.png", 1.0, SIZE_PX) as writer:
            writer.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), 90, np.uint8))
    for clip in (folder, folder / "f_##.png", folder / "f_%02d.png"):
        save_take(walking_take(clip, 3, SIZE_PX), tmp_path / "shot.take.npz")
        one = folder / "f_01.png"
        assert_stays(limn, one, "preview", tmp_path / "shot.take.npz", "-o", one)
        link = tmp_path / f"link_{len(list(tmp_path.iterdir()))}.png"
        os.link(one, link)
        assert_stays(limn, one, "preview", tmp_path / "shot.take.npz", "-o", link)


def test_a_photo_that_is_called_like_a_thumbnail_stays(limn: Limn, tmp_path: Path) -> None:
    photo = tmp_path / "1 Person 1.png"
    with open_writer(photo, 1.0, SIZE_PX) as writer:
        writer.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), 90, np.uint8))
    take = walking_take(photo, 1, SIZE_PX, people=1)
    save_take(take, tmp_path / "a.take.npz")
    assert take.people[0].name == "Person 1"
    assert_stays(limn, photo, "people", tmp_path / "a.take.npz", "--thumbnails", tmp_path)


def test_files_that_options_name_stay(limn: Limn, take_file: Path, truth: Take) -> None:
    folder = take_file.parent
    edits = folder / "edits.npz"
    edits.write_text(json.dumps({}), "utf-8")
    assert_stays(limn, edits, "solve", take_file, "--edits", edits, "-o", edits)
    choice = ("people", take_file, "--rename", "1", "A")
    assert_stays(limn, edits, *choice, "--edits", edits, "-o", edits)
    bone_map = folder / "map.json"
    bone_map.write_text("{}", "utf-8")
    (folder / "rig.blend").write_bytes(b"BLENDER")
    retarget = ("retarget", take_file, "--rig", folder / "rig.blend", "-o", folder / "o.blend")
    assert_stays(limn, bone_map, *retarget, "--map", bone_map, "--save-map", bone_map)
    rig = alias(folder / "rig.blend", "same.blend", os.link)
    assert_stays(limn, rig, "retarget", take_file, "--rig", folder / "rig.blend", "-o", rig)
    model = folder / "model.amass.npz"
    model.write_bytes(b"PK")
    assert_stays(limn, model, "export", take_file, "--smplx", model, "--to", model)
    other = folder / "other.take.npz"
    shutil.copy(take_file, other)
    assert_stays(limn, other, "edit", take_file, "--then", other, "-o", other)


def test_a_benchmarks_truth_stays(limn: Limn, clip: Path, truth: Take) -> None:
    folder = clip.parent / "bench" / "group" / "gt"
    folder.mkdir(parents=True)
    shutil.move(clip, folder / "video.mp4")
    np.savez(folder / "gt.npz", K=np.eye(3))
    before = (folder / "gt.npz").read_bytes()
    result = limn("bench", clip.parent / "bench", "--out", folder)
    assert result.code == 1
    assert "overwrite its own input" in result.out + result.err
    assert (folder / "gt.npz").read_bytes() == before


def test_a_take_may_be_solved_and_edited_in_place(limn: Limn, take_file: Path) -> None:
    assert limn("edit", take_file, "--mirror", "-o", take_file).code == 0
    other = alias(take_file, "link.take.npz", os.symlink)
    assert limn("edit", other, "--mirror", "-o", take_file).code == 0
