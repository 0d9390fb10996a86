"""Rigs of the corpus that hang together, stand or are called otherwise than a body's, in numbers:
bones posed as Blender poses them, against the person's joints."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from limn.core.data.errors import RigError
from limn.core.data.skeletons import joint
from limn.core.geometry.kinematics import person_joints_world
from limn.core.retargeting.bonemap import BoneMap
from limn.core.retargeting.doubts import doubts
from limn.core.retargeting.posing import RetargetedMotion, RetargetOptions, retarget
from limn.core.retargeting.recognising import recognise
from limn.core.retargeting.rig import RestBones
from limn.core.retargeting.shapes.mapping import SHAPE
from limn.tools.corpus.rigs.motion import FPS, moving_person
from limn.tools.corpus.rigs.namings import NAMINGS
from limn.tools.corpus.rigs.oddities import ODDITIES
from limn.tools.corpus.rigs.skeleton import Bone, skeleton
from limn.tools.corpus.rigs.structures import STRUCTURES
from rigs import with_axes

PERSON = moving_person(6)
FREE = ("spine1", "spine2", "spine3")
REFUSED = {("unknown", "hands-on-root"), ("unknown", "flat"), ("unknown", "lying"),
           ("unknown", "head-down"), ("unknown", "no-spine")}  # fmt: skip
REASONS = {
    "hands-on-root": "no two arms", "flat": "no two legs", "lying": "no two legs",
    "head-down": "no two legs", "no-spine": "no two arms",
}  # fmt: skip
MOST_MM = {
    "flat": 8.0,
    "no-spine": 25.0,
    "one-spine-bone": 10.0,
    "head-down": 25.0,
}  # its soles are not known


def at_rest(bones: list[Bone]) -> RestBones:
    names = tuple(bone.name for bone in bones)
    parents = tuple(names.index(bone.parent) if bone.parent else -1 for bone in bones)
    head, tail = (np.array([getattr(b, end) for b in bones]) for end in ("head", "tail"))
    return with_axes(names, parents, head, tail, 5)


def posed_heads(rest: RestBones, motion: RetargetedMotion) -> np.ndarray:
    """Heads (t, n, 3) of all bones: each turned and moved from rest in what carries it."""
    count = len(motion.R_basis)
    R, xyz = np.empty((count, len(rest.names), 3, 3)), np.empty((count, len(rest.names), 3))
    for row in rest.parents_first():
        name, up = rest.names[row], rest.parents[row]
        carried, at = np.tile(rest.R_rest[row], (count, 1, 1)), rest.head_xyz[row][None]
        if up >= 0:
            turn = R[:, up] @ rest.R_rest[up].T
            carried = turn @ rest.R_rest[row]
            at = xyz[:, up] + turn @ (rest.head_xyz[row] - rest.head_xyz[up])
        basis = np.eye(3)
        if name in motion.names:
            basis = motion.R_basis[:, motion.names.index(name)]
        if name in motion.moved:
            step = motion.moved_xyz[:, motion.moved.index(name)]
            at = at + np.einsum("tab,tb->ta", carried, step)
        if name == motion.carrier:
            at = motion.carrier_xyz
        R[:, row], xyz[:, row] = carried @ basis, at
    return xyz


def off_mm(bones: list[Bone], rest: RestBones, motion: RetargetedMotion) -> float:
    measured = [b for b in bones if b.joint and b.joint not in FREE]
    got = posed_heads(rest, motion)[:, [rest.row(b.name) for b in measured]]
    want = person_joints_world(PERSON)[:, [joint(b.joint) for b in measured]]
    return 1e3 * float(np.linalg.norm(got - want, axis=-1).mean())


@pytest.mark.parametrize(
    ("naming", "oddity"),
    [
        *((naming, oddity) for naming in ("mixamo", "biped", "unknown") for oddity in STRUCTURES),
        # No toes; arms that hang on the root; a pelvis that only its name tells.
        ("perception_neuron", "sides-swapped"),
        ("mmd", "no-spine"),
        ("half_rigify", "legs-on-root"),
        ("half_rigify", "flat"),
    ],
)
def test_odd_rigs_move_as_the_person_or_are_refused(naming: str, oddity: str) -> None:
    bones = ODDITIES[oddity].change(skeleton(NAMINGS[naming]), NAMINGS[naming])
    rest = at_rest(bones)
    if (naming, oddity) in REFUSED:
        with pytest.raises(RigError, match=f"{REASONS[oddity]}.*; give a bone map"):
            recognise(rest, "Rig")
        return
    bone_map = recognise(rest, "Rig")
    if oddity in ("counted", "some-copied", "two-people") and naming != "unknown":
        assert bone_map.convention == naming
    motion = retarget(PERSON, rest, bone_map, FPS, RetargetOptions())
    assert off_mm(bones, rest, motion) < MOST_MM.get(oddity, 6.0)
    told = doubts(rest, bone_map)
    assert told == (
        ["Left and right are as the feet point, not as the bones are called."]
        if oddity == "sides-swapped" and bone_map.convention != SHAPE
        else []
    )


def fingers_of(bone_map: BoneMap) -> dict[str, tuple[str, ...]]:
    return {role: bones for role, bones in bone_map.chains.items() if role[-1] in "123"}


@pytest.mark.parametrize("naming", ["mixamo", "mmd", "rokoko", "biped"])
def test_fingers_are_told_by_their_places(naming: str) -> None:
    bones = skeleton(NAMINGS[naming])
    known = fingers_of(recognise(at_rest(bones), "Rig"))
    names = {bone.name: f"b{n}" for n, bone in enumerate(bones)}
    blind = [replace(b, name=names[b.name], parent=names.get(b.parent, "")) for b in bones]
    found = recognise(at_rest(blind), "Rig")
    assert found.convention == SHAPE
    assert fingers_of(found) == {r: tuple(names[b] for b in bs) for r, bs in known.items()}


def test_fingers_that_one_hand_has_or_a_prop_are_not_guessed() -> None:
    bones = skeleton(NAMINGS["unknown"])
    hand = next(b for b in bones if b.joint == "right_wrist")
    sword = [
        Bone("s0", hand.head, hand.head - [0, 0.4, 0], hand.name),
        Bone("s1", hand.head - [0, 0.4, 0], hand.head - [0, 0.9, 0], "s0"),
    ]
    with_sword = fingers_of(recognise(at_rest([*bones, *sword]), "Rig"))
    assert with_sword == fingers_of(recognise(at_rest(bones), "Rig")) != {}
    one_hand = [b for b in bones if not (b.joint.startswith("left") and b.joint[-1] in "123")]
    assert fingers_of(recognise(at_rest(one_hand), "Rig")) == {}
    parallel = [b for b in bones if "thumb" not in b.joint]
    assert fingers_of(recognise(at_rest(parallel), "Rig")) == {}


def test_uneven_feet_and_leaning_characters_are_told() -> None:
    bones = skeleton(NAMINGS["mixamo"])
    rest = at_rest(bones)
    bone_map = recognise(rest, "Rig")
    assert doubts(rest, bone_map) == []
    swapped = {
        role.replace("left", "#").replace("right", "left").replace("#", "right"): bones
        for role, bones in bone_map.chains.items()
    }
    assert "exchange them" in doubts(rest, BoneMap("mine", swapped))[0]
    heads = rest.head_xyz.copy()
    heads[rest.row("LeftToeBase"), 2] = heads[rest.row("LeftFoot"), 2] + 0.05
    assert "not alike" in doubts(replace(rest, head_xyz=heads), bone_map)[0]
    angle = 0.5
    lean = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)],
                     [0, np.sin(angle), np.cos(angle)]])  # fmt: skip
    assert "leans at rest" in doubts(rest.turned(lean), bone_map)[0]


def test_bones_that_something_may_carry_are_left_and_circles_refused() -> None:
    bones = ODDITIES["hands-on-root"].change(skeleton(NAMINGS["mixamo"]), NAMINGS["mixamo"])
    rest = at_rest(bones)
    bone_map = recognise(rest, "Rig")
    hands = {"LeftHand", "RightHand"}
    assert set(retarget(PERSON, rest, bone_map, FPS, RetargetOptions()).moved) == hands
    assert not retarget(PERSON, rest, bone_map, FPS, RetargetOptions(), hands).moved
    turned_about = [
        replace(b, parent={"LeftForeArm": "LeftHand", "LeftHand": "LeftArm"}.get(b.name, b.parent))
        for b in skeleton(NAMINGS["mixamo"])
    ]
    rest = at_rest(turned_about)
    motion = retarget(PERSON, rest, recognise(rest, "Rig"), FPS, RetargetOptions())
    assert set(motion.moved) == {"LeftForeArm", "LeftHand"}
    assert off_mm(turned_about, rest, motion) < 6


def test_trunks_and_fingers_of_ones_own_names_are_filled_in() -> None:
    bones = skeleton(NAMINGS["mixamo"])
    own = {
        bone.name: f"own_{n}"
        for n, bone in enumerate(bones)
        if bone.joint[-1:] in ("1", "2", "3") or bone.joint == "neck" or "collar" in bone.joint
    }
    spelled = [
        replace(b, name=own.get(b.name, b.name), parent=own.get(b.parent, b.parent)) for b in bones
    ]
    found = recognise(at_rest(spelled), "Rig")
    known = recognise(at_rest(bones), "Rig")
    assert found.convention in ("mixamo", "cmu")  # whose limbs are called alike
    assert found.chains == {
        role: tuple(own.get(name, name) for name in names) for role, names in known.chains.items()
    }


def test_collars_with_upper_arms_are_no_arms() -> None:
    hung = ODDITIES["hands-on-root"].change(skeleton(NAMINGS["unknown"]), NAMINGS["unknown"])
    out = {"left": np.array([0.06, 0.0, 0.0]), "right": np.array([-0.06, 0.0, 0.0])}
    arms = ("shoulder", "elbow", "wrist", "1", "2", "3")
    wide = [
        replace(b, head=b.head + out[b.joint[: b.joint.index("_")]], tail=b.tail)
        if "_" in b.joint and b.joint.endswith(arms)
        else b
        for b in hung
    ]
    with pytest.raises(RigError, match="no two arms"):
        recognise(at_rest(wide), "Rig")


def test_tails_of_feet_without_toes_tell_sides_only_where_both_agree() -> None:
    bones = ODDITIES["no-toes"].change(skeleton(NAMINGS["unknown"]), NAMINGS["unknown"])
    assert "left_hip" in recognise(at_rest(bones), "Rig").chains
    ways = {
        "each its own way": ([0.02, 0.08, -0.03], [0.06, 0.05, -0.03]),
        "backward and up": ([0.0, 0.1, 0.06], [0.0, 0.1, 0.06]),
    }
    for feet in ways.values():
        tails = dict(zip(("left_ankle", "right_ankle"), map(np.array, feet), strict=True))
        strewn = [replace(b, tail=b.head + tails.get(b.joint, b.tail - b.head)) for b in bones]
        with pytest.raises(RigError, match="feet don't show"):
            recognise(at_rest(strewn), "Rig")
        named = ODDITIES["no-toes"].change(skeleton(NAMINGS["mixamo"]), NAMINGS["mixamo"])
        strewn = [replace(b, tail=b.head + tails.get(b.joint, b.tail - b.head)) for b in named]
        assert recognise(at_rest(strewn), "Rig").chains["left_hip"] == ("LeftUpLeg",)


def test_two_characters_are_not_mixed_in_whatever_order_their_bones_are() -> None:
    bones = ODDITIES["two-people"].change(skeleton(NAMINGS["mixamo"]), NAMINGS["mixamo"])
    order = np.random.default_rng(2).permutation(len(bones))
    found = recognise(at_rest([bones[n] for n in order]), "Rig")
    assert len({name.partition(":")[0] for name in found.bones}) == 1


def test_a_bone_on_the_floor_is_no_root_by_shape() -> None:
    bones = ODDITIES["hips-beside-spine"].change(skeleton(NAMINGS["unknown"]), NAMINGS["unknown"])
    assert recognise(at_rest(bones), "Rig").chains["root"] == ("Middle",)
    floor = [
        replace(b, head=b.head * 0, tail=b.tail * 0 + 0.1) if b.name == "Middle" else b
        for b in bones
    ]
    assert "root" not in recognise(at_rest(floor), "Rig").chains


def test_palms_are_told_by_the_fingers_that_there_are() -> None:
    bones = skeleton(NAMINGS["mixamo"])
    two = [b for b in bones if not any(f in b.joint for f in ("middle", "ring", "pinky"))]
    rest = at_rest(two)
    motion = retarget(PERSON, rest, recognise(rest, "Rig"), FPS, RetargetOptions())
    assert off_mm(two, rest, motion) < 6
