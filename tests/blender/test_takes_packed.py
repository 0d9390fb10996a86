# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Takes kept in the .blend itself: saved, undone, appended, of a size, and used when files go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def links() -> Any:
    return import_module(f"{MODULE}.scene.keeping.take_link")


def packed() -> Any:
    return import_module(f"{MODULE}.scene.keeping.packed")


def preferences() -> Any:
    return import_module(f"{MODULE}.operators.settings.preferences").preferences(bpy.context)


def armatures() -> list[Any]:
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


@pytest.fixture
def take(scene: Any, tmp_path: Path) -> Iterator[Path]:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    bpy.data.batch_remove(list(bpy.data.texts))
    people = tuple(walking_person(np.arange(20), 1 + i, f"Person {i + 1}") for i in range(2))
    path = tmp_path / "takes" / "walk.take.npz"
    path.parent.mkdir()
    core("data.take_file").save_take(make_take(people=people), path)
    yield path
    preferences().pack_mb = packed().MOST_MB


def test_a_small_take_is_kept_once_and_read_when_its_file_is_gone(
    take: Path, tmp_path: Path
) -> None:
    content = take.read_bytes()
    bpy.ops.limn.load_take(filepath=str(take))
    assert len([t for t in bpy.data.texts if "limn_take_bytes" in t]) == 1, "for both figures"
    assert links().find_take(armatures()[0]) == take, "the disk comes first"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    take.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    for figure in armatures():
        assert links().find_take(figure).read_bytes() == content
        assert links().find_take(figure).name == "walk.take.npz"
    lost = import_module(f"{MODULE}.operators.take.take_files").is_lost
    assert not lost(armatures()[0])
    bpy.context.view_layer.objects.active = armatures()[0]
    assert bpy.ops.limn.write_kept_take() == {"FINISHED"}
    assert take.read_bytes() == content
    assert not bpy.ops.limn.write_kept_take.poll()


def test_it_goes_along_when_a_figure_is_appended(take: Path, tmp_path: Path) -> None:
    content = take.read_bytes()
    bpy.ops.limn.load_take(filepath=str(take))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    take.unlink()
    with bpy.data.libraries.load(str(tmp_path / "shot.blend")) as (_, wanted):
        wanted.objects = ["Person 2"]
    (figure,) = wanted.objects
    assert links().find_take(figure).read_bytes() == content


def test_undo_keeps_it(take: Path) -> None:
    content = take.read_bytes()
    bpy.ops.ed.undo_push(message="start")
    bpy.ops.limn.load_take(filepath=str(take))
    bpy.ops.ed.undo_push(message="loaded")
    armatures()[0].location.x = 3.0
    bpy.ops.ed.undo_push(message="moved")
    take.unlink()
    bpy.ops.ed.undo()
    assert armatures()[0].location.x == 0.0
    assert links().find_take(armatures()[0]).read_bytes() == content


@pytest.mark.parametrize("most_mb", [0.0, 0.001])
def test_what_is_larger_than_the_preferences_say_isnt_kept(
    take: Path, tmp_path: Path, most_mb: float
) -> None:
    bpy.ops.limn.load_take(filepath=str(take))
    assert packed().is_packed(armatures()[0])
    preferences().pack_mb = most_mb
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert not packed().is_packed(armatures()[0])
    assert not [t for t in bpy.data.texts if "limn_take_bytes" in t], "nothing stays in the file"
    take.unlink()
    with pytest.raises(core("data.errors").TakeError, match="not there any more"):
        links().find_take(armatures()[0])


def test_an_older_take_under_its_name_isnt_taken_for_it(take: Path) -> None:
    content = take.read_bytes()
    bpy.ops.limn.load_take(filepath=str(take))
    core("data.take_file").save_take(make_take(9), take)
    assert links().find_take(armatures()[0]).read_bytes() == content


def test_a_run_from_a_kept_take_writes_where_it_lasts(take: Path, tmp_path: Path) -> None:
    bpy.ops.limn.load_take(filepath=str(take))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    take.unlink()
    fresh = import_module(f"{MODULE}.operators.settings.preferences").fresh_take
    kept = links().find_take(armatures()[0])
    assert kept.parent.parent == Path(bpy.app.tempdir)
    assert fresh(kept) == tmp_path / "walk.take.npz"
    name = f"walk.{core('data.take_file').take_id(kept)[:8]}.preview.mp4"
    assert preview()(kept, make_take(2).clip) == tmp_path / name


def preview() -> Any:
    return import_module(f"{MODULE}.operators.report.preview").preview_path


def test_what_is_made_of_a_take_on_a_read_only_share_goes_where_it_can_be_written(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences = import_module(f"{MODULE}.operators.settings.preferences")
    can = preferences._is_writable
    other = tmp_path / "other" / take.name
    other.parent.mkdir()
    core("data.take_file").save_take(make_take(5), other)
    locked = (take.parent, other.parent)
    monkeypatch.setattr(preferences, "_is_writable", lambda one: one not in locked and can(one))
    project = tmp_path / "project"
    project.mkdir()
    bpy.ops.limn.load_take(filepath=str(take))
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
    assert preferences.fresh_take(take) == project / take.name
    previews = [preview()(one, make_take(2).clip) for one in (take, other)]
    assert [one.parent for one in previews] == [project] * 2
    assert previews[0] != previews[1], "neither overwrites the other's"
    assert all(one.name.startswith("walk.") for one in previews)
    assert all(one.name.endswith(".preview.mp4") for one in previews)


def test_tidy_removes_what_is_kept_for_nobody(take: Path) -> None:
    bpy.ops.limn.load_take(filepath=str(take))
    bpy.context.view_layer.objects.active = armatures()[0]
    assert not packed().unused_blocks()
    del armatures()[0]["limn_take_packed"], armatures()[1]["limn_take_packed"]
    assert len(packed().unused_blocks()) == 1
    assert bpy.ops.limn.tidy_takes() == {"FINISHED"}
    assert not [t for t in bpy.data.texts if "limn_take_bytes" in t]
    assert take.exists()


def test_what_a_stranger_put_in_its_place_harms_nothing(take: Path, tmp_path: Path) -> None:
    bpy.ops.limn.load_take(filepath=str(take))
    figure = armatures()[0]
    block = figure["limn_take_packed"]
    take.unlink()
    block["limn_take_id"] = "../../" + str(tmp_path / "evil")
    with pytest.raises(core("data.errors").TakeError):
        links().find_take(figure)
    block["limn_take_id"], block["limn_take_bytes"] = figure["limn_take_id"], b"no take"
    shutil.rmtree(Path(bpy.app.tempdir) / f"limn_take_{figure['limn_take_id']}", ignore_errors=True)
    with pytest.raises(core("data.errors").TakeError):
        links().find_take(figure)
    block["limn_take_bytes"] = 7
    with pytest.raises(core("data.errors").TakeError):
        links().find_take(figure)
    figure["limn_take_packed"] = "text"
    with pytest.raises(core("data.errors").TakeError):
        links().find_take(figure)
    assert not (tmp_path / "evil").exists()
