# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Figures that were copied, renamed, deleted, moved to other collections, linked or overridden."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


@pytest.fixture
def pair(scene: Any, tmp_path: Path) -> list[Any]:
    """Two figures of a take, the first active; the second is there from frame 6 on only."""
    spans = (np.arange(12), np.arange(5, 12))
    people = tuple(walking_person(span, n, f"Person {n + 1}") for n, span in enumerate(spans))
    take, path = make_take(12, people=people), tmp_path / "two.take.npz"
    core("data.take_file").save_take(take, path)
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    figures = sorted((o for o in scene.objects if o.type == "ARMATURE"), key=lambda o: o.name)
    choose(figures[0])
    return figures


def choose(figure: Any) -> None:
    bpy.context.view_layer.objects.active = figure


def exported(folder: Path, **options: Any) -> list[dict[str, str]]:
    out = folder / "out.csv"
    assert bpy.ops.limn.export_take(filepath=str(out), suffix=".csv", **options) == {"FINISHED"}
    rows = csv.DictReader(out.read_text("utf-8").splitlines())
    return [row for row in rows if row["joint"] == "pelvis"]


def names_in(rows: list[dict[str, str]]) -> set[str]:
    return {row["person"] for row in rows}


def copied(figure: Any) -> Any:
    """A duplicate, as Shift-D makes it."""
    copy = figure.copy()
    copy.data = figure.data.copy()
    copy.animation_data.action = figure.animation_data.action.copy()
    for collection in figure.users_collection:
        collection.objects.link(copy)
    return copy


def test_who_was_deleted_is_not_exported(pair: list[Any], tmp_path: Path) -> None:
    bpy.data.objects.remove(pair[1])
    assert names_in(exported(tmp_path, who="ALL")) == {"Person 1"}


@pytest.fixture
def apart(pair: list[Any]) -> list[Any]:
    """The second figure was moved to the artist's own collection."""
    mine = bpy.data.collections.new("Mine")
    bpy.context.scene.collection.children.link(mine)
    mine.objects.link(pair[1])
    for collection in [c for c in pair[1].users_collection if c != mine]:
        collection.objects.unlink(pair[1])
    return pair


def people() -> list[Any]:
    return import_module(f"{MODULE}.scene.figures.record").figures_of(bpy.context)


def test_who_lies_in_another_collection_is_exported(apart: list[Any], tmp_path: Path) -> None:
    assert names_in(exported(tmp_path, who="ALL")) == {"Person 1", "Person 2"}


def test_who_lies_in_another_collection_is_in_the_list(apart: list[Any]) -> None:
    listing = import_module(f"{MODULE}.operators.people.people_list")
    for active in (apart[0], apart[1], apart[1].children[0], None):
        choose(active)
        assert people() == apart
    rows = listing.home_of(bpy.context, apart).objects
    manager = bpy.context.window_manager
    for figure in apart[::-1]:
        manager.limn_person = list(rows).index(figure)
        assert bpy.context.view_layer.objects.active == figure
        assert rows[manager.limn_person] == figure
    assert bpy.ops.limn.look_through.poll()
    camera = import_module(f"{MODULE}.scene.camera_aim").camera_of(apart[1])
    assert camera.name in apart[0].users_collection[0].objects


def test_copies_and_a_second_load_are_taken_for_themselves(pair: list[Any], scene: Any) -> None:
    mine = bpy.data.collections.new("Mine")
    scene.collection.children.link(mine)
    copy = pair[1].copy()
    mine.objects.link(copy)
    choose(pair[0])
    assert people() == pair
    choose(copy)
    assert people() == [copy]
    path = bpy.path.abspath(pair[0]["limn_take"])
    assert bpy.ops.limn.load_take(filepath=path, replace=False) == {"FINISHED"}
    again = people()
    assert len(again) == 2
    assert not set(again) & {*pair, copy}
    bpy.data.objects.remove(again[1])
    choose(pair[0])
    assert people() == pair
    choose(None)
    assert people() == [], "which of them is meant isn't clear"


def test_people_are_exported_by_their_names_in_the_scene(pair: list[Any], tmp_path: Path) -> None:
    pair[0].name = "Alice"
    assert names_in(exported(tmp_path, who="ALL")) == {"Alice", "Person 2"}
    pair[0].name = "Person 1.004"  # Blender numbers those whose name is taken
    assert names_in(exported(tmp_path, who="ALL")) == {"Person 1", "Person 2"}


def test_a_copy_that_is_active_is_what_is_exported_and_retargeted(
    pair: list[Any], scene: Any, tmp_path: Path
) -> None:
    before = exported(tmp_path)
    copy = copied(pair[0])
    copy.location.x += 3
    choose(copy)
    after = exported(tmp_path)
    moved = [float(b["x_m"]) - float(a["x_m"]) for a, b in zip(before, after, strict=True)]
    assert moved == pytest.approx([3.0] * len(before), abs=1e-4)
    choose(pair[0])
    assert exported(tmp_path) == before
    fields = scene.limn_retarget
    fields.source, fields.target = None, makehuman_rig(bpy, "mixamo")
    source_of = import_module(f"{MODULE}.operators.retarget.ops").source_of
    choose(copy)
    assert source_of(bpy.context) == copy


def test_who_isnt_there_yet_is_moved_all_the_same(pair: list[Any], tmp_path: Path) -> None:
    choose(pair[1])
    bpy.context.scene.frame_set(1)
    assert pair[1].hide_viewport, "Blender doesn't bring the matrix of a hidden object up to date"
    before = exported(tmp_path)
    copy = copied(pair[1])
    copy.location, copy.scale = (0.0, 2.0, 0.0), (2.0, 2.0, 2.0)
    bpy.context.view_layer.update()
    choose(copy)
    after = exported(tmp_path)
    y = [2 * float(a["y_m"]) + 2.0 for a in before]
    assert [float(b["y_m"]) for b in after] == pytest.approx(y, abs=1e-4)


def test_the_last_one_is_not_left_out_but_a_sentence_said(pair: list[Any]) -> None:
    bpy.data.objects.remove(pair[1])
    with pytest.raises(RuntimeError, match="Person 1 is the only one left") as caught:
        bpy.ops.limn.choose_people(action="DROP", person=0)
    assert "Traceback" not in str(caught.value)
    assert pair[0].name in bpy.context.scene.objects


@pytest.fixture
def elsewhere(pair: list[Any], tmp_path: Path) -> tuple[Path, str]:
    """A saved scene of two figures, and the name of their collection; the open one is empty."""
    blend, name = tmp_path / "shot.blend", pair[0].users_collection[0].name
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"))
    return blend, name


@pytest.mark.parametrize("how", ["linked", "overridden"])
def test_linked_figures_are_read_and_never_changed(
    how: str, elsewhere: tuple[Path, str], tmp_path: Path
) -> None:
    scene, layer = bpy.context.scene, bpy.context.view_layer
    with bpy.data.libraries.load(str(elsewhere[0]), link=True) as (_, here):
        here.collections = [elsewhere[1]]
    (group,) = list[Any](here.collections)
    scene.collection.children.link(group)
    if how == "overridden":
        group.override_hierarchy_create(scene, layer)
        scene.collection.children.unlink(group)
    figures = [o for o in scene.objects if o.type == "ARMATURE"]
    figure = next(o for o in figures if o.name == "Person 1")
    assert bool(figure.override_library) is (how == "overridden")
    choose(figure)
    assert names_in(exported(tmp_path, who="ALL")) == {"Person 1", "Person 2"}
    body, glb = figure.children[0], tmp_path / "two.glb"
    mesh = body.data
    assert bpy.ops.limn.export_take(filepath=str(glb), suffix=".glb", who="ALL") == {"FINISHED"}
    assert body.data == mesh
    assert glb.stat().st_size > 10_000
    fields = scene.limn_retarget
    fields.source, fields.target = figure, makehuman_rig(bpy, "mixamo")
    assert bpy.ops.limn.retarget() == {"FINISHED"}
    choose(figure)
    assert not bpy.ops.limn.solve_again.poll()
    assert not bpy.ops.limn.choose_people.poll()
    with pytest.raises(RuntimeError, match="change them in the file that they come from"):
        bpy.ops.limn.solve_again()
    for tool in ("mirror_motion", "smooth_motion", "set_floor", "trim_motion"):
        with pytest.raises(RuntimeError, match="is linked; make it local"):
            getattr(bpy.ops.limn, tool)()
    bpy.ops.wm.save_mainfile()
    before = {one.name_full for one in bpy.data.objects}
    path = bpy.path.abspath(figure["limn_take"])
    assert bpy.ops.limn.load_take(filepath=path) == {"FINISHED"}
    assert before <= {one.name_full for one in bpy.data.objects}, "another run leaves them"
    made = people()
    assert len(made) == 2
    assert not any(one.library or one.override_library for one in made)
    assert not set(made) & set(figures)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("limn_positions", "x"), ("limn_contacts", [1.0]), ("limn_start", "a"),
        ("limn_frames", [1.0]), ("limn_person", "x"), ("limn_report", "{"),
    ],
)  # fmt: skip
def test_damaged_properties_end_in_no_traceback(
    key: str, value: Any, pair: list[Any], tmp_path: Path
) -> None:
    pair[0][key] = value
    quality = import_module(f"{MODULE}.operators.report.panel")
    quality.checks_of(pair[0], 25.0)
    import_module(f"{MODULE}.scene.figures.record").read_record(pair[0])
    path = bpy.path.abspath(pair[0]["limn_take"])
    said: list[str] = []
    for name, options in (
        ("export_take", {"filepath": str(tmp_path / "o.csv"), "suffix": ".csv", "who": "ALL"}),
        ("find_take", {"filepath": path}),
        ("smooth_motion", {}),
    ):
        try:
            getattr(bpy.ops.limn, name)(**options)
        except RuntimeError as error:
            said.append(str(error))
    assert not [one for one in said if "Traceback" in one]
