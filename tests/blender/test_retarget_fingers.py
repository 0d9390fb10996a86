# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Fingers that move arrive on rigs that nobody here made, in degrees."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take
from target_rigs import generated_rig, makehuman_rig, metarig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FRAMES = 24
SIDES = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
VROID = {
    "Hips": "C_Hips", "Spine": "C_Spine", "Spine1": "C_Chest", "Spine2": "C_UpperChest",
    "Neck": "C_Neck", "Head": "C_Head", "Shoulder": "Shoulder", "Arm": "UpperArm",
    "ForeArm": "LowerArm", "Hand": "Hand", "UpLeg": "UpperLeg", "Leg": "LowerLeg", "Foot": "Foot",
    "ToeBase": "ToeBase",
}  # fmt: skip
"""VRoid's names of Mixamo's bones, after J_Bip_ and the side."""


@pytest.fixture
def rigify(scene: Any) -> Iterator[None]:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


def playing() -> Any:
    """A walker whose fingers close and open one after the other, and spread."""
    person = import_module("walking_source").walking(FRAMES)
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    hands, rotations = core("hands.model"), core("geometry.rotations")
    hand = hands.hand_of(hands.hand_at_rest(person.rest_xyz_body))
    share = (1 - np.cos(np.arange(FRAMES)[:, None] / 5 + np.arange(5))) / 2
    angles = np.zeros((FRAMES, 5, 4))
    angles[:, 0] = share[:, :1] * [0.4, 0.3, 0.6, 0.9]
    angles[:, 1:] = share[:, 1:, None] * [0.15, 1.3, 1.5, 0.9]
    quats = person.quat_parent_joint.copy()
    for side in SIDES:
        turns = hands.local_turns(hand, angles)
        if side == "right":
            turns = hands.MIRROR[:, None] * turns * hands.MIRROR
        quats[:, list(hands.finger_joints(side))] = rotations.quat_from_matrix(turns)
    return replace(core("data.types").Person(**fields), quat_parent_joint=quats)


def make_rig(kind: str) -> tuple[Any, str]:
    if kind == "metarig":
        return metarig(bpy), "rigify_metarig"
    if kind == "generated":
        return generated_rig(bpy), "rigify"
    if kind == "game_engine":
        return makehuman_rig(bpy, kind), "unreal"
    rig = makehuman_rig(bpy, "mixamo")
    if kind == "mixamo":
        return rig, "mixamo"
    for bone in rig.data.bones:
        bone.name = _in_vroid(bone.name.removeprefix("mixamorig:"))
    return rig, "vroid"


def _in_vroid(name: str) -> str:
    for side in SIDES:
        if name.startswith(side.capitalize()):
            part = name.removeprefix(side.capitalize()).replace("Pinky", "Little")
            part = part.removeprefix("Hand") if part != "Hand" else part
            return f"J_Bip_{side[0].upper()}_{VROID.get(part, part)}"
    return f"J_Bip_{VROID.get(name, name)}"


def bones_of(kind: str, chains: Any) -> dict[str, str]:
    """The bone of every finger's joint that the mesh follows."""
    if kind == "generated":
        return {
            f"{side}_{finger}{k}": f"DEF-{'' if finger == 'thumb' else 'f_'}{finger}.0{k}."
            f"{side[0].upper()}"
            for side in SIDES for finger in FINGERS for k in (1, 2, 3)
        } | {f"{side}_wrist": f"DEF-hand.{side[0].upper()}" for side in SIDES}  # fmt: skip
    return {role: names[0] for role, names in chains.items()}


def heads(rig: Any, names: dict[str, str]) -> dict[str, np.ndarray]:
    """Heads (t, 3) by role, in the world."""
    xyz = {role: np.empty((FRAMES, 3)) for role in names}
    for frame in range(FRAMES):
        bpy.context.scene.frame_set(bpy.context.scene.frame_start + frame)
        now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for role, name in names.items():
            xyz[role][frame] = now.matrix_world @ now.pose.bones[name].head
    return xyz


def in_palm(xyz: dict[str, np.ndarray], side: str) -> np.ndarray:
    """Directions (t, 5, 2, 3) of the first two bones of every finger, in the palm's axes."""
    frame = core("geometry.rotations").frame_from_axes
    at = {part: xyz[f"{side}_{part}"] for part in ("wrist", "middle1", "index1", "pinky1")}
    palm = frame(at["middle1"] - at["wrist"], at["index1"] - at["pinky1"])
    bones = np.stack(
        [
            [xyz[f"{side}_{finger}{k + 1}"] - xyz[f"{side}_{finger}{k}"] for k in (1, 2)]
            for finger in FINGERS
        ]
    )
    bones = bones / np.linalg.norm(bones, axis=-1, keepdims=True)
    return np.einsum("tba,fktb->tfka", palm, bones)


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(cross, (a * b).sum(-1)))


@pytest.mark.usefixtures("rigify")
@pytest.mark.parametrize("kind", ["metarig", "generated", "mixamo", "game_engine", "vroid"])
def test_fingers_arrive(kind: str) -> None:
    bpy.context.scene.render.fps = 30
    module = import_module(f"{MODULE}.scene.retarget")
    rig, convention = make_rig(kind)
    found = module.recognise_rig(rig)
    assert found.convention == convention
    person = playing()
    take = make_take(FRAMES, fps=30.0, people=(person,))
    timeline = module.timeline_of(bpy.context.scene, take)
    options = core("retargeting.posing").RetargetOptions(plant_feet=False)
    module.retarget_person(rig, person, timeline, 30.0, found, options, controls="fk")
    got = heads(rig, bones_of(kind, found.chains))
    joints, joint = core("geometry.kinematics").person_joints_world(person), core("data.skeletons")
    roles = [role for role in got if role in joint.SMPLX_55]
    want = {role: joints[:, joint.joint(role)].astype(float) for role in roles}
    for side in SIDES:
        off = between(in_palm(got, side), in_palm(want, side))
        assert off.max() < 1.0, f"{side}: {off.max((0, 2)).round(1)} degrees off"
        moved = between(in_palm(want, side), in_palm(want, side)[:1]).max(0)
        assert moved[1:, 1].min() > 90, "they do move"
