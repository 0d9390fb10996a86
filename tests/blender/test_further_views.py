# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Further views in the panel, in the scene, and looked through."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take
from test_build import build
from test_extension import as_the_worker_reads

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def take_with_a_view(path: str = "/no/side.mp4", word: str = "good") -> Any:
    view, take = core("data.views.view"), make_take()
    T = take.camera.T_world_camera.copy()
    T[:3, 3] += [1.0, 2.0, 0.5]
    part = replace(
        take,
        people=(),
        observed=None,
        clip=replace(take.clip, path=path),
        camera=replace(take.camera, T_world_camera=T, size_px=(640, 360)),
    )
    agreement = view.Agreement(word=word)
    return replace(take, views=(view.View(part, shift_s=-0.5, agreement=agreement),))


@pytest.fixture
def rows(scene: Any) -> Any:
    scene.limn_views.clear()
    yield scene.limn_views
    scene.limn_views.clear()


def props() -> Any:
    return import_module(f"{MODULE}.operators.views.props")


def test_every_phone_stands_in_the_scene(scene: Any) -> None:
    take = take_with_a_view()
    report = build(take)
    camera = bpy.data.objects["Limn View side"]
    want = take.views[0].part.camera.T_world_camera[:3, 3]
    np.testing.assert_allclose(camera.matrix_world.translation, want, atol=1e-5)
    assert scene.camera.name == report.camera != camera.name
    assert any("side.mp4 is not there" in text for text in report.warnings)
    again = build(take)
    assert "Limn View side" in " ".join(again.replaced), "an earlier run's views are replaced"
    assert len([one for one in bpy.data.objects if one.name.startswith("Limn View")]) == 1


def test_a_phone_that_was_carried_moves_in_the_scene(scene: Any) -> None:
    take = take_with_a_view()
    part = take.views[0].part
    count = len(part.time_s)
    path = np.linspace(0, 1, count)[:, None] * np.array([[1.0, 0.0, 0.5]])
    part = replace(part, path=path.astype(np.float32))
    take = replace(take, views=(replace(take.views[0], part=part),))
    build(take)
    assert not any("edits stay" in note for note in build(take).notes), "nobody edited its keys"
    camera = bpy.data.objects["Limn View side"]
    own = import_module(f"{MODULE}.scene.views").timeline_of
    timeline = import_module(f"{MODULE}.scene.timeline").Timeline(
        scene.frame_start, scene.frame_start + np.arange(float(count)), scene.frame_start
    )
    frames = own(replace(take.views[0], part=part), timeline, scene.render.fps).frames
    T = core("geometry.camera").cameras_at(part, np.arange(count, dtype=np.int32))
    for at in (0, count - 1):
        scene.frame_set(int(frames[at]), subframe=frames[at] % 1)
        np.testing.assert_allclose(camera.matrix_world.translation, T[at, :3, 3], atol=1e-4)


def test_a_view_that_is_off_has_no_camera(scene: Any) -> None:
    take = take_with_a_view()
    build(replace(take, views=(replace(take.views[0], is_used=False),)))
    assert "Limn View side" not in bpy.data.objects


def test_a_views_frames_lie_when_it_filmed(scene: Any) -> None:
    views, timelines = (import_module(f"{MODULE}.scene.{name}") for name in ("views", "timeline"))
    view = take_with_a_view().views[0]
    timeline = timelines.Timeline(10, np.arange(10.0, 30.0), 10)
    own = views.timeline_of(view, timeline, 30.0)
    np.testing.assert_allclose(own.frames, 10 + (view.part.time_s + 0.5) * 30)
    assert own.start == own.clip_start == 25


def test_the_panel_asks_for_all_clips(scene: Any, rows: Any, tmp_path: Path) -> None:
    clips = [tmp_path / name for name in ("front.mp4", "side.mp4", "back.mp4")]
    for clip in clips:
        clip.write_bytes(b"x")
    scene.limn.source, scene.limn.clip_path = "FILE", str(clips[0])
    make_request = import_module(f"{MODULE}.operators.estimate.request").make_request
    assert "together" not in make_request(bpy.context).options
    bpy.ops.limn.add_view(
        directory=str(tmp_path), files=[{"name": clips[1].name}, {"name": clips[2].name}]
    )
    bpy.ops.limn.add_view(filepath=str(clips[1]))
    assert [row.path for row in rows] == [str(clips[1]), str(clips[2])], "none twice"
    rows[1].use_start, rows[1].start_s = True, 0.25
    asked = as_the_worker_reads(make_request(bpy.context))
    assert asked.clips == clips
    assert asked.together
    assert asked.shift == ["3=0.2500"]
    rows[0].is_used = False
    assert as_the_worker_reads(make_request(bpy.context)).shift == ["2=0.2500"]
    scene.limn_view_row = 0
    bpy.ops.limn.remove_view()
    assert [row.path for row in rows] == [str(clips[2])]
    clips[2].unlink()
    with pytest.raises(Exception, match="does not exist"):
        make_request(bpy.context)


def test_rows_tell_what_the_last_run_found(scene: Any, rows: Any) -> None:
    take = take_with_a_view("/no/side.mp4", "check")
    props().show_views(scene, take)
    assert [(row.path, row.agreement) for row in rows] == [("/no/side.mp4", "check")]
    assert rows[0].found_s == pytest.approx(0.5)
    props().show_views(scene, make_take())
    assert rows[0].agreement == "", "nothing was found of it this time"


def test_rows_speak_the_interfaces_language(
    scene: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = import_module(f"{MODULE}.operators.views.panel")
    assert [panel.word_of(word) for word in ("good", "check", "poor", "")] == [
        "good",
        "check",
        "poor",
        "",
    ]
    german = import_module(f"{MODULE}.operators.translations.german").WORDS
    monkeypatch.setattr(panel, "iface", german.__getitem__)
    said: list[str] = []

    class Line:
        """Takes whatever is drawn and keeps what labels say."""

        def row(self, **_: Any) -> Line:
            return self

        def prop(self, *_: Any, **__: Any) -> None: ...

        def label(self, text: str, **_: Any) -> None:
            said.append(text)

    props().show_views(scene, take_with_a_view("/no/side.mp4", "check"))
    draw = panel.LIMN_UL_views.draw_item
    draw(None, None, Line(), scene, rows[0], 0, scene, "limn_view_row")
    assert said == ["side.mp4", "+0.50 s, prüfen"]


def test_solve_again_leaves_out_what_is_off(scene: Any, rows: Any, tmp_path: Path) -> None:
    take, path = take_with_a_view(), tmp_path / "a.take.npz"
    core("data.take_file").save_take(take, path)
    assert props().leave_out_options(scene, path) == {}
    props().show_views(scene, take)
    assert props().leave_out_options(scene, path) == {"leave_out": ["none"]}
    rows[0].is_used = False
    assert props().leave_out_options(scene, path) == {"leave_out": ["1"]}


def test_a_view_is_looked_through_in_its_own_size(scene: Any, rows: Any) -> None:
    take = take_with_a_view()
    props().show_views(scene, take)
    assert not bpy.ops.limn.look_through_further_view.poll()
    build(take)
    bpy.ops.limn.look_through_further_view()
    assert scene.camera.name == "Limn View side"
    assert (scene.render.resolution_x, scene.render.resolution_y) == (640, 360)
