# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""However a figure is moved, what is read of it quickly is what Blender evaluates."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE
from movers import COUNT, mover, walking
from moving_ways import WAYS, strips, turning_goal

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


@pytest.mark.parametrize("way", WAYS)
def test_what_is_read_is_what_blender_evaluates(
    way: str, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, goal = mover("figure"), turning_goal(scene)
    change, by_curves = WAYS[way]
    change(figure, goal)
    bpy.context.view_layer.update()
    person = import_module(f"{MODULE}.scene.figures.playing.person")
    bones = import_module(f"{MODULE}.scene.figures.playing.bones")
    played_curves = import_module(f"{MODULE}.scene.motion.nla.leading").played_curves
    frames = person._frames_of(figure)
    if way == "strips with a hole":
        figure.animation_data.nla_tracks[0].strips[1].frame_start_ui += 9
        frames = person._frames_of(figure)
    objects, actions = len(bpy.data.objects), len(bpy.data.actions)
    truth = bones.bone_motion(scene, figure, frames, None)
    if by_curves:
        monkeypatch.setattr(bones, "stepping", None)  # calling it would fail
    read = bones.bone_motion(scene, figure, frames, played_curves(figure, frames))
    np.testing.assert_allclose(read.heads, truth.heads, atol=2e-4)
    same = np.abs((read.quats * truth.quats).sum(-1))
    assert np.degrees(2 * np.arccos(np.clip(same, 0, 1))).max() < 0.08
    assert (len(bpy.data.objects), len(bpy.data.actions)) == (objects, actions)
    assert not [one for one in bpy.data.scenes if one.name.startswith("Limn frames")]


def test_hidden_frames_and_contacts_are_read_through_the_nla(scene: Any) -> None:
    figure = mover("figure", walking(COUNT))
    made = walking(COUNT)
    figure["contact_left_heel"] = 0.0
    for frame in range(1, COUNT + 1):
        figure.keyframe_insert('["contact_left_heel"]', frame=frame)
    for frame, value in ((1, False), (11, True), (16, False)):
        figure.hide_viewport = value
        figure.keyframe_insert("hide_viewport", frame=frame)
    strips({})(figure, None)
    person = import_module(f"{MODULE}.scene.figures.playing.person")
    played = person.playing_person(scene, figure, made)
    assert played.scene_frames.tolist() == [*range(1, 11), *range(16, COUNT + 1)]
    assert made.contact[:, 0].max() > 0.5
    assert np.abs(played.person.contact[:, 0]).max() < 1e-6


@pytest.mark.parametrize(
    ("way", "most"),
    [("turned bone", 7), ("stretched spine", 3), ("driven", 6), ("driven by itself", 10)],
)
def test_blender_evaluates_only_the_bones_that_matter(
    way: str, most: int, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, goal = mover("figure"), turning_goal(scene)
    WAYS[way][0](figure, goal)
    bpy.context.view_layer.update()
    bones = import_module(f"{MODULE}.scene.figures.playing.bones")
    curves_of = import_module(f"{MODULE}.scene.curves").curves_of
    seen: list[set[str]] = []
    stepping = bones.stepping

    def watched(scene: Any, owner: Any) -> Any:
        assert owner != figure, "the whole figure is stepped through"
        seen.append({path.split('"')[1] for path, _ in curves_of(owner) if "pose.bones" in path})
        return stepping(scene, owner)

    monkeypatch.setattr(bones, "stepping", watched)
    played_curves = import_module(f"{MODULE}.scene.motion.nla.leading").played_curves
    frames = import_module(f"{MODULE}.scene.figures.playing.person")._frames_of(figure)
    bones.bone_motion(scene, figure, frames, played_curves(figure, frames))
    assert len(seen) == 1
    assert 0 < len(seen[0]) <= most, seen
