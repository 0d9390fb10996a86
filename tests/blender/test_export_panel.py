# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The Export section: every format by one operator, refusals as one sentence."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = [
    pytest.mark.bpy,
    # Blender 5.2's own FBX exporter sets the shape of arrays, which numpy 2.5 deprecates.
    pytest.mark.filterwarnings("default:Setting the shape:DeprecationWarning"),
]


def formats() -> Any:
    return import_module(f"{MODULE}.operators.export.ops").FORMATS


@pytest.fixture
def folder(scene: Any, tmp_path: Path) -> Path:
    """A folder with a take of two people, who are in the scene."""
    import numpy as np

    people = tuple(walking_person(np.arange(6), n, name) for n, name in ((1, "Anna"), (2, "Bo")))
    take = make_take(6, people=people)
    core("data.take_file").save_take(take, tmp_path / "two.take.npz")
    build = import_module(f"{MODULE}.scene.build").build_take
    build(bpy.context, take, take_path=str(tmp_path / "two.take.npz"))
    return tmp_path


def test_the_panel_offers_what_the_shell_does(scene: Any) -> None:
    from limn.core.formats import table

    assert [suffix for suffix, _, _ in formats()] == [row.suffix for row in table.FORMATS]
    for _, name, told in formats():
        assert name
        assert told[0].isupper()
    exporters = import_module(f"{MODULE}.scene.files.exporters")
    assert set(exporters.SUFFIXES) == {row.suffix for row in table.FORMATS if row.from_scene}


def test_a_files_name_ends_as_the_format_does(scene: Any) -> None:
    ops = import_module(f"{MODULE}.operators.export.ops")
    for name, suffix, wanted in (
        ("a", ".bvh", "a.bvh"),
        ("a.fbx", ".bvh", "a.bvh"),
        ("a.coco.json", ".json", "a.json"),
        ("a.v2", ".csv", "a.v2.csv"),
    ):
        assert ops._with_suffix(name, suffix) == wanted


@pytest.mark.parametrize("suffix", [
    ".fbx", ".glb", ".usdc", ".abc", ".bvh", ".amass.npz", ".smpl", ".trc", ".csv", ".json",
    ".coco.json", ".obj", ".ply", ".pc2", ".mdd",
])  # fmt: skip
def test_the_active_figure_goes_out(folder: Path, suffix: str) -> None:
    bpy.context.view_layer.objects.active = bpy.data.objects["Bo"]
    result = bpy.ops.limn.export_take(filepath=str(folder / "out"), suffix=suffix)
    assert result == {"FINISHED"}
    (written,) = [path for path in folder.iterdir() if path.name != "two.take.npz"]
    assert written.name == f"out{suffix}"
    assert written.stat().st_size > 200
    if suffix == ".csv":
        text = written.read_text("utf-8")
        assert "Bo" in text
        assert "Anna" not in text


HIDING = {
    "the eye": lambda figure, _home, _layer: figure.hide_set(True),
    "the body's eye": lambda figure, _home, _layer: figure.children[0].hide_set(True),
    "the screen": lambda figure, _home, _layer: setattr(figure, "hide_viewport", True),
    "the arrow": lambda figure, _home, _layer: setattr(figure, "hide_select", True),
    "the collection's eye": lambda _figure, _home, layer: setattr(layer, "hide_viewport", True),
    "the collection's screen": lambda _figure, home, _layer: setattr(home, "hide_viewport", True),
    "the collection's arrow": lambda _figure, home, _layer: setattr(home, "hide_select", True),
    "exclusion": lambda _figure, _home, layer: setattr(layer, "exclude", True),
}


@pytest.mark.parametrize("way", list(HIDING))
def test_whatever_hides_a_figure_it_goes_out_and_stays_hidden(folder: Path, way: str) -> None:
    figure, layer = bpy.data.objects["Anna"], bpy.context.view_layer
    home = figure.users_collection[0]
    bpy.context.view_layer.objects.active = figure
    HIDING[way](figure, home, layer.layer_collection.children[home.name])
    layer.update()

    def switches() -> list[Any]:
        within = [(one.name, one.hide_viewport, one.hide_select) for one in home.objects]
        seen = [(one.name, one.visible_get(), one.select_get()) for one in layer.objects]
        return [within, seen, layer.objects.active, list(bpy.context.scene.collection.objects)]

    before = switches()
    chosen = [figure, figure.children[0]]
    with import_module(f"{MODULE}.scene.files.shown").shown(bpy.context, chosen):
        assert {one.name for one in bpy.context.selected_objects} == {one.name for one in chosen}
        assert all(one.visible_get() for one in chosen)
    assert switches() == before
    if way == "exclusion":
        out = folder / "o.obj"
        assert bpy.ops.limn.export_take(filepath=str(out), suffix=".obj") == {"FINISHED"}
        assert b"\nf " in out.read_bytes()


def test_who_is_hidden_by_a_driver_stays_in_the_scenes_collection(folder: Path) -> None:
    figure, home = bpy.data.objects["Anna"], bpy.context.scene.collection
    for one in list(figure.users_collection):
        one.objects.unlink(figure)
    home.objects.link(figure)
    figure.driver_add("hide_viewport").driver.expression = "1"
    bpy.context.view_layer.update()
    with import_module(f"{MODULE}.scene.files.shown").shown(bpy.context, [figure]):
        pass
    assert list(figure.users_collection) == [home]


def test_an_export_leaves_pose_mode_as_it_is(folder: Path) -> None:
    bpy.context.view_layer.objects.active = bpy.data.objects["Bo"]
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.limn.export_take(filepath=str(folder / "out"), suffix=".fbx")
    assert bpy.context.mode == "POSE"
    assert bpy.context.view_layer.objects.active.name == "Bo"
    bpy.ops.object.mode_set(mode="OBJECT")


@pytest.mark.parametrize("name", ["a.csv", "a.amass.npz"])
def test_a_script_that_names_the_file_names_the_format(folder: Path, name: str) -> None:
    bpy.context.view_layer.objects.active = bpy.data.objects["Bo"]
    assert bpy.ops.limn.export_take(filepath=str(folder / name)) == {"FINISHED"}
    assert {path.name for path in folder.iterdir()} == {"two.take.npz", name}


def test_everybody_goes_out(folder: Path) -> None:
    path = folder / "both.csv"
    assert bpy.ops.limn.export_take(filepath=str(path), suffix=".csv", who="ALL") == {"FINISHED"}
    assert {"Anna", "Bo"} <= set(path.read_text("utf-8").replace("\n", ",").split(","))


def test_the_name_follows_the_format(scene: Any) -> None:
    with_suffix = import_module(f"{MODULE}.operators.export.ops")._with_suffix
    assert with_suffix("/a/walk.coco.json", ".bvh") == "/a/walk.bvh"
    assert with_suffix("/a/walk", ".amass.npz") == "/a/walk.amass.npz"
    assert with_suffix("/a/walk.v2", ".fbx") == "/a/walk.v2.fbx"
    assert with_suffix("/a/walk.fbx", ".fbx") == "/a/walk.fbx"


def test_what_cant_be_written_is_one_sentence(folder: Path) -> None:
    before = sorted(folder.iterdir())
    for suffix, sentence in ((".bvh", "does not exist"), (".fbx", "folder does not exist")):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.limn.export_take(filepath=str(folder / "gone" / "a"), suffix=suffix)
    with pytest.raises(RuntimeError, match=r"\.bvh file holds one person"):
        bpy.ops.limn.export_take(filepath=str(folder / "a"), suffix=".bvh", who="ALL")
    assert sorted(folder.iterdir()) == before
    (folder / "two.take.npz").unlink()
    with pytest.raises(RuntimeError, match="is not there any more"):
        bpy.ops.limn.export_take(filepath=str(folder / "a"), suffix=".csv")
    bpy.data.batch_remove(list(bpy.data.objects))
    assert not bpy.ops.limn.export_take.poll()


def test_a_blender_without_an_exporter_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporters = import_module(f"{MODULE}.scene.files.exporters")
    assert set(exporters._OPERATORS) == set(exporters.SUFFIXES)
    assert all(name in dir(getattr(bpy.ops, c)) for c, name in exporters._OPERATORS.values())
    monkeypatch.setitem(exporters._OPERATORS, ".usdc", ("wm", "no_such_export"))
    with pytest.raises(RuntimeError, match=r"no exporter for \.usdc: its add-on is off") as caught:
        bpy.ops.limn.export_take(filepath=str(folder / "two.usdc"), suffix=".usdc")
    assert "Traceback" not in str(caught.value)
    assert not list(folder.glob("two.usd*"))
