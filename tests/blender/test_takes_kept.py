# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Takes never change and are found again: names of their own, saved, moved, appended, undone."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, forget_kept_takes, make_take, walking_person

bpy = pytest.importorskip("bpy")

pytestmark = pytest.mark.bpy
CLIP = Path(__file__).resolve().parents[2] / "examples" / "walk.mp4"


def links() -> Any:
    return import_module(f"{MODULE}.scene.keeping.take_link")


def save(path: Path, count: int = 20, clip: str = "/no/such/folder/walk.mp4", seed: int = 1) -> Any:
    people = tuple(walking_person(np.arange(count), seed + i, f"Person {i + 1}") for i in range(2))
    core("data.take_file").save_take(make_take(count, people=people, clip_path=clip), path)
    return path


@pytest.fixture
def figures(scene: Any, tmp_path: Path) -> list[Any]:
    folder = tmp_path / "project" / "takes"
    folder.mkdir(parents=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    bpy.ops.limn.load_take(filepath=str(save(folder / "walk.take.npz")))
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


def armatures() -> list[Any]:
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


def test_every_run_gets_a_file_of_its_own(tmp_path: Path, extension: Any) -> None:
    fresh = import_module(f"{MODULE}.operators.settings.preferences").fresh_take
    names = []
    for _ in range(3):
        names.append(fresh(tmp_path / "walk.take.npz"))
        names[-1].touch()
    assert [path.name for path in names] == [
        "walk.take.npz", "walk (2).take.npz", "walk (3).take.npz",
    ]  # fmt: skip
    assert fresh(names[2]).name == "walk (4).take.npz"


def test_a_moved_project_finds_its_take(figures: list[Any], tmp_path: Path) -> None:
    project = tmp_path / "project"
    take = project / "takes" / "walk.take.npz"
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
    assert [f["limn_take"] for f in figures] == ["//takes/walk.take.npz"] * 2
    assert links().find_take(figures[0]) == take
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "copy.blend"), copy=True)
    assert figures[0]["limn_take"] == "//takes/walk.take.npz", "this file is where it was"
    moved = tmp_path / "elsewhere"
    project.rename(moved)
    bpy.ops.wm.open_mainfile(filepath=str(moved / "shot.blend"))
    assert links().find_take(armatures()[0]) == moved / "takes" / "walk.take.npz"
    # In e-mail folders are lost: then it lies beside the .blend.
    (moved / "takes" / "walk.take.npz").rename(moved / "walk.take.npz")
    assert links().find_take(armatures()[0]) == moved / "walk.take.npz"
    bpy.ops.wm.save_as_mainfile(filepath=str(moved / "deeper.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "copy.blend"))
    assert armatures()[0]["limn_take"] == "//project/takes/walk.take.npz"


def test_saved_elsewhere_it_is_told_from_there(figures: list[Any], tmp_path: Path) -> None:
    take = tmp_path / "project" / "takes" / "walk.take.npz"
    (tmp_path / "a").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "project" / "shot.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a" / "shot.blend"))
    assert figures[0]["limn_take"] == "//../project/takes/walk.take.npz"
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a" / "shot.blend"))
    assert links().find_take(armatures()[0]) == take


def _fail_to_save(path: Path) -> None:
    with pytest.raises(RuntimeError, match="annot"):
        bpy.ops.wm.save_as_mainfile(filepath=str(path))


def test_the_clip_is_told_from_where_the_file_is_saved(scene: Any, tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    project, footage = tmp_path / "project", tmp_path / "project" / "walk.mp4"
    (tmp_path / "a").mkdir()
    project.mkdir()
    footage.write_bytes(CLIP.read_bytes())
    fields = bpy.context.scene.limn
    fields.source, fields.clip_path = "FILE", str(footage)
    view = bpy.context.scene.limn_views.add()
    view.path = str(footage)

    def told() -> list[str]:
        fields, views = bpy.context.scene.limn, bpy.context.scene.limn_views
        return [fields.clip_path, views[0].path]

    bpy.ops.wm.save_as_mainfile(filepath=str(project / "copy.blend"), copy=True)
    assert told() == [str(footage)] * 2, "this file isn't saved yet"
    _fail_to_save(tmp_path / "gone" / "shot.blend")
    assert told() == [str(footage)] * 2, "saving failed"
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
    assert told() == ["//walk.mp4"] * 2
    bpy.ops.limn.load_take(filepath=str(save(project / "walk.take.npz", clip=str(footage))))
    (clip,) = bpy.data.movieclips
    assert clip.filepath == "//walk.mp4"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a" / "shot.blend"))
    assert told() == ["//../project/walk.mp4"] * 2
    assert clip.filepath == "//../project/walk.mp4"
    _fail_to_save(tmp_path / "gone" / "deeper" / "shot.blend")
    assert told() == ["//../project/walk.mp4"] * 2, "saving failed"
    bpy.context.scene.limn.clip_path = str(footage)
    bpy.ops.wm.save_mainfile()
    assert told()[0] == str(footage), "a full path in a saved file is somebody's choice"


def test_an_appended_figure_finds_its_take(figures: list[Any], tmp_path: Path) -> None:
    take = tmp_path / "project" / "takes" / "walk.take.npz"
    blend = tmp_path / "project" / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    (tmp_path / "other").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other" / "other.blend"))
    with bpy.data.libraries.load(str(blend)) as (there, here):
        here.objects = [name for name in there.objects if name.startswith("Person 1")]
    assert links().find_take(armatures()[0]) == take


def test_figures_appended_by_themselves_are_worked_with(figures: list[Any], tmp_path: Path) -> None:
    blend = tmp_path / "project" / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    with bpy.data.libraries.load(str(blend)) as (there, here):
        here.objects = [name for name in there.objects if name.startswith("Person")]
    for one in here.objects:
        bpy.context.scene.collection.objects.link(one)
    assert bpy.ops.limn.export_take.poll()  # the only ones there
    other = bpy.data.objects.new("Another's", bpy.data.armatures.new("Another's"))
    other["limn_person"], other["limn_take"] = 0, "//another.take.npz"
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.objects.active = None
    assert not bpy.ops.limn.export_take.poll()  # which of the two takes?
    made = sorted((o for o in here.objects if o.type == "ARMATURE"), key=lambda o: o.name)
    record = import_module(f"{MODULE}.scene.figures.record")
    for active, meant in ((made[0], made), (made[0].children[0], made), (other, [other])):
        bpy.context.view_layer.objects.active = active
        assert record.figures_of(bpy.context) == meant


def test_another_take_under_its_name_is_not_used(figures: list[Any], tmp_path: Path) -> None:
    take = tmp_path / "project" / "takes" / "walk.take.npz"
    forget_kept_takes()
    kept = take.with_name("kept.npz")
    take.rename(kept)
    save(take, count=12)
    bpy.context.view_layer.objects.active = figures[0]
    with pytest.raises(RuntimeError, match=r"was changed since.*Find Take"):
        bpy.ops.limn.solve_again()
    take.unlink()
    with pytest.raises(RuntimeError, match=r"is not there any more.*Find Take"):
        bpy.ops.limn.solve_again()
    others = {
        "other frames": save(take.with_name("short.npz"), count=12),
        "another clip": save(take.with_name("run.npz"), clip="/no/such/folder/run.mp4"),
        "no person 2": take.with_name("one.npz"),
    }
    core("data.take_file").save_take(make_take(20), others["no person 2"])
    for reason, path in others.items():
        with pytest.raises(RuntimeError, match=reason):
            bpy.ops.limn.find_take(filepath=str(path))
    assert bpy.ops.limn.find_take(filepath=str(kept)) == {"FINISHED"}
    assert [links().find_take(figure) for figure in figures] == [kept] * 2


def test_tidying_removes_only_earlier_takes_of_the_clip(figures: list[Any], tmp_path: Path) -> None:
    folder = tmp_path / "project" / "takes"
    files = import_module(f"{MODULE}.operators.take.take_files")
    for name in ("walk (2).take.npz", "walk (3).take.npz", "run.take.npz", "walk.mp4"):
        shutil.copy(folder / "walk.take.npz", folder / name)
    links().link_take(figures[1], folder / "walk (3).take.npz")
    old = files.old_takes(links().takes_in_use())
    assert [path.name for path in old] == ["walk (2).take.npz"]
    assert bpy.ops.limn.tidy_takes() == {"FINISHED"}
    assert sorted(os.listdir(folder)) == [
        "run.take.npz", "walk (3).take.npz", "walk.mp4", "walk.take.npz",
    ]  # fmt: skip
