# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Curves of very long takes are samples: they play as keys do and become keys once changed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import MODULE
from movers import COUNT, mover

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def part(name: str) -> Any:
    return import_module(f"{MODULE}.scene.{name}")


@pytest.fixture
def figures(scene: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The same motion as keys and as samples."""
    keyed = mover("figure")
    monkeypatch.setattr(part("motion.sampled_curves"), "MOST_KEYS", COUNT - 1)
    return keyed, mover("figure")


def sampled(figure: Any) -> set[str]:
    curves = all_curves(figure.animation_data.action)
    assert all(bool(len(c.sampled_points)) != bool(len(c.keyframe_points)) for c in curves)
    return {c.data_path for c in curves if len(c.sampled_points)}


def pose_at(figure: Any, frame: float) -> np.ndarray:
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
    return np.array([np.array(bone.matrix) for bone in figure.pose.bones])


def test_samples_play_as_keys_do_on_and_between_frames(figures: tuple[Any, Any]) -> None:
    keyed, long = figures
    paths = sampled(long)
    assert not sampled(keyed)
    assert any(path.endswith(".location") for path in paths)
    assert not any("contact_" in path or "bridged" in path for path in paths)
    for frame in (1.0, 7.0, 7.5, COUNT, COUNT + 20.0):
        np.testing.assert_allclose(pose_at(long, frame), pose_at(keyed, frame), atol=2e-6)
    frames = part("motion.keys").pose_frames(keyed)
    np.testing.assert_array_equal(part("motion.keys").pose_frames(long), frames)
    ours, theirs = (part("motion.keys").read_pose(one) for one in (long, keyed))
    for name, keys in theirs.items():
        np.testing.assert_array_equal(ours[name].frames, keys.frames)
        np.testing.assert_allclose(ours[name].quats, keys.quats, atol=2e-6)


def test_a_figure_of_samples_is_as_it_was_made_until_somebody_changes_it(
    figures: tuple[Any, Any],
) -> None:
    edited, long = part("keeping.edited"), figures[1]
    edited.mark_as_made(long)
    assert not edited.is_edited(long)
    curve = next(c for c in all_curves(long.animation_data.action) if len(c.sampled_points))
    part("motion.sampled_curves").as_keys(curve)
    assert not edited.is_edited(long)  # only its form is another
    curve.keyframe_points[5].co[1] += 0.1
    assert edited.is_edited(long)


def test_changing_keys_turns_only_the_changed_curve_into_keys(figures: tuple[Any, Any]) -> None:
    keyed, long = figures
    path = long.pose.bones["pelvis"].path_from_id("location")
    for figure in figures:
        curve = next(c for c in all_curves(figure.animation_data.action) if c.data_path == path)
        moved, chosen = np.full(COUNT, 0.25), np.arange(COUNT) == 4
        part("motion.key_edit").shift_keys(curve, moved, chosen)
        assert len(curve.keyframe_points) == COUNT
        assert not len(curve.sampled_points)
    assert sampled(long)
    for frame in (4.0, 5.0, 5.5, 9.0):
        np.testing.assert_allclose(pose_at(long, frame), pose_at(keyed, frame), atol=2e-6)


def test_cutting_turns_samples_into_the_keys_that_are_left(figures: tuple[Any, Any]) -> None:
    for figure in figures:
        for curve in all_curves(figure.animation_data.action):
            part("motion.trim").trim_curve(curve, 5, 9)
    keyed, long = figures
    assert not sampled(long)
    counts = [
        [len(c.keyframe_points) for c in all_curves(f.animation_data.action)] for f in figures
    ]
    assert counts[0] == counts[1]
    np.testing.assert_allclose(pose_at(long, 7.0), pose_at(keyed, 7.0), atol=2e-6)


def test_times_between_whole_frames_stay_keys(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = part("motion.sampled_curves")
    monkeypatch.setattr(samples, "MOST_KEYS", 3)
    assert samples.can_be_sampled(np.arange(3.0, 9.0))
    assert not samples.can_be_sampled(np.arange(3.0, 6.0))
    assert not samples.can_be_sampled(np.arange(3.0, 9.0) * 1.001)
    assert not samples.can_be_sampled(np.array([1.0, 2.0, 4.0, 5.0, 6.0]))


def test_a_sampled_curve_is_filled_again_with_samples_or_with_keys(
    figures: tuple[Any, Any],
) -> None:
    curves, owner = part("curves"), figures[1]
    path = owner.pose.bones["pelvis"].path_from_id("location")
    writer = curves.ActionWriter(owner, None)
    for count in (COUNT, COUNT + 9, 7, COUNT):
        frames = np.arange(3.0, count + 3)
        values = np.stack([np.sin(frames), np.cos(frames), frames], axis=-1)
        writer.rewrite(path, frames, values, "pelvis")
        for index in range(3):
            curve = curves.find_curve(owner, path, index)
            assert len(curve.sampled_points) == (count if count >= COUNT else 0)
            assert len(curve.keyframe_points) == (0 if count >= COUNT else count)
            assert curve.evaluate(6.0) == pytest.approx(values[3, index], abs=1e-5)
            np.testing.assert_array_equal(curves.read_keys(curve)[:, 0], frames)
