"""Rigs as exporters, importers and older programs leave them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from limn.core.data.errors import RigError
from limn.core.retargeting.feet.planting import legs_of
from limn.core.retargeting.posing import RetargetOptions, retarget
from limn.core.retargeting.recognising import recognise
from limn.core.retargeting.roles import ESSENTIAL
from rigs import RIGS, in_a_pose, read_rig
from walking_source import walking

CHANGES: dict[str, Callable[[str], str]] = {
    "a prefix without a colon": lambda name: "mixamorig" + name.rsplit(":", 1)[-1],
    "an importer's prefix": lambda name: f"Armature|{name}",
    "a copy": lambda name: f"{name}.001",
    "dots as underscores": lambda name: name.replace(".", "_").replace(":", "_"),
    "a suffix and capitals": lambda name: f"{name}_JNT".upper(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", RIGS)
def test_names_that_exporters_changed_are_still_known(name: str, change: str) -> None:
    rig = read_rig(name)
    known = recognise(rig, name)
    spelled = [CHANGES[change](bone) for bone in rig.names]
    found = recognise(replace(rig, names=(*spelled,)), name)
    assert found.convention == known.convention
    for role in (*ESSENTIAL, "spine", "head"):
        want = tuple(CHANGES[change](bone) for bone in known.chains[role])
        assert found.chains[role] == want, role


def test_limbs_in_pieces_are_not_guessed_by_shape() -> None:
    rig = in_a_pose(read_rig("default"), 2)
    renamed = replace(rig, names=tuple(f"b{n}" for n in range(len(rig.names))))
    with pytest.raises(RigError, match="follows no naming"):
        recognise(renamed, "Pieces")


def test_hands_without_mapped_fingers_point_where_their_bones_begin() -> None:
    rig, hand = read_rig("mixamo"), "mixamorig:LeftHand"
    up = rig.tail_xyz.copy()
    up[rig.row(hand)] = rig.head_xyz[rig.row(hand)] + [0, 0, 0.05]
    ended = replace(rig, tail_xyz=up).ending_at_children(hand)
    fingers = [rig.row(f"{hand}{f}1") for f in ("Thumb", "Index", "Middle", "Ring", "Pinky")]
    assert ended.tail_xyz[rig.row(hand)] == pytest.approx(rig.head_xyz[fingers].mean(0))
    elbow = "mixamorig:LeftForeArm"
    assert ended.ending_at_children(elbow) is ended, "one child says nothing"


def test_a_foot_without_toes_stands_on_the_origins_floor() -> None:
    rig = read_rig("mixamo")
    rig = rig.kept(tuple(name for name in rig.names if "Toe" not in name))
    tails = rig.tail_xyz.copy()
    for side in ("Left", "Right"):
        row = rig.row(f"mixamorig:{side}Foot")
        tails[row] = rig.head_xyz[row] + [0, 0, 0.1]
    bone_map = recognise(rig, "rig")
    for leg in legs_of(replace(rig, tail_xyz=tails), bone_map):
        assert leg.ankle_height == pytest.approx(rig.head_xyz[leg.ankle, 2])


def test_a_spine_bone_that_carries_the_legs_turns_with_the_pelvis() -> None:
    rig = read_rig("mixamo")
    spine = rig.row("mixamorig:Spine")
    legs = [rig.row(f"mixamorig:{side}UpLeg") for side in ("Left", "Right")]
    parents = tuple(spine if n in legs else up for n, up in enumerate(rig.parents))
    hung = replace(rig, parents=parents)
    person, bone_map = walking(20), recognise(rig, "rig")
    options = RetargetOptions(plant_feet=False)
    moved = retarget(person, hung, bone_map, 30.0, options)
    names = moved.names
    turn = {
        name: moved.R_pose[:, names.index(name)] @ rig.R_rest[rig.row(name)].T
        for name in ("mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1")
    }
    np.testing.assert_allclose(turn["mixamorig:Spine"], turn["mixamorig:Hips"], atol=1e-9)
    assert np.abs(turn["mixamorig:Spine1"] - turn["mixamorig:Hips"]).max() > 0.01
