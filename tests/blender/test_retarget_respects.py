# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What of a character stays as it is: drivers, constraints, links, overrides; and undo."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import MODULE, core, make_take
from target_rigs import makehuman_rig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FRAMES = 12
KNEE, HEAD, HAND = "mixamorig:LeftLeg", "mixamorig:Head", "mixamorig:RightHand"


def walking() -> Any:
    person = import_module("walking_source").walking(FRAMES)
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return core("data.types").Person(**fields)


def retarget(rig: Any) -> Any:
    module = import_module(f"{MODULE}.scene.retarget")
    person = walking()
    take = make_take(FRAMES, fps=30.0, people=(person,))
    bpy.context.scene.render.fps = 30
    timeline = module.timeline_of(bpy.context.scene, take)
    options = core("retargeting.posing").RetargetOptions()
    return module.retarget_person(rig, person, timeline, 30.0, module.recognise_rig(rig), options)


def knee_directions(rig: Any) -> np.ndarray:
    out = []
    for frame in range(1, FRAMES + 1):
        bpy.context.scene.frame_set(frame)
        bone = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[KNEE]
        out.append((rig.matrix_world.to_3x3() @ bone.vector).normalized())
    return np.array(out)


def limb_error_deg(rig: Any) -> float:
    xyz, joint = (
        core("geometry.kinematics").person_joints_world(walking()),
        core("data.skeletons").joint,
    )
    want = (xyz[:, joint("left_ankle")] - xyz[:, joint("left_knee")]).astype(float)
    want /= np.linalg.norm(want, axis=-1, keepdims=True)
    return float(np.degrees(np.arccos((knee_directions(rig) * want).sum(-1).clip(-1, 1))).max())


def facts(rig: Any) -> list[Any]:
    """Everything of a rig that retargeting has no business with."""
    drivers = rig.animation_data.drivers if rig.animation_data else ()
    return [
        [(d.data_path, d.array_index, d.driver.expression, d.mute) for d in drivers],
        [
            (bone.name, bone.rotation_mode, tuple(bone.lock_rotation), tuple(bone.lock_location),
             bone.custom_shape, [(c.type, c.name, c.mute, c.influence) for c in bone.constraints])
            for bone in rig.pose.bones
        ],
        [tuple(row) for row in rig.matrix_world],
        [(b.name, [tuple(row) for row in b.matrix_local], b.use_connect) for b in rig.data.bones],
        [track.name for track in rig.animation_data.nla_tracks] if rig.animation_data else [],
    ]  # fmt: skip


@pytest.fixture
def busy_rig(scene: Any) -> Any:
    """A character with a driver, constraints, locks and an NLA track."""
    rig = makehuman_rig(bpy, "mixamo", seed=6)
    driver = rig.pose.bones[HEAD].driver_add("rotation_quaternion", 1).driver
    driver.type, driver.expression = "SCRIPTED", "0.25"
    track = rig.pose.bones[HEAD].constraints.new("LIMIT_SCALE")
    track.influence = 0.7
    limit = rig.pose.bones[HAND].constraints.new("LIMIT_ROTATION")
    limit.use_limit_y, limit.min_y, limit.max_y, limit.owner_space = True, -0.1, 0.1, "LOCAL"
    rig.pose.bones[KNEE].lock_rotation = (False, True, True)
    rig.animation_data.nla_tracks.new().name = "Idle"
    rig.location = (1.0, 2.0, 0.0)
    bpy.context.view_layer.update()
    return rig


def test_drivers_constraints_locks_and_tracks_stay(busy_rig: Any) -> None:
    before = facts(busy_rig)
    retarget(busy_rig)
    bpy.context.scene.frame_set(FRAMES // 2)
    assert [facts(busy_rig)[n] for n in (0, 1, 3, 4)] == [before[n] for n in (0, 1, 3, 4)]
    # And they still do what they did: the driver drives, the limit limits.
    now = busy_rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert now.pose.bones[HEAD].rotation_quaternion[1] == pytest.approx(0.25)
    assert limb_error_deg(busy_rig) < 1.0


def library(tmp_path: Path) -> Path:
    rig = makehuman_rig(bpy, "mixamo", seed=6)
    home = bpy.data.collections.new("Hero")
    home.objects.link(rig)
    path = tmp_path / "hero.blend"
    bpy.data.libraries.write(str(path), {home})
    bpy.data.batch_remove([rig, home])
    bpy.data.batch_remove(list(bpy.data.armatures))
    return path


def linked(path: Path) -> Any:
    with bpy.data.libraries.load(str(path), link=True) as (_, here):
        here.collections = ["Hero"]
    return here.collections[0]


def test_an_override_moves_and_the_linked_rig_says_what_to_do(scene: Any, tmp_path: Path) -> None:
    home = linked(library(tmp_path))
    scene.collection.children.link(home)
    bpy.context.view_layer.update()
    rig = home.objects[0]
    with pytest.raises(core("data.errors").RigError, match="make a library override"):
        retarget(rig)
    assert rig.animation_data is None
    owned = home.override_hierarchy_create(scene, bpy.context.view_layer)
    override = next(o for o in owned.all_objects if o.type == "ARMATURE")
    assert override.override_library is not None
    action = retarget(override)
    assert override.animation_data.action == action
    assert limb_error_deg(override) < 1.0
    assert rig.animation_data is None
    bpy.data.batch_remove([owned, home])


@pytest.fixture
def figure_and_rig(scene: Any, tmp_path: Path) -> Any:
    take = make_take(FRAMES, fps=30.0, people=(walking(),))
    core("data.take_file").save_take(take, tmp_path / "walk.take.npz")
    rig = makehuman_rig(bpy, "mixamo", seed=6)
    build = import_module(f"{MODULE}.scene.build").build_take
    build(bpy.context, take, take_path=str(tmp_path / "walk.take.npz"))
    fields = scene.limn_retarget
    fields.roles.clear()
    fields.target = rig
    return rig


@pytest.mark.parametrize(
    "operator", ["retarget", "mirror_motion", "loop_motion", "place_motion", "trim_motion"]
)
def test_each_tool_is_one_undo_step(figure_and_rig: Any, operator: str) -> None:
    name = figure_and_rig.name
    scene = bpy.context.scene
    if operator == "trim_motion":
        scene.frame_start, scene.frame_end = 3, 8
    figure = bpy.context.view_layer.objects.active.name

    def state() -> Any:
        owner = bpy.data.objects[name if operator == "retarget" else figure]
        action = owner.animation_data.action if owner.animation_data else None
        if action is None:
            return None
        return [tuple(k.co) for curve in all_curves(action) for k in curve.keyframe_points]

    bpy.ops.ed.undo_push(message="before")
    before = state()
    assert getattr(bpy.ops.limn, operator)("EXEC_DEFAULT", True) == {"FINISHED"}
    assert state() != before
    bpy.ops.ed.undo()
    assert state() == before
