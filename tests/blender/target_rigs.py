# ruff: noqa: ANN401 - bpy has no types here
"""Armatures that nobody here made: Rigify's, and MakeHuman's from their published numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "data" / "rigs"


def metarig(bpy: Any) -> Any:
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def generated_rig(bpy: Any, meta: Any = None) -> Any:
    """Rigify's control rig without its face, whose generation takes most of the time."""
    meta = meta or metarig(bpy)
    bpy.ops.object.mode_set(mode="EDIT")
    bones = meta.data.edit_bones
    for bone in [b for b in bones if b == bones["face"] or bones["face"] in b.parent_recursive]:
        bones.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.pose.rigify_generate()
    return bpy.context.object


def makehuman_rig(bpy: Any, name: str, seed: int | None = None) -> Any:
    rows = json.loads((DATA / f"{name}.json").read_text("utf-8"))["bones"]
    rng = np.random.default_rng(seed)
    data = bpy.data.armatures.new(name)
    owner = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, (parent, head, tail, roll) in rows.items():
        made = data.edit_bones.new(bone)
        made.head, made.tail = head, tail
        made.roll = roll if seed is None else float(rng.uniform(-3, 3))
        if parent:
            made.parent = data.edit_bones[parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    return owner


def reshape(bpy: Any, owner: Any, rest: Any, seed: int) -> None:
    """Give ``owner`` the heads and tails of ``rest`` as its rest pose, and rolls by chance."""
    rng = np.random.default_rng(seed)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    bones = owner.data.edit_bones
    connected = [bone.name for bone in bones if bone.use_connect]
    for bone in bones:
        bone.use_connect = False
    for row, name in enumerate(rest.names):
        bones[name].head, bones[name].tail = rest.head_xyz[row], rest.tail_xyz[row]
        bones[name].roll = float(rng.uniform(-3, 3))
    for name in connected:
        bones[name].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")


def skin(bpy: Any, rig: Any) -> Any:
    """A mesh with a triangle at every bone's head, that bone's alone; its first vertex is there."""
    bones = list(rig.data.bones)
    corners = [bone.head_local for bone in bones]
    aside = [bone.head_local + bone.vector * 0.1 + bone.x_axis * side for side in (0.01, -0.01)
             for bone in bones]  # fmt: skip
    count = len(bones)
    mesh = bpy.data.meshes.new("Skin")
    faces = [(n, n + count, n + 2 * count) for n in range(count)]
    mesh.from_pydata([tuple(point) for point in (*corners, *aside)], [], faces)
    body = bpy.data.objects.new("Skin", mesh)
    bpy.context.scene.collection.objects.link(body)
    for number, bone in enumerate(bones):
        group = body.vertex_groups.new(name=bone.name)
        group.add([number, number + count, number + 2 * count], 1.0, "REPLACE")
    body.parent = rig
    body.modifiers.new("Armature", "ARMATURE").object = rig
    return body
