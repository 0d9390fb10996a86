# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The report in the panel, the preview's button, the camera at cuts."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, tilted_camera, walking_person
from limn.core.geometry.camera import camera_at

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def build(take: Any, path: Path | str = "walk.take.npz") -> Any:
    module = import_module(f"{MODULE}.scene.build")
    return module.build_take(bpy.context, take, take_path=str(path))


def reported_take(**checks: Any) -> Any:
    person = {"name": "Person 1", "checks": checks}
    return replace(make_take(20, source_frame=np.arange(40, 60)), report={"people": [person]})


def test_figures_are_worded_in_plain_units(extension: Any) -> None:
    humane = core("evaluation.wording").humane
    assert humane(0.034, "share", 0.04) == "3%"
    assert humane(0.0, "share", 0.04) == "0%"
    assert humane(0.004, "share", 0.04) == "0.4%"
    assert humane(1.234, "mm_per_frame", 0.04) == "1.2 mm/frame"
    assert humane(31.7, "mm", 0.04) == "32 mm"
    # 150 m/s^3 over a 25th of a second: 150 * 0.04^3 m.
    assert humane(15.0, "jerk", 0.04) == "9.6 mm/frame"


def test_every_figure_of_the_report_has_a_label(extension: Any) -> None:
    labels = core("evaluation.wording").LABELS
    assert set(labels) == set(core("evaluation.quality")._GRADES)


def test_a_click_on_a_frame_moves_the_playhead(scene: Any) -> None:
    scene.frame_start = 101
    take = reported_take(
        foot_slide_mm_per_frame={"value": 4.25, "word": "check", "look_at": [43, 44, 45, 51]},
        floor_penetration_mm={"value": 1.0, "word": "good", "look_at": []},
        reprojection_share={"value": 0.2, "word": "poor", "look_at": [59]},
    )
    figure = bpy.data.objects[build(take).armatures[0]]
    panel = import_module(f"{MODULE}.operators.report.panel")
    checks = panel.checks_of(figure, 25.0)
    assert [c.word for c in checks] == ["check", "good", "poor"]
    assert panel.overall(checks) == "poor"
    assert (checks[0].label, checks[0].figure) == ("Feet slide", "4.2 mm/frame")
    # The file's frame 40 is the take's first and lies at the scene's 101.
    assert checks[0].look_at == (104.0, 112.0)
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.limn.look_at_frame(frame=112.0, figure=figure.name) == {"FINISHED"}
    assert scene.frame_current == 112
    assert bpy.context.view_layer.objects.active == figure


def test_frames_between_whole_ones_are_hit(scene: Any) -> None:
    gaps = np.array([0.0, 1, 1.5, 0.5, 2, 1, 1, 1.25, 0.75, 1]) / 25
    take = make_take(10, time_s=np.cumsum(gaps))
    check = {"value": 0.2, "word": "poor", "look_at": [2]}
    take = replace(take, report={"people": [{"checks": {"reprojection_share": check}}]})
    figure = bpy.data.objects[build(take).armatures[0]]
    checks = import_module(f"{MODULE}.operators.report.panel").checks_of(figure, 25.0)
    bpy.ops.limn.look_at_frame(frame=checks[0].look_at[0], figure=figure.name)
    assert scene.frame_current + scene.frame_subframe == pytest.approx(3.5, abs=1e-4)


def test_the_camera_jumps_at_cuts(scene: Any) -> None:
    shots = [np.eye(4) for _ in range(3)]
    first = tilted_camera((640, 480), 600, 600, (319.5, 239.5))
    for number, T in enumerate(shots):
        turn = core("geometry.rotations").exp_so3(np.array([0.0, 0.0, 0.8 * number + 0.5]))
        T[:3, :3] = turn @ first.T_world_camera[:3, :3]
        T[:3, 3] = (number, -5.0 - number, 1.0)
    scene.frame_start = 11
    take = replace(
        make_take(20, camera=first),
        cuts=np.array([6, 11, 15], np.int32),
        T_world_shots=np.array(shots),
    )
    camera = bpy.data.objects[build(take).camera]
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    for position in (0, 3, 5, 6, 10, 11, 14, 15, 19):
        scene.frame_set(11 + position)
        posed = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        want = camera_at(take, position).T_world_camera @ flip
        np.testing.assert_allclose(np.array(posed.matrix_world), want, atol=1e-5)
    scene.frame_set(11 + 5, subframe=0.99)
    np.testing.assert_allclose(
        np.array(camera.matrix_world.translation), first.T_world_camera[:3, 3], atol=1e-5
    )
    build(take)
    assert len([a for a in bpy.data.actions if "Camera" in a.name]) == 1


@pytest.mark.parametrize("cuts", [[], [7]])
def test_the_camera_turns_as_the_clips_did(scene: Any, cuts: list[int]) -> None:
    first = tilted_camera((640, 480), 600, 600, (319.5, 239.5))
    moved = first.T_world_camera.copy()
    moved[:3, 3] += [1.0, 2.0, 0.3]
    take = replace(
        make_take(20, camera=first),
        cuts=np.array(cuts, np.int32),
        T_world_shots=np.array([moved] * len(cuts)).reshape(-1, 4, 4),
        turns=np.radians(np.linspace([-3, 8, 1], [4, -30, 2], 20)).astype(np.float32),
    )
    scene.frame_start = 11
    camera = bpy.data.objects[build(take).camera]
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    for position in (0, 6, 7, 12, 19):
        scene.frame_set(11 + position)
        posed = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        want = camera_at(take, position).T_world_camera @ flip
        np.testing.assert_allclose(np.array(posed.matrix_world), want, atol=1e-5)


@pytest.mark.parametrize("cuts", [[], [7]])
def test_the_camera_is_carried_and_zooms_as_the_clips_did(scene: Any, cuts: list[int]) -> None:
    first = tilted_camera((640, 480), 600, 600, (319.5, 239.5))
    shots = np.array([first.T_world_camera] * len(cuts)).reshape(-1, 4, 4)
    take = replace(
        make_take(20, camera=first),
        cuts=np.array(cuts, np.int32),
        T_world_shots=shots,
        turns=np.radians(np.linspace([-3, 8, 1], [4, -30, 2], 20)).astype(np.float32),
        path=np.linspace([0, 0, 0], [2, 0.3, -1], 20).astype(np.float32),
        zoom=np.linspace(0.8, 1.5, 20).astype(np.float32),
    )
    scene.frame_start = 11
    for _ in range(2):  # the second time over the first
        camera = bpy.data.objects[build(take).camera]
        flip = np.diag([1.0, -1.0, -1.0, 1.0])
        for position in (0, 6, 7, 12, 19):
            scene.frame_set(11 + position)
            graph = bpy.context.evaluated_depsgraph_get()
            posed = camera.evaluated_get(graph)
            want = camera_at(take, position)
            np.testing.assert_allclose(
                np.array(posed.matrix_world), want.T_world_camera @ flip, atol=1e-5
            )
            lens = posed.data.lens * 640 / 36.0
            assert lens == pytest.approx(want.K[0, 0], rel=1e-5)
    assert len([a for a in bpy.data.actions if "Camera" in a.name]) == 2


def test_without_cuts_the_camera_has_no_keys(scene: Any) -> None:
    camera = bpy.data.objects[build(make_take()).camera]
    assert camera.animation_data is None


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "walk.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (640, 480))
    for i in range(6):
        writer.write(np.full((480, 640, 3), 30 * i, np.uint8))
    writer.release()
    return path


def saved(footage: Path) -> Path:
    take = make_take(6, clip_path=str(footage), people=(walking_person(np.arange(6), 1, "A"),))
    path = footage.with_name("walk.take.npz")
    core("data.take_file").save_take(take, path)
    build(take, path)
    return path


def test_a_preview_lies_beside_the_take(scene: Any, footage: Path) -> None:
    saved(footage)
    before = sorted(o.name for o in scene.objects)
    assert bpy.ops.limn.render_preview() == {"FINISHED"}
    preview = footage.with_name("walk.preview.mp4")
    assert preview.stat().st_size > 1000
    lines = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    assert lines == [f"Preview: {preview}"]
    assert sorted(o.name for o in scene.objects) == before


def test_a_preview_can_show_bodies(scene: Any, footage: Path) -> None:
    saved(footage)
    preview = footage.with_name("walk.preview.mp4")
    assert bpy.ops.limn.render_preview() == {"FINISHED"}
    bones = preview.read_bytes()
    scene.limn.preview_bodies = True
    assert bpy.ops.limn.render_preview() == {"FINISHED"}
    assert preview.read_bytes() != bones


def test_footage_that_moved_is_asked_for_and_then_found(scene: Any, footage: Path) -> None:
    take = saved(footage)
    elsewhere = footage.parent / "elsewhere"
    elsewhere.mkdir()
    moved = shutil.move(footage, elsewhere)
    with pytest.raises(RuntimeError, match=r"walk\.mp4 is not there any more; choose"):
        bpy.ops.limn.render_preview()
    assert sorted(p.name for p in take.parent.iterdir()) == ["elsewhere", "walk.take.npz"]
    scene.limn.source, scene.limn.clip_path = "FILE", str(moved)
    assert bpy.ops.limn.render_preview() == {"FINISHED"}
    assert take.with_name("walk.preview.mp4").is_file()


def test_footage_of_a_take_from_windows_is_known_by_its_name(scene: Any, footage: Path) -> None:
    scene.limn.source, scene.limn.clip_path = "FILE", str(footage)
    footage_of = import_module(f"{MODULE}.operators.report.preview").footage_of
    for place in (f"D:\\films\\{footage.name}", f"\\\\server\\films\\{footage.name}"):
        info = replace(make_take().clip, path=place)
        assert footage_of(bpy.context, info) == footage
    assert footage_of(bpy.context, replace(info, path="D:\\films\\other.mp4")) is None


def test_every_button_has_a_tooltip(extension: Any) -> None:
    for name in ("solve_again", "render_preview", "look_at_frame"):
        assert len(getattr(bpy.ops.limn, name).get_rna_type().description) > 10, name
