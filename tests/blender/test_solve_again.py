# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Contacts keyed by an artist, through the real worker, into the figures that are there."""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import snapshot
from blender_takes import MODULE, core, forget_kept_takes

bpy = pytest.importorskip("bpy")
pytest.importorskip("cv2")
from solved_takes import solved_take  # noqa: E402 - needs cv2

pytestmark = pytest.mark.bpy

HELD = range(8, 17)
POINTS = ("left_heel", "left_toe", "right_heel", "right_toe")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return solved_take(tmp_path_factory.mktemp("walk"))[0]


@pytest.fixture
def take(scene: Any, walk: Path, tmp_path: Path) -> Path:
    """A take of two people, loaded; its file may be overwritten."""
    path = Path(shutil.copy(walk, tmp_path))
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    return path


def of(figure: Any) -> Any:
    """The take that a figure comes from now."""
    return core("data.take_file").load_take(figure["limn_take"])


def figures() -> list[Any]:
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


def key_contacts(figure: Any, frames: range | list[int], values: tuple[float, ...]) -> None:
    """As an artist does it: set the property, press I over it."""
    for frame in frames:
        for point, value in zip(POINTS, values, strict=True):
            figure[f"contact_{point}"] = float(value)
            figure.keyframe_insert(f'["contact_{point}"]', frame=frame)


def ankle_travel(figure: Any, frames: range) -> float:
    """Millimetres a frame that the left ankle moves at most, a little inside ``frames``."""
    scene, at = bpy.context.scene, []
    for frame in list(frames)[2:-2]:
        scene.frame_set(frame)
        posed = figure.evaluated_get(bpy.context.evaluated_depsgraph_get())
        at.append(posed.matrix_world @ posed.pose.bones["left_ankle"].head)
    return 1000 * float(np.linalg.norm(np.diff(np.array(at), axis=0), axis=-1).max())


def edits_of(figure: Any) -> dict[int, list[float]]:
    return import_module(f"{MODULE}.scene.figures.contacts").contact_edits(figure)


def scene_frames(positions: range) -> range:
    first = bpy.context.scene.frame_start
    return range(first + positions.start, first + positions.stop)


def test_only_what_was_changed_counts_as_an_edit(take: Path) -> None:
    first, second = figures()
    assert edits_of(first) == edits_of(second) == {}
    person = core("data.take_file").load_take(take).people[0]
    wanted = np.round(1 - person.contact[[4, 20]], 4)
    for row, position in enumerate((4, 20)):
        key_contacts(first, [1 + position], tuple(wanted[row].tolist()))
    edits = edits_of(first)
    assert {4, 20} <= edits.keys() <= {3, 4, 5, 19, 20, 21}
    np.testing.assert_allclose([edits[4], edits[20]], wanted, atol=1e-4)
    assert edits_of(second) == {}


def test_edits_are_found_after_the_keys_were_moved(scene: Any, walk: Path, tmp_path: Path) -> None:
    scene.frame_start = 101
    path = Path(shutil.copy(walk, tmp_path))
    bpy.ops.limn.load_take(filepath=str(path))
    first, second = figures()
    keys = import_module("blender_keys").all_curves(first.animation_data.action)
    for curve in keys:
        for key in curve.keyframe_points:
            key.co_ui.x += 10
    scene.frame_start = 1
    assert edits_of(first) == {}
    person = core("data.take_file").load_take(path).people[0]
    flipped = tuple((1 - person.contact[12]).tolist())
    key_contacts(first, [101 + 10 + int(person.frames[12])], flipped)
    assert int(person.frames[12]) in edits_of(first)
    assert edits_of(second) == {}
    bpy.context.view_layer.objects.active = first
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first.animation_data.action.frame_range[0] == 111
    assert scene.frame_start == 1


def test_a_foot_planted_by_hand_stays_and_stays_planted(take: Path) -> None:
    first, second = figures()
    held = scene_frames(HELD)
    free = ankle_travel(first, held)
    key_contacts(first, held, (1, 1, 0, 0))
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert [first, second] == figures(), "the figures are the same objects"
    planted = ankle_travel(first, held)
    assert planted < 0.25 * free, f"{planted:.1f} mm a frame, {free:.1f} before"
    contact = of(first).people[0].contact
    assert contact[list(HELD)][:, :2].max(1).min() > 0.9
    assert contact[list(HELD)][:, 2:].max() < 0.1
    # Nothing was keyed since, and still the foot is the artist's.
    before = snapshot(first)
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert edits_of(first).keys() >= set(HELD)
    assert ankle_travel(first, held) < 0.25 * free
    assert snapshot(first).keys() == before.keys()
    assert bpy.ops.limn.solve_again(forget_contacts=True) == {"FINISHED"}
    assert edits_of(first) == {}
    assert ankle_travel(first, held) == pytest.approx(free, rel=0.05)


def test_without_edits_the_solver_labels_contacts(take: Path) -> None:
    before = [snapshot(figure) for figure in figures()]
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    for figure, keys in zip(figures(), before, strict=True):
        after = snapshot(figure)
        assert after.keys() == keys.keys()
        for channel, points in keys.items():
            got, want = np.frombuffer(after[channel]), np.frombuffer(points)
            np.testing.assert_array_equal(got, want, err_msg=str(channel))


def test_another_height_changes_the_figures_where_they_are(scene: Any, take: Path) -> None:
    first, second = figures()
    tracker = bpy.data.objects.new("tracker", None)
    scene.collection.objects.link(tracker)
    constraint = tracker.constraints.new("COPY_LOCATION")
    constraint.target, constraint.subtarget = first, "head"
    first.name, first.location, first.color = "Anna", (1.0, 2.0, 0.0), (0.2, 0.2, 0.2, 1.0)
    body = next(child for child in first.children if child.type == "MESH")
    paint = bpy.data.materials.new("paint")
    body.data.materials[0] = paint
    modifier = body.modifiers.new("Smooth", "SUBSURF")
    bpy.data.objects.remove(next(iter(second.children)))
    bpy.data.objects.remove(second)
    own_camera = bpy.data.objects.new("own", bpy.data.cameras.new("own"))
    scene.collection.objects.link(own_camera)
    scene.camera = own_camera
    scene.frame_start, scene.frame_end, scene.render.resolution_x = 5, 12, 1000
    scene.frame_set(7)
    counts = counted()
    length = first.data.bones["left_knee"].length
    scene.limn.use_height, scene.limn.height_m = True, 1.87
    bpy.context.view_layer.objects.active = first
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    ratio = first.data.bones["left_knee"].length / length
    person = of(first).people[0]
    assert person.height_m == pytest.approx(1.87, abs=0.01)
    assert ratio == pytest.approx(1.87 / 1.70, rel=0.02)
    assert figures() == [first], "who was removed stays removed"
    assert first["limn_height_m"] == pytest.approx(1.87, abs=0.01)
    assert (first.name, tuple(first.location)) == ("Anna", (1.0, 2.0, 0.0))
    assert (constraint.target, constraint.subtarget) == (first, "head")
    assert body.data.materials[0] == paint
    assert modifier.name in body.modifiers
    assert body.parent == first
    assert scene.camera == own_camera
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (5, 12, 7)
    assert scene.render.resolution_x == 1000
    assert counted() == counts, "nothing is left over"
    drivers = body.data.shape_keys.animation_data.drivers
    targets = {t.id for d in drivers for v in d.driver.variables for t in v.targets}
    assert targets <= {first, body.data.shape_keys, body}
    # The height can be taken back.
    scene.limn.use_height = False
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first.data.bones["left_knee"].length == pytest.approx(length, rel=1e-3)


def counted() -> dict[str, int]:
    kinds = (
        "objects", "armatures", "meshes", "cameras", "actions", "collections", "materials",
        "shape_keys",
    )  # fmt: skip
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def test_loading_a_take_shows_its_settings(scene: Any, take: Path) -> None:
    scene.limn.use_height, scene.limn.height_m = True, 1.87
    scene.limn.contacts, scene.limn.gaps = "off", "hold"
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    scene.limn.use_height, scene.limn.contacts, scene.limn.gaps = False, "auto", "unkeyed"
    bpy.ops.limn.load_take(filepath=figures()[0]["limn_take"])
    assert (scene.limn.use_height, scene.limn.contacts, scene.limn.gaps) == (True, "off", "hold")
    assert scene.limn.height_m == pytest.approx(1.87)


def test_a_failure_leaves_scene_and_take_alone(take: Path) -> None:
    forget_kept_takes()
    first = figures()[0]
    key_contacts(first, [9], (1, 1, 1, 1))
    before, counts = snapshot(first), counted()
    take.write_bytes(take.read_bytes()[:2000])
    damaged = take.read_bytes()
    with pytest.raises(RuntimeError, match="was changed since"):
        bpy.ops.limn.solve_again()
    assert (snapshot(first), counted(), take.read_bytes()) == (before, counts, damaged)
    take.unlink()
    with pytest.raises(RuntimeError, match="is not there any more"):
        bpy.ops.limn.solve_again()
    assert (snapshot(first), counted()) == (before, counts)
    assert 8 in edits_of(first)


def test_the_button_says_what_to_select(scene: Any, take: Path) -> None:
    assert bpy.ops.limn.solve_again.poll()
    bpy.data.batch_remove(figures())
    with pytest.raises(RuntimeError, match="Select one of the figures"):
        bpy.ops.limn.solve_again()
    with pytest.raises(RuntimeError, match="Select one of the figures"):
        bpy.ops.limn.render_preview()


def test_without_a_solved_camera_it_says_what_to_do_in_blender(scene: Any, take: Path) -> None:
    scene.limn.camera = "given"
    with pytest.raises(RuntimeError, match="solve it in the Movie Clip editor"):
        bpy.ops.limn.solve_again()


def test_the_file_for_the_worker_is_what_core_reads(take: Path, tmp_path: Path) -> None:
    first = figures()[0]
    key_contacts(first, [10, 11], (0, 0, 1, 1))
    module = import_module(f"{MODULE}.scene.figures.contacts")
    text = module.edits_as_json(module.edits_by_person(figures()))
    assert list(json.loads(text)["contacts"]) == ["0"]
    path = tmp_path / "edits.json"
    path.write_text(text, "utf-8")
    loaded = core("data.take_file").load_take(take)
    feet = core("pipeline.solve_again").read_contact_edits(path, loaded)[0]
    row = 9 - int(loaded.people[0].frames[0])
    assert feet[row : row + 2].tolist() == [[0, 1], [0, 1]]


def test_a_height_given_to_one_person_is_solved_and_stays(scene: Any, take: Path) -> None:
    first = figures()[0]
    assert first["limn_told_height"] == 0.0
    first["limn_told_height"] = 1.9
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first["limn_height_m"] == pytest.approx(1.9, abs=0.01)
    assert first["limn_told_height"] == pytest.approx(1.9)
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first["limn_height_m"] == pytest.approx(1.9, abs=0.01)
    first["limn_told_height"] = 0.0
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first["limn_height_m"] == pytest.approx(1.7, abs=0.01)
