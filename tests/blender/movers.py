# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Armatures that walk, Limn's own and others', and what Blender evaluates of them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take
from target_rigs import generated_rig, makehuman_rig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")

COUNT = 30


def walking(count: int = COUNT, seed: int = 0) -> Any:
    person = import_module("walking_source").walking(count, seed)
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return core("data.types").Person(**fields)


def mover(kind: str, person: Any = None) -> Any:
    """An armature that walks: Limn's own, or somebody's rig after retargeting."""
    person = person or walking()
    take = make_take(len(person.frames), fps=30.0, people=(person,))
    bpy.context.scene.render.fps = 30
    if kind == "figure":
        report = import_module(f"{MODULE}.scene.build").build_take(
            bpy.context, take, take_path="x", replace=False
        )
        rig = bpy.data.objects[report.armatures[0]]
    else:
        is_rigify = kind.startswith("rigify")
        rig = generated_rig(bpy) if is_rigify else makehuman_rig(bpy, "mixamo", seed=4)
        if kind == "euler":
            for bone in rig.pose.bones:
                bone.rotation_mode = "ZXY"
        rig.location, rig.rotation_euler = (0.4, -0.2, 0.0), (0.0, 0.0, 0.7)
        bpy.context.view_layer.update()
        retarget(rig, take, person, "ik" if kind == "rigify_ik" else "fk")
    bpy.context.view_layer.objects.active = rig
    return rig


def retarget(rig: Any, take: Any, person: Any, controls: str = "fk") -> Any:
    module = import_module(f"{MODULE}.scene.retarget")
    options = core("retargeting.posing").RetargetOptions()
    timeline = module.timeline_of(bpy.context.scene, take)
    chosen = module.recognise_rig(rig)
    return module.retarget_person(rig, person, timeline, 30.0, chosen, options, controls=controls)


def poses(rig: Any, frames: Any = None) -> dict[str, np.ndarray]:
    """World matrices (t, 4, 4) of every bone that bends the mesh, or of all."""
    frames = range(1, COUNT + 1) if frames is None else frames
    names = [b.name for b in rig.data.bones if b.name.startswith("DEF-")]
    names = names or [b.name for b in rig.data.bones]
    out = {name: np.empty((len(frames), 4, 4)) for name in names}
    for row, frame in enumerate(frames):
        bpy.context.scene.frame_set(int(frame))
        now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            out[name][row] = now.matrix_world @ now.pose.bones[name].matrix
    return out


def apart(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    """The largest difference of heads (m) and axes."""
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


def root_of(rig: Any) -> str:
    names = ("pelvis", "mixamorig:Hips", "DEF-spine")
    return next(name for name in names if name in rig.data.bones)
