# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Clean Up on a control rig, whose bones hang on helpers and constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves, bones_of, changed, every_key
from movers import COUNT, apart, mover, poses

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FIRST, LAST = 8, 22


@pytest.fixture
def control_rig(scene: Any) -> Iterator[Any]:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    rig = mover("rigify")
    scene.frame_start, scene.frame_end, scene.use_preview_range = 1, COUNT, True
    scene.frame_preview_start, scene.frame_preview_end = FIRST, LAST
    scene.limn_cleanup.ease = 3
    yield rig
    bpy.context.scene.use_preview_range = False
    addon_utils.disable("rigify", default_set=True)


def test_a_control_rigs_feet_are_locked_and_its_object_is_the_root(
    control_rig: Any, scene: Any
) -> None:
    slide_controls(control_rig, 0.01)
    before, was = every_key(control_rig), poses(control_rig)
    scene.frame_set(15)
    assert bpy.ops.limn.lock_foot(side="right") == {"FINISHED"}
    moved, now = changed(before, every_key(control_rig)), poses(control_rig)
    assert bones_of(moved) == {"thigh_fk.R", "shin_fk.R", "foot_fk.R"}
    held = slice(FIRST + 3, LAST - 4)
    assert np.ptp(was["DEF-foot.R"][held, :3, 3], axis=0).max() > 0.02
    assert np.ptp(now["DEF-foot.R"][held, :3, 3], axis=0).max() < 3e-3
    assert bpy.ops.limn.extract_root_motion() == {"FINISHED"}
    assert apart(now, poses(control_rig)) < 5e-3
    assert np.ptp([spot for spot in places(control_rig, scene)], axis=0)[:2].max() > 0.1


def places(owner: Any, scene: Any) -> list[Any]:
    out = []
    for frame in (1, COUNT):
        scene.frame_set(frame)
        out.append(np.array(owner.matrix_world.translation))
    return out


def slide_controls(rig: Any, per_frame: float) -> None:
    """Let the trunk of a control rig slide along."""
    for curve in all_curves(rig.animation_data.action):
        if curve.data_path == rig.pose.bones["torso"].path_from_id("location"):
            if curve.array_index == 0:
                for key in curve.keyframe_points:
                    key.co[1] += per_frame * key.co[0]
                curve.update()
