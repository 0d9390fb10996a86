from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from limn.core.data.errors import OutputError, RigError
from limn.core.retargeting.bonemap import BoneMap, load_map, save_map
from limn.core.retargeting.naming import _expanded, recognise_names
from limn.core.retargeting.posing import RetargetOptions, retarget
from limn.core.retargeting.recognising import recognise
from limn.core.retargeting.rig import RestBones
from limn.core.retargeting.rigs.profiles import PROFILES
from limn.core.retargeting.roles import ARM, ESSENTIAL, LEG, ROLES, SIDES
from rigs import DATA, RIGS, in_a_pose, read_rig, with_axes
from walking_source import walking

CALLED = {"default": "makehuman", "mixamo": "mixamo", "game_engine": "unreal", "cmu_mb": "cmu"}


def without(rig: RestBones, *gone: str) -> RestBones:
    kept = [name for name in rig.names if not any(word in name for word in gone)]
    return rig.kept(tuple(kept))


@pytest.mark.parametrize("name", RIGS)
def test_makehumans_rigs_are_recognised(name: str) -> None:
    bone_map = recognise(read_rig(name), name)
    assert bone_map.convention == CALLED[name]
    assert set(ESSENTIAL) <= set(bone_map.chains)
    assert len(bone_map.chains["left_thumb1" if name != "cmu_mb" else "left_index1"]) == 1


@pytest.mark.parametrize("label", PROFILES)
def test_every_convention_is_recognised_by_its_own_names(label: str) -> None:
    profile = PROFILES[label]
    names = [name for _, words in _expanded(profile) for name in words]
    names += [mark.replace("*", side) for mark in profile.marks for side in profile.sides]
    assert len(set(names)) == len(names)
    found = recognise_names([f"Rig:{name.upper()}" for name in names])
    assert found.convention == label
    assert set(ESSENTIAL) <= set(found.chains)
    assert set(found.chains) <= set(ROLES)


@pytest.mark.parametrize("name", ["mixamo", "game_engine", "cmu_mb"])
def test_a_rig_with_names_nobody_knows_goes_by_its_shape(name: str) -> None:
    rig = in_a_pose(read_rig(name), 2)
    known = recognise(rig, name)
    renamed = replace(rig, names=tuple(f"b{n}" for n in range(len(rig.names))))
    shaped = recognise(renamed, name)
    assert shaped.convention == "shape"
    for role in ESSENTIAL:
        want = known.chains[role][0]
        assert rig.names[renamed.row(shaped.chains[role][0])] == want, role


@pytest.mark.parametrize(
    ("parts", "spelled"),
    [
        ("Shoulder UpperArm ForeArm Hand UpperLeg LowerLeg Foot Toe", "{Side}{part}"),
        ("clavicle upperarm forearm hand thigh calf foot toe", "{part}_{s}"),
    ],
)
def test_some_names_of_a_convention_hide_no_human_shape(parts: str, spelled: str) -> None:
    rig = in_a_pose(read_rig("mixamo"), 2)
    known = recognise(rig, "Hero")
    names = [f"b{n}" for n in range(len(rig.names))]
    for side in SIDES:
        for role, part in zip((*ARM, *LEG), parts.split(), strict=True):
            name = spelled.format(Side=side.title(), s=side[0], part=part)
            names[rig.row(known.chains[f"{side}_{role}"][0])] = name
    renamed = replace(rig, names=tuple(names))
    lacking = set(ESSENTIAL) - set(recognise_names(renamed.names).chains)
    assert 0 < len(lacking) <= len(ESSENTIAL) // 3, "names alone fit in part"
    shaped = recognise(renamed, "Hero")
    assert shaped.convention == "shape"
    for role in ESSENTIAL:
        assert renamed.row(shaped.chains[role][0]) == rig.row(known.chains[role][0]), role


def test_toes_of_mb_lab_are_known() -> None:
    names = "pelvis spine01 spine02 spine03 neck head".split()
    limbs = "clavicle upperarm lowerarm hand thigh calf foot toes".split()
    names += [f"{limb}_{side}" for limb in limbs for side in "LR"]
    assert recognise_names(names).chains["left_foot"] == ("toes_L",)


def test_a_missing_leg_is_one_sentence() -> None:
    rig = without(read_rig("mixamo"), "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase")
    with pytest.raises(RigError, match="no bone for left hip, left knee, left ankle"):
        recognise(rig, "Hero")


def test_bones_without_human_shape_are_one_sentence() -> None:
    rig = read_rig("mixamo")
    crane = replace(rig.kept(rig.names[:5]), names=("a", "b", "c", "d", "e"))
    with pytest.raises(RigError, match="follows no naming"):
        recognise(crane, "Crane")


def test_a_partial_map_moves_what_it_has() -> None:
    rig = without(read_rig("mixamo", 1), "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase")
    chains = dict(recognise_names(rig.names).chains)
    del chains["neck"]
    person = walking(20)
    motion = retarget(person, rig, BoneMap("mine", chains), 30, RetargetOptions())
    assert "mixamorig:RightFoot" in motion.names
    assert np.isfinite(motion.head_xyz).all()
    trunk_only = BoneMap("mine", {"pelvis": ("mixamorig:Hips",), "spine": ("mixamorig:Spine",)})
    assert len(retarget(person, rig, trunk_only, 30, RetargetOptions()).names) == 2


def test_maps_that_cant_drive_a_rig_are_one_sentence() -> None:
    rig, person = read_rig("mixamo"), walking(5)
    chains = dict(recognise(rig, "r").chains)
    for change, sentence in (
        ({"head": ("Skull",)}, "no bone Skull"),
        ({"head": chains["neck"]}, "twice"),
        ({"pelvis": ()}, "no pelvis"),
    ):
        with pytest.raises(RigError, match=sentence):
            retarget(person, rig, BoneMap("m", {**chains, **change}), 30, RetargetOptions())
    with pytest.raises(RigError, match="no role tail"):
        BoneMap("m", {"tail": ("Tail",)})


def test_a_person_without_poses_is_one_sentence() -> None:
    person, rig = walking(3), read_rig("mixamo")
    empty = replace(
        person,
        **{
            field: getattr(person, field)[:0]
            for field in (
                "frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact", "bridged",
                "xy_px", "xy_score",
            )
        },
    )  # fmt: skip
    with pytest.raises(RigError, match="no pose in any frame"):
        retarget(empty, rig, recognise(rig, "r"), 30, RetargetOptions())


def test_a_preset_comes_back_as_it_was(tmp_path: Path) -> None:
    bone_map = replace(recognise(read_rig("default"), "r"), switches={("arm.L", "IK_FK"): 1.0})
    save_map(bone_map, tmp_path / "hero.json")
    assert load_map(tmp_path / "hero.json") == bone_map
    with pytest.raises(OutputError):
        save_map(bone_map, tmp_path / "gone" / "hero.json")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "limn-bone-map", "version": 9, "bones": {}}',
     '{"format": "limn-bone-map", "version": 1, "bones": {"head": 3}}',
     '{"format": "limn-bone-map", "version": 1, "bones": {"tail": "Tail"}}'],
)  # fmt: skip
def test_damaged_presets_are_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(RigError) as error:
        load_map(tmp_path / "bad.json")
    assert "\n" not in str(error.value)
    with pytest.raises(RigError, match="does not exist"):
        load_map(tmp_path / "none.json")


RECORDED = json.loads((DATA / "recorded_names.json").read_text("utf-8"))["rigs"]


@pytest.mark.parametrize("label", RECORDED)
def test_real_rigs_are_recognised_by_the_names_that_others_recorded(label: str) -> None:
    rig = RECORDED[label]
    found = recognise_names(rig["names"])
    assert found.convention == label
    assert set(ESSENTIAL) <= set(found.chains)
    for role, bone in rig["parts"].items():
        assert found.chains[role][0] == bone, role
    for side in ("left", "right"):
        assert f"{side}_collar" in found.chains


def with_bones(
    rig: RestBones, *bones: tuple[str, str | None, list[float], list[float]]
) -> RestBones:
    """``rig`` with more bones: name, parent, head, tail."""
    names = (*rig.names, *(bone[0] for bone in bones))
    parents = (*rig.parents, *(names.index(b[1]) if b[1] else -1 for b in bones))
    head = np.concatenate([rig.head_xyz, [bone[2] for bone in bones]])
    tail = np.concatenate([rig.tail_xyz, [bone[3] for bone in bones]])
    return with_axes(names, parents, head, tail, None)


def skirt(sign: float, side: str) -> list[tuple[str, str | None, list[float], list[float]]]:
    out, parent, z = [], "mixamorig:Hips", 0.9
    for n in range(5):
        name = f"skirt_{side}{n}"
        head, tail = [0.25 * sign, 0.0, z], [0.28 * sign, 0.0, z - 0.18]
        out.append((name, parent, head, tail))
        parent, z = name, z - 0.18
    return out


def wing(sign: float, side: str) -> list[tuple[str, str | None, list[float], list[float]]]:
    joints = [[0.1, 0.1, 1.4], [0.6, 0.5, 1.7], [1.2, 0.7, 1.6], [1.7, 0.8, 1.2], [2.0, 0.8, 1.0]]
    out, parent = [], "mixamorig:Spine2"
    for n, (head, tail) in enumerate(itertools.pairwise(joints)):
        at, end = [head[0] * sign, *head[1:]], [tail[0] * sign, *tail[1:]]
        out.append((f"wing_{side}{n}", parent, at, end))
        parent = f"wing_{side}{n}"
    return out


def ik_targets(sign: float, side: str) -> list[tuple[str, str | None, list[float], list[float]]]:
    return [
        (f"ik_foot_{side}", None, [0.1 * sign, 0.02, 0.0], [0.1 * sign, 0.2, 0.0]),
        (f"ik_hand_{side}", None, [0.9 * sign, 0.0, 1.43], [1.0 * sign, 0.0, 1.43]),
    ]


@pytest.mark.parametrize("extra", [skirt, wing, ik_targets])
@pytest.mark.parametrize("turned", [False, True])
def test_what_hangs_on_a_figure_is_no_limb(
    extra: Callable[[float, str], list[Any]], turned: bool
) -> None:
    rig = read_rig("mixamo")
    known = recognise(rig, "r")
    dressed = with_bones(rig, *extra(1.0, "a"), *extra(-1.0, "b"))
    if turned:
        about = np.diag([-1.0, -1.0, 1.0])
        dressed = replace(
            dressed, head_xyz=dressed.head_xyz @ about, tail_xyz=dressed.tail_xyz @ about
        )
    renamed = replace(dressed, names=tuple(f"b{n}" for n in range(len(dressed.names))))
    shaped = recognise(renamed, "r")
    for role in ESSENTIAL:
        assert dressed.names[renamed.row(shaped.chains[role][0])] == known.chains[role][0], role


def test_two_pairs_of_arms_are_not_guessed() -> None:
    rig = read_rig("mixamo")
    names = [n for n in rig.names if "Arm" in n or "Hand" in n or "Shoulder" in n]
    again = [
        (
            f"second{name}",
            f"second{up}" if (up := rig.names[rig.parents[rig.row(name)]]) in names else up,
            (rig.head_xyz[rig.row(name)] - [0, 0, 0.15]).tolist(),
            (rig.tail_xyz[rig.row(name)] - [0, 0, 0.15]).tolist(),
        )
        for name in names
    ]
    goro = with_bones(rig, *again)
    renamed = replace(goro, names=tuple(f"b{n}" for n in range(len(goro.names))))
    with pytest.raises(RigError, match="give a bone map"):
        recognise(renamed, "Goro")


def test_feet_that_point_nowhere_leave_the_sides_unsaid() -> None:
    rig = read_rig("mixamo")
    renamed = replace(rig, names=tuple(f"b{n}" for n in range(len(rig.names))))
    toes = [row for row, name in enumerate(rig.names) if "Toe" in name or name.endswith("Foot")]
    tail = rig.tail_xyz.copy()
    tail[toes, 1] = rig.head_xyz[rig.row("mixamorig:LeftFoot"), 1]
    tail[toes, 0] *= 1.5
    head = rig.head_xyz.copy()
    head[toes, 1] = tail[toes, 1]
    with pytest.raises(RigError):
        recognise(replace(renamed, head_xyz=head, tail_xyz=tail), "Pins")
