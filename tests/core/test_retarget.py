from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from limn.core.data.errors import RigError
from limn.core.data.skeletons import CONTACT_POINTS, joint
from limn.core.data.types import Person
from limn.core.geometry.kinematics import person_joints_world
from limn.core.retargeting.feet.planting import legs_of
from limn.core.retargeting.posing import RetargetedMotion, RetargetOptions, retarget
from limn.core.retargeting.recognising import recognise
from rigs import RIGS, in_a_pose, in_t_pose, read_rig
from walking_source import walking

LIMBS = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
)  # fmt: skip
POSES = {"a": in_a_pose, "t": in_t_pose}


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking()


def heads(motion: RetargetedMotion, role: str, chains: dict[str, tuple[str, ...]]) -> np.ndarray:
    return motion.head_xyz[:, motion.names.index(chains[role][0])]


def limb_error_deg(
    person: Person, motion: RetargetedMotion, chains: dict[str, tuple[str, ...]]
) -> float:
    xyz, worst = person_joints_world(person).astype(np.float64), 0.0
    for side in ("left", "right"):
        for a, b in LIMBS:
            got = heads(motion, f"{side}_{b}", chains) - heads(motion, f"{side}_{a}", chains)
            want = xyz[:, joint(f"{side}_{b}")] - xyz[:, joint(f"{side}_{a}")]
            cross = np.linalg.norm(np.cross(got, want), axis=-1)
            worst = max(worst, float(np.degrees(np.arctan2(cross, (got * want).sum(-1))).max()))
    return worst


def slide_mm(person: Person, motion: RetargetedMotion, chains: dict[str, tuple[str, ...]]) -> float:
    """How far an ankle wanders from its mean within one stand."""
    worst = 0.0
    for side in ("left", "right"):
        on = person.contact[:, CONTACT_POINTS.index(f"{side}_heel")] > 0.5
        ankle = heads(motion, f"{side}_ankle", chains)
        edges = np.flatnonzero(np.diff(np.r_[0, on, 0]))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            stand = ankle[start:stop]
            worst = max(worst, 1e3 * float(np.linalg.norm(stand - stand.mean(0), axis=-1).max()))
    return worst


@pytest.mark.parametrize("legs", [1.0, 1.3])
@pytest.mark.parametrize("pose", ["a", "t"])
@pytest.mark.parametrize("name", RIGS)
def test_limbs_point_as_the_persons_and_feet_stand(
    walker: Person, name: str, pose: str, legs: float
) -> None:
    rig = POSES[pose](read_rig(name), seed=7, legs=legs)
    bone_map = recognise(rig, name)
    motion = retarget(walker, rig, bone_map, 30.0, RetargetOptions())
    chains = dict(bone_map.chains)
    degrees, slide = limb_error_deg(walker, motion, chains), slide_mm(walker, motion, chains)
    assert degrees < 1.0, f"{degrees:.2f} degrees"
    assert slide < 3.0, f"{slide:.2f} mm"


def test_legs_whose_parts_begin_at_one_place_are_refused(walker: Person) -> None:
    rig = in_a_pose(read_rig("mixamo"), seed=3, legs=1.0)
    bone_map = recognise(rig, "mixamo")
    hip, knee = (bone_map.chains[f"left_{part}"][0] for part in ("hip", "knee"))
    heads = rig.head_xyz.copy()
    heads[rig.row(knee)] = heads[rig.row(hip)]
    with pytest.raises(RigError, match=f"{hip} and {knee} begin at one place"):
        retarget(walker, replace(rig, head_xyz=heads), bone_map, 30.0, RetargetOptions())


@pytest.mark.parametrize("name", RIGS)
def test_soles_stay_flat_and_the_floor_is_where_it_was(walker: Person, name: str) -> None:
    rig = in_a_pose(read_rig(name), seed=3, legs=1.3)
    bone_map = recognise(rig, name)
    motion = retarget(walker, rig, bone_map, 30.0, RetargetOptions())
    legs = {leg.side: leg for leg in legs_of(rig.kept(bone_map.bones), bone_map)}
    for side in ("left", "right"):
        ankle = motion.names.index(bone_map.chains[f"{side}_ankle"][0])
        row = rig.row(motion.names[ankle])
        turn = motion.R_pose[:, ankle] @ rig.R_rest[row].T
        on = walker.contact[:, CONTACT_POINTS.index(f"{side}_heel")] > 0.5
        tilt = np.degrees(np.arccos(np.clip(turn[on, 2, 2], -1, 1))).max()
        assert tilt < 0.5, f"the sole tilts by {tilt:.2f} degrees"
        error = motion.head_xyz[on, ankle, 2] - legs[side].ankle_height
        assert 1e3 * np.abs(error).max() < 3


@pytest.mark.parametrize("pose", ["a", "t"])
@pytest.mark.parametrize("name", ["default", "mixamo", "game_engine"])
def test_palms_face_where_the_persons_do(walker: Person, name: str, pose: str) -> None:
    rig = POSES[pose](read_rig(name), seed=5)
    bone_map = recognise(rig, name)
    motion = retarget(walker, rig, bone_map, 30.0, RetargetOptions())
    xyz = person_joints_world(walker).astype(np.float64)
    chains = dict(bone_map.chains)
    for side in ("left", "right"):
        normals = []
        for place in (
            lambda role: heads(motion, role, chains),
            lambda role: xyz[:, joint(role)],
        ):
            wrist, middle, index, pinky = (
                place(f"{side}_{part}") for part in ("wrist", "middle1", "index1", "pinky1")
            )
            normal = np.cross(middle - wrist, index - pinky)
            normals.append(normal / np.linalg.norm(normal, axis=-1, keepdims=True))
        degrees = np.degrees(np.arccos(np.clip((normals[0] * normals[1]).sum(-1), -1, 1))).max()
        assert degrees < 1.0, f"{side} palm {degrees:.2f} degrees"


def test_the_result_doesnt_depend_on_roll(walker: Person) -> None:
    results = []
    for seed in (None, 1, 2):
        rig = read_rig("mixamo", seed)
        results.append(retarget(walker, rig, recognise(rig, "r"), 30, RetargetOptions()).head_xyz)
    np.testing.assert_allclose(results[1], results[0], atol=1e-9)
    np.testing.assert_allclose(results[2], results[0], atol=1e-9)


def test_basis_rotations_give_the_pose_down_the_chain(walker: Person) -> None:
    rig = in_a_pose(read_rig("default"), seed=4)
    bone_map = recognise(rig, "r")
    motion = retarget(walker, rig, bone_map, 30, RetargetOptions())
    kept = rig.kept(bone_map.bones)
    R = np.empty_like(motion.R_pose)
    for row in kept.parents_first():
        parent = kept.parents[row]
        above = R[:, parent] @ kept.R_rest[parent].T if parent >= 0 else np.eye(3)
        R[:, row] = above @ kept.R_rest[row] @ motion.R_basis[:, row]
    np.testing.assert_allclose(R, motion.R_pose, atol=1e-5)


def test_in_place_stays_over_its_spot(walker: Person) -> None:
    rig = read_rig("mixamo", 1)
    motion = retarget(walker, rig, recognise(rig, "r"), 30, RetargetOptions(in_place=True))
    hips = [motion.names.index(f"mixamorig:{side}UpLeg") for side in ("Left", "Right")]
    middle = motion.head_xyz[:, hips, :2].mean(axis=1)
    assert np.ptp(middle, axis=0).max() < 1e-9


def test_twist_bones_share_what_the_hand_twists() -> None:
    person = walking(30)
    rig = in_t_pose(read_rig("default"), 1)
    bone_map = recognise(rig, "r")
    none, half = (
        retarget(person, rig, bone_map, 30, RetargetOptions(twist=share)) for share in (0.0, 0.5)
    )
    first, second = (none.names.index(f"lowerarm0{n}.L") for n in (1, 2))
    np.testing.assert_allclose(none.R_basis[:, second], np.tile(np.eye(3), (30, 1, 1)), atol=1e-5)
    np.testing.assert_allclose(half.R_pose[:, first], none.R_pose[:, first], atol=1e-9)
    assert np.abs(half.R_basis[:, second] - np.eye(3)).max() > 0.02
    np.testing.assert_allclose(half.head_xyz, none.head_xyz, atol=2e-3)


def test_a_thousand_frames_go_onto_seventy_bones() -> None:
    person = walking(1000)
    rig = in_a_pose(read_rig("default"), 1)
    motion = retarget(person, rig, recognise(rig, "r"), 30, RetargetOptions())
    assert motion.R_basis.shape[:2] == (1000, 67)
