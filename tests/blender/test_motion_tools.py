# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The Motion section: laws of its tools, on what Blender evaluates."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves, keys_of
from blender_takes import MODULE, core, make_take
from movers import COUNT, apart, mover, poses, retarget, root_of, walking
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

KINDS = ("figure", "mixamo", "euler", "rigify")
WITH_IK = (*KINDS, "rigify_ik")


@pytest.fixture
def rigify(scene: Any) -> Iterator[None]:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


@pytest.mark.parametrize("kind", WITH_IK)
def test_mirrored_twice_is_the_motion(rigify: None, kind: str) -> None:
    rig = mover(kind)
    before = poses(rig)
    assert bpy.ops.limn.mirror_motion() == {"FINISHED"}
    once = poses(rig)
    assert apart(before, once) > 0.05
    root = root_of(rig)
    np.testing.assert_allclose(once[root][0, :2, 3], before[root][0, :2, 3], atol=0.01)
    assert bpy.ops.limn.mirror_motion() == {"FINISHED"}
    assert apart(before, poses(rig)) < 2e-3


def test_the_mirrored_walkers_left_is_what_the_right_was(scene: Any) -> None:
    rig = mover("figure")
    before = poses(rig)
    bpy.ops.limn.mirror_motion()
    after = poses(rig)
    for a, b in (("left_wrist", "right_wrist"), ("right_ankle", "left_ankle")):
        for one in ("head", "pelvis"):
            was = np.linalg.norm(before[a][:, :3, 3] - before[one][:, :3, 3], axis=-1)
            now = np.linalg.norm(after[b][:, :3, 3] - after[one][:, :3, 3], axis=-1)
            np.testing.assert_allclose(now, was, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trimmed_action_is_the_slice(rigify: None, kind: str) -> None:
    rig = mover(kind)
    before = poses(rig, range(5, 13))
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 5, 12
    assert bpy.ops.limn.trim_motion() == {"FINISHED"}
    assert tuple(rig.animation_data.action.frame_range) == (5, 12)
    assert apart(before, poses(rig, range(5, 13))) < 1e-5
    # Before and after, the ends are held.
    assert apart(poses(rig, [1]), poses(rig, [5])) < 1e-5


def test_a_trimmed_bezier_curve_keeps_its_shape(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.objects.active = rig
    bone = rig.pose.bones["mixamorig:Hips"]
    for frame, x in ((1, 0.0), (10, 1.0), (20, -1.0), (30, 0.5)):
        bone.location.x = x
        bone.keyframe_insert("location", frame=frame)
    before = poses(rig, range(10, 21))
    scene.frame_start, scene.frame_end = 10, 20
    bpy.ops.limn.trim_motion()
    assert apart(before, poses(rig, range(10, 21))) < 1e-5
    assert len(keys_of(rig, bone.path_from_id("location"))) == 2


@pytest.mark.parametrize("kind", WITH_IK)
@pytest.mark.parametrize("in_place", [False, True])
def test_a_cycle_closes_and_repeats(rigify: None, kind: str, in_place: bool) -> None:
    rig = mover(kind)
    fields = bpy.context.scene.limn_motion
    fields.in_place, fields.repeat, fields.blend_frames = in_place, True, 6
    before = poses(rig)
    assert bpy.ops.limn.loop_motion() == {"FINISHED"}
    after = poses(rig, range(1, 2 * COUNT))
    root = root_of(rig)
    way = after[root][COUNT - 1, :3, 3] - after[root][0, :3, 3]
    if in_place:
        assert np.abs(way).max() < 1e-4
    else:
        was = before[root][-1, :2, 3] - before[root][0, :2, 3]
        # Rigify's path is the torso's, and its spine bends meanwhile.
        np.testing.assert_allclose(way[:2], was, atol=0.05 if kind.startswith("rigify") else 1e-3)
    for name, T in after.items():
        # The second cycle is the first again, further on: so pose and speed meet at the seam.
        np.testing.assert_allclose(T[COUNT - 1 :, :3, :3], T[:COUNT, :3, :3], atol=2e-3)
        ahead = T[COUNT - 1 :, :3, 3] - way
        np.testing.assert_allclose(ahead, T[:COUNT, :3, 3], atol=2e-3, err_msg=name)
        bends = np.linalg.norm(np.diff(T[:, :3, 3], 2, axis=0), axis=-1)
        own = np.linalg.norm(np.diff(before[name][:, :3, 3], 2, axis=0), axis=-1)
        assert bends[COUNT - 2] <= 2 * own.max() + 2e-3, f"{name} jumps at the seam"
    fields.in_place = False


@pytest.mark.parametrize("kind", WITH_IK)
def test_placing_keeps_relative_motion(rigify: None, kind: str) -> None:
    rig = mover(kind)
    before, root = poses(rig), root_of(rig)
    scene, fields = bpy.context.scene, bpy.context.scene.limn_motion
    scene.cursor.location = (2.0, -1.5, 0.25)
    fields.use_facing, fields.facing_deg = True, 60.0
    assert bpy.ops.limn.place_motion(to="CURSOR") == {"FINISHED"}
    after = poses(rig)
    rise = after[root][:, 2, 3] - before[root][:, 2, 3]
    np.testing.assert_allclose(rise, 0.25, atol=1e-3)
    for frame in (0, 17):
        T = after[root][frame] @ np.linalg.inv(before[root][frame])
        for name in before:
            moved = T @ before[name]
            np.testing.assert_allclose(moved, after[name], atol=3e-3, err_msg=name)
    fields.use_facing = False
    assert bpy.ops.limn.place_motion(to="ORIGIN") == {"FINISHED"}
    spot = poses(rig, [1])[root][0, :2, 3]
    assert np.abs(spot).max() < 0.1, "the carrier stands over the origin"
    if not kind.startswith(
        "rigify"
    ):  # whose carrier is the torso's control, not the first bone of the spine
        assert np.abs(spot).max() < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_mix_by_nothing_or_all_is_one_of_the_two(rigify: None, kind: str) -> None:
    rig = mover(kind)
    first, own = poses(rig), rig.animation_data.action
    other = walking(COUNT, seed=9)
    if kind == "figure":
        guest = mover("figure", other)
        second, theirs = poses(guest), guest.animation_data.action
        bpy.context.view_layer.objects.active = rig
    else:
        theirs = retarget(rig, make_take(COUNT, fps=30.0, people=(other,)), other)
        second = poses(rig)
        rig.animation_data.action = own
        if hasattr(own, "slots"):
            rig.animation_data.action_slot = own.slots[0]
    fields = bpy.context.scene.limn_motion
    fields.other = theirs
    for weight, want in ((0.0, first), (1.0, second)):
        fields.weight = weight
        assert bpy.ops.limn.blend_motion(how="MIX") == {"FINISHED"}
        assert apart(want, poses(rig)) < 1e-3
        assert rig.animation_data.action not in (own, theirs)
        rig.animation_data.action = own
        if hasattr(own, "slots"):
            rig.animation_data.action_slot = own.slots[0]
    fields.overlap = 8
    assert bpy.ops.limn.blend_motion(how="THEN") == {"FINISHED"}
    both = poses(rig, range(1, 2 * COUNT - 7))
    start = {name: T[: COUNT - 8] for name, T in both.items()}
    assert apart(start, {name: T[: COUNT - 8] for name, T in first.items()}) < 1e-3
    root = root_of(rig)
    steps = np.linalg.norm(np.diff(both[root][:, :3, 3], axis=0), axis=-1)
    assert steps.max() < 0.08, "nobody jumps"


@pytest.mark.parametrize("kind", ["figure", "mixamo"])
def test_pushed_down_the_strip_moves_as_the_action_did(scene: Any, kind: str) -> None:
    rig = mover(kind)
    before, action = poses(rig), rig.animation_data.action
    assert bpy.ops.limn.push_down_motion() == {"FINISHED"}
    assert rig.animation_data.action is None
    (track,) = rig.animation_data.nla_tracks
    assert track.strips[0].action == action
    assert apart(before, poses(rig)) < 1e-5


def test_thinned_keys_stay_thin_when_mirrored(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    person = walking()
    take = make_take(COUNT, fps=30.0, people=(person,))
    module = import_module(f"{MODULE}.scene.retarget")
    module.retarget_person(
        rig, person, module.timeline_of(scene, take), 30.0, module.recognise_rig(rig),
        core("retargeting.posing").RetargetOptions(), 0.5,
    )  # fmt: skip
    bpy.context.view_layer.objects.active = rig
    count = sum(len(curve.keyframe_points) for curve in all_curves(rig.animation_data.action))
    bpy.ops.limn.mirror_motion()
    after = sum(len(curve.keyframe_points) for curve in all_curves(rig.animation_data.action))
    assert after < 1.1 * count


def test_what_cant_be_edited_is_one_sentence_and_changes_nothing(scene: Any) -> None:
    rig = mover("mixamo")
    before = poses(rig)
    fields = scene.limn_motion
    fields.other = None
    with pytest.raises(RuntimeError, match="Choose the action to blend with"):
        bpy.ops.limn.blend_motion(how="MIX")
    fields.other = bpy.data.actions.new("Empty")
    with pytest.raises(RuntimeError, match="moves no bone of mixamo"):
        bpy.ops.limn.blend_motion(how="THEN")
    fields.other = rig.animation_data.action
    with pytest.raises(RuntimeError, match="choose another"):
        bpy.ops.limn.blend_motion(how="MIX")
    scene.frame_start, scene.frame_end = 500, 600
    with pytest.raises(RuntimeError, match="has no key from 500 to 600"):
        bpy.ops.limn.trim_motion()
    scene.frame_start, scene.frame_end = 5, 7
    assert bpy.ops.limn.trim_motion() == {"FINISHED"}
    with pytest.raises(RuntimeError, match="at least 4 frames"):
        bpy.ops.limn.loop_motion()
    assert apart({n: T[4:7] for n, T in before.items()}, poses(rig, range(5, 8))) < 1e-5
    rig.animation_data.action = None
    assert not bpy.ops.limn.mirror_motion.poll()


def test_a_trimmed_figure_claims_no_contacts_for_what_is_gone(scene: Any) -> None:
    mover("figure")
    rig = bpy.context.view_layer.objects.active
    scene.frame_start, scene.frame_end = 8, 20
    bpy.ops.limn.trim_motion()
    assert not import_module(f"{MODULE}.scene.figures.contacts").contact_edits(rig)


@pytest.mark.parametrize("tool", ["mirror_motion", "loop_motion", "smooth_motion", "set_floor"])
def test_curves_that_are_changed_as_they_play_are_refused(tool: str, scene: Any) -> None:
    rig = mover("mixamo")
    curves = import_module(f"{MODULE}.scene.curves").curves_of(rig)
    curve = next(c for (path, _), c in curves.items() if "Head" in path)
    noise, keys = curve.modifiers.new("NOISE"), [tuple(k.co) for k in curve.keyframe_points]
    with pytest.raises(RuntimeError, match="Head has a Noise modifier") as caught:
        getattr(bpy.ops.limn, tool)()
    assert "Traceback" not in str(caught.value)
    assert [tuple(k.co) for k in curve.keyframe_points] == keys
    noise.mute = True
    if tool == "loop_motion":
        with pytest.raises(RuntimeError, match="a cycle has to go first"):
            bpy.ops.limn.loop_motion()
        curve.modifiers.remove(noise)
    assert getattr(bpy.ops.limn, tool)() == {"FINISHED"}


@pytest.mark.parametrize("tool", ["mirror_motion", "set_floor", "place_motion", "lock_foot"])
def test_nothing_is_edited_where_undo_would_not_bring_it_back(tool: str, scene: Any) -> None:
    rig = mover("mixamo")
    operator = getattr(bpy.ops.limn, tool)
    assert operator.poll()
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        assert not operator.poll()
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    assert rig.mode == "OBJECT"
