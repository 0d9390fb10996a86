# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Ways in which an animator makes a figure move otherwise than by its action alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE
from movers import COUNT

bpy = pytest.importorskip("bpy")


def turning_goal(scene: Any) -> Any:
    """An object that turns and travels while the scene plays."""
    goal = bpy.data.objects.new("Goal", None)
    scene.collection.objects.link(goal)
    for frame, turn, x in ((1, 0.0, 0.0), (COUNT, 1.5, 2.0)):
        goal.rotation_euler, goal.location = (0.3, turn, 0.2), (x, 1.0, 0.5)
        goal.keyframe_insert("rotation_euler", frame=frame)
        goal.keyframe_insert("location", frame=frame)
    return goal


def _constraint(name: str, kind: str, **fields: Any) -> Callable[[Any, Any], None]:
    def change(figure: Any, goal: Any) -> None:
        constraint = figure.pose.bones[name].constraints.new(kind)
        constraint.target = goal
        for field, value in fields.items():
            setattr(constraint, field, value)

    return change


def _looks_at_own_hand(figure: Any, _goal: Any) -> None:
    constraint = figure.pose.bones["head"].constraints.new("DAMPED_TRACK")
    constraint.target, constraint.subtarget = figure, "left_wrist"


def _changing_influence(figure: Any, goal: Any) -> None:
    _constraint("spine2", "COPY_ROTATION")(figure, goal)
    constraint = figure.pose.bones["spine2"].constraints[0]
    for frame, value in ((5, 0.0), (20, 1.0)):
        constraint.influence = value
        constraint.keyframe_insert("influence", frame=frame)


def _driven_neck(figure: Any, goal: Any) -> None:
    bone = figure.pose.bones["neck"]
    driver = bone.driver_add("rotation_quaternion", 1).driver
    variable = driver.variables.new()
    variable.type = "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].transform_type = goal, "ROT_Y"
    driver.expression = f"{variable.name} * 0.2"


def _driven_by_itself(figure: Any, _goal: Any) -> None:
    driver = figure.pose.bones["head"].driver_add("rotation_quaternion", 2).driver
    variable = driver.variables.new()
    variable.targets[0].id = figure
    variable.targets[0].data_path = 'pose.bones["left_knee"].rotation_quaternion[1]'
    driver.expression = variable.name


def _carried(figure: Any, goal: Any) -> None:
    figure.parent = goal


def _follows(figure: Any, goal: Any) -> None:
    constraint = figure.constraints.new("COPY_LOCATION")
    constraint.target, constraint.use_offset = goal, True


def _slides(figure: Any, _goal: Any) -> None:
    for frame, x in ((1, 0.0), (COUNT, 3.0)):
        figure.location.x = x
        figure.keyframe_insert("location", frame=frame)


def strips(*pieces: dict[str, Any], blend: float = 0.0) -> Callable[[Any, Any], None]:
    """Strips of the figure's own action, one after the other on a track."""

    def change(figure: Any, _goal: Any) -> None:
        animation = figure.animation_data
        action = animation.action
        slot = getattr(animation, "action_slot", None)
        animation.action = None
        track = animation.nla_tracks.new()
        at = 1
        for fields in pieces:
            strip = track.strips.new(action.name, at, action)
            if slot is not None:
                strip.action_slot = slot
            for field, value in fields.items():
                setattr(strip, field, value)
            strip.blend_in = blend
            at = int(np.ceil(strip.frame_end)) + fields.get("hole", 0)

    return change


def _upper_track(figure: Any, goal: Any) -> None:
    strips({})(figure, goal)
    animation = figure.animation_data
    below = animation.nla_tracks[0].strips[0]
    track = animation.nla_tracks.new()
    strip = track.strips.new("Above", 1, below.action)
    if hasattr(below, "action_slot"):
        strip.action_slot = below.action_slot
    strip.scale = 2.0


def _above(**fields: Any) -> Callable[[Any, Any], None]:
    """A slowed strip below, and the action itself above it or a second strip with ``fields``."""

    def change(figure: Any, goal: Any) -> None:
        _upper_track(figure, goal)
        strip = figure.animation_data.nla_tracks[1].strips[0]
        for field, value in fields.items():
            setattr(strip, field, value)

    return change


def _action_above(**fields: Any) -> Callable[[Any, Any], None]:
    def change(figure: Any, goal: Any) -> None:
        _upper_track(figure, goal)
        animation = figure.animation_data
        track = animation.nla_tracks[1]
        below = track.strips[0]
        action, slot = below.action, getattr(below, "action_slot", None)
        animation.nla_tracks.remove(track)
        animation.nla_tracks[0].strips[0].scale = 1.6
        animation.action = action
        if slot is not None:
            animation.action_slot = slot
        for field, value in fields.items():
            setattr(animation, field, value)

    return change


def _fading(figure: Any, goal: Any) -> None:
    _upper_track(figure, goal)
    strip = figure.animation_data.nla_tracks[1].strips[0]
    strip.use_animated_influence = True
    for frame, value in ((3, 0.1), (18, 0.9), (50, 0.3)):
        strip.influence = value
        strip.keyframe_insert("influence", frame=frame)


def _taken_away(figure: Any, goal: Any) -> None:
    _fading(figure, goal)
    figure.animation_data.nla_tracks[1].strips[0].blend_type = "SUBTRACT"


def _alone(figure: Any, goal: Any) -> None:
    _upper_track(figure, goal)
    figure.animation_data.nla_tracks[0].is_solo = True


def _muted_curves(figure: Any, _goal: Any) -> None:
    for (path, _), curve in import_module(f"{MODULE}.scene.curves").curves_of(figure).items():
        curve.mute = "left_hip" in path


def _muted_curves_of_strip(figure: Any, goal: Any) -> None:
    _muted_curves(figure, goal)
    strips({})(figure, goal)


def _muted_group(figure: Any, _goal: Any) -> None:
    for (path, _), curve in import_module(f"{MODULE}.scene.curves").curves_of(figure).items():
        if "left_hip" in path and curve.group is not None:
            curve.group.mute = True


def _muted_strip(figure: Any, goal: Any) -> None:
    _upper_track(figure, goal)
    figure.animation_data.nla_tracks[1].strips[0].mute = True


def _combined(figure: Any, goal: Any) -> None:
    _above(blend_type="COMBINE", blend_in=10.0)(figure, goal)


WAYS: dict[str, tuple[Callable[[Any, Any], None], bool]] = {
    "turned bone": (_constraint("head", "COPY_ROTATION", influence=0.4), False),
    "leg to a goal": (_constraint("left_knee", "IK", chain_count=2), False),
    "stretched spine": (_constraint("spine1", "STRETCH_TO"), False),
    "pelvis held": (_constraint("pelvis", "COPY_LOCATION"), False),
    "looks at its hand": (_looks_at_own_hand, False),
    "keyed influence": (_changing_influence, False),
    "driven": (_driven_neck, False),
    "driven by itself": (_driven_by_itself, False),
    "parent": (_carried, False),
    "follows": (_follows, False),
    "keyed object": (_slides, False),
    "strip": (strips({}), True),
    "slow strip": (strips({"scale": 1.7}), True),
    "repeated strip": (strips({"repeat": 2.5}), True),
    "part of the action": (strips({"action_frame_start": 5.0, "action_frame_end": 17.0}), True),
    "strips in a row": (strips({}, {"repeat": 2.0}), True),
    "two tracks": (_upper_track, True),
    "strips with a hole": (strips({}, {}), True),
    "hole that is not held": (strips({"extrapolation": "NOTHING"}, {}), True),
    "blended strip": (strips({}, blend=9.0), True),
    "blended in and out": (strips({"blend_in": 7.0, "blend_out": 12.0}), True),
    "strips into each other": (_above(use_auto_blend=True), True),
    "blended in above": (_above(blend_in=20.0), True),
    "added above": (_above(blend_type="ADD", blend_out=25.0), True),
    "taken away": (_taken_away, True),
    "multiplied": (_above(blend_type="MULTIPLY", blend_in=40.0), True),
    "combined": (_combined, False),
    "fading": (_fading, True),
    "muted strip": (_muted_strip, True),
    "track alone": (_alone, True),
    "half of the action": (_action_above(action_influence=0.5), True),
    "added action": (_action_above(action_blend_type="ADD", action_influence=0.3), True),
    "action not held": (_action_above(action_extrapolation="NOTHING"), True),
    "backwards": (strips({"use_reverse": True}), True),
    "backwards again": (strips({"use_reverse": True, "repeat": 2.3, "scale": 1.2}), True),
    "muted curves": (_muted_curves, True),
    "muted curves of a strip": (_muted_curves_of_strip, True),
    "muted group": (_muted_group, False),
}
"""What moves a figure, and whether curves alone tell it."""
