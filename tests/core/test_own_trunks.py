"""Rigs whose limbs follow a convention and whose trunk is called otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from limn.core.retargeting.naming import recognise_names
from limn.core.retargeting.recognising import recognise
from rigs import read_rig


def test_legs_that_hang_on_a_bone_nobody_named_tell_the_pelvis() -> None:
    # Limbs as Rigify's metarig calls them, on "hips" with a "spine", which is Rigify's pelvis.
    rig = read_rig("mixamo")
    spelled = {"Hips": "hips", "Spine": "spine", "Spine1": "chest", "Neck": "neck", "Head": "head"}
    for side, mark in (("Left", ".L"), ("Right", ".R")):
        for theirs, own in (
            ("Shoulder", "shoulder"), ("Arm", "upper_arm"), ("ForeArm", "forearm"),
            ("Hand", "hand"), ("UpLeg", "thigh"), ("Leg", "shin"), ("Foot", "foot"),
            ("ToeBase", "toe"),
        ):  # fmt: skip
            spelled[side + theirs] = own + mark
    plain = [name.split(":")[-1] for name in rig.names]
    own = replace(rig, names=tuple(spelled.get(name, name) for name in plain))
    assert recognise_names(own.names).chains["pelvis"] == ("spine",)
    found = recognise(own, "mine")
    assert found.chains["pelvis"] == ("hips",)
    assert found.chains["spine"][0] == "spine"
    assert found.chains["left_hip"] == ("thigh.L",)
    # Feet that point nowhere: the shape tells no sides.
    toes = [row for row, name in enumerate(rig.names) if "Toe" in name or name.endswith("Foot")]
    tail = rig.tail_xyz.copy()
    tail[toes, 1] = rig.head_xyz[rig.row("mixamorig:LeftFoot"), 1]
    tail[toes, 0] *= 1.5
    head = rig.head_xyz.copy()
    head[toes, 1] = tail[toes, 1]
    found = recognise(replace(own, head_xyz=head, tail_xyz=tail), "mine")
    assert found.convention == "rigify_metarig"
    trunk = [found.chains[role] for role in ("pelvis", "spine", "neck", "head")]
    assert trunk == [("hips",), ("spine", "chest", "Spine2"), ("neck",), ("head",)]
    # Nothing is called as the convention's pelvis.
    names = tuple("back" if name == "spine" else name for name in own.names)
    blind = replace(own, names=names, head_xyz=head, tail_xyz=tail)
    assert "pelvis" not in recognise_names(names).chains
    found = recognise(blind, "mine")
    trunk = [found.chains[role] for role in ("pelvis", "spine", "neck", "head")]
    assert trunk == [("hips",), ("back", "chest", "Spine2"), ("neck",), ("head",)]
    # The metarig's own trunk, legs and all, on a root on the floor.
    metarig = {"hips": "spine", "spine": "spine.001", "chest": "spine.002"}
    names = tuple(metarig.get(name, name) for name in own.names)
    assert recognise(replace(own, names=names), "its").convention == "rigify_metarig"
