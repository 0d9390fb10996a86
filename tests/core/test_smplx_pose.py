"""A motion refitted to a SMPL-X skeleton of its own: joints land on the take's, or nearest."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.bodies.smplx_model import SmplxModel, load_smplx, shape_smplx
from limn.core.bodies.smplx_pose import betas_from_motion, refit_person
from limn.core.data.skeletons import BODY_JOINTS, REST_XYZ_BODY, SMPLX_PARENTS, joint
from limn.core.data.types import Person
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import (
    exp_so3,
    log_so3,
    matrix_from_quat,
    multiply_quats,
    quat_from_matrix,
)

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from smplx_file import smplx_arrays, write_smplx
from synthetic_take import some_person

FRAMES = 24


@pytest.fixture(scope="module", params=[0.0, 0.02])
def model(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> SmplxModel:
    """Models whose mean skeleton is the take's, and one whose joints lie 2 cm elsewhere."""
    folder = tmp_path_factory.mktemp("models")
    arrays = smplx_arrays(10, 10, with_pose=False, joints_off_m=request.param)
    return load_smplx(write_smplx(folder, arrays))


def moving(rest: np.ndarray, seed: int = 0) -> Person:
    rng = np.random.default_rng(seed)
    sway = np.sin(np.linspace(0, 3, FRAMES)[:, None, None] + rng.uniform(0, 6, (1, 55, 3)))
    R = exp_so3(rng.normal(0, 0.35, (1, 55, 3)) + 0.25 * sway)
    return replace(
        some_person("Anna", FRAMES),
        rest_xyz_body=rest.astype(np.float32),
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
    )


def away_mm(a: Person, b: Person, joints: slice = slice(0, BODY_JOINTS)) -> np.ndarray:
    return 1e3 * np.linalg.norm(
        (person_joints_world(a) - person_joints_world(b))[:, joints], axis=-1
    )


def lengths_mm(joints: np.ndarray) -> np.ndarray:
    return 1e3 * np.linalg.norm(joints[1:22] - joints[list(SMPLX_PARENTS[1:22])], axis=1)


def test_a_motion_of_the_model_comes_back(model: SmplxModel) -> None:
    """Made with known betas: the joints lie where they did, on bones as long."""
    betas = np.linspace(-1.5, 1.5, 10)
    _, joints = shape_smplx(model, betas)
    person = moving(joints - joints[0])
    refitted, body = refit_person(model, person)
    assert away_mm(refitted, person).max() < 4
    assert away_mm(refitted, person).mean() < 1.5
    off = lengths_mm(body.joints) - lengths_mm(person.rest_xyz_body)
    mean_off = lengths_mm(model.joints) - lengths_mm(person.rest_xyz_body)
    assert np.abs(off).mean() < 0.6 * np.abs(mean_off).mean()


def test_joints_come_nearer_than_with_copied_rotations(model: SmplxModel) -> None:
    person = moving(1.04 * REST_XYZ_BODY)
    refitted, body = refit_person(model, person)
    copied = replace(person, rest_xyz_body=refitted.rest_xyz_body)
    assert away_mm(refitted, person).mean() < 0.6 * away_mm(copied, person).mean()
    assert away_mm(refitted, person).max() < away_mm(copied, person).max()
    np.testing.assert_allclose(body.joints, refitted.rest_xyz_body)
    rest, joints = shape_smplx(model, body.betas)
    np.testing.assert_allclose(body.xyz, rest - joints[0], atol=1e-6)


def test_nothing_nearby_is_better(model: SmplxModel) -> None:
    """No small turn of a limb and no shift of the root brings the joints nearer to the take's."""
    person = moving(1.04 * REST_XYZ_BODY, 3)
    refitted, _ = refit_person(model, person)
    best = (away_mm(refitted, person) ** 2).sum()
    rng = np.random.default_rng(0)
    for name in ("left_hip", "right_knee", "left_shoulder", "right_elbow", "left_ankle"):
        for _ in range(4):
            quats = refitted.quat_parent_joint.copy()
            turn = quat_from_matrix(exp_so3(0.03 * rng.normal(size=3))).astype(np.float32)
            quats[:, joint(name)] = multiply_quats(quats[:, joint(name)], turn)
            assert (away_mm(replace(refitted, quat_parent_joint=quats), person) ** 2).sum() > best
    for shift in 0.005 * np.eye(3, dtype=np.float32):
        moved = replace(refitted, root_xyz_world=refitted.root_xyz_world + shift)
        assert (away_mm(moved, person) ** 2).sum() > best


def test_what_joints_do_not_tell_stays(model: SmplxModel) -> None:
    """The head keeps its turn in the world, whatever the neck under it does."""
    person = moving(REST_XYZ_BODY, 5)
    refitted, _ = refit_person(model, person)

    def turned(p: Person) -> np.ndarray:
        R = np.broadcast_to(np.eye(3), (FRAMES, 3, 3))
        for name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head"):
            R = R @ matrix_from_quat(p.quat_parent_joint[:, joint(name)].astype(np.float64))
        return R

    off = log_so3(np.swapaxes(turned(person), -1, -2) @ turned(refitted))
    assert np.rad2deg(np.linalg.norm(off, axis=-1)).max() < 0.1


def test_betas_hardly_depend_on_which_frames_there_are(model: SmplxModel) -> None:
    _, joints = shape_smplx(model, np.linspace(1, -1, 10))
    person = moving(joints - joints[0], 7)
    half = replace(
        person,
        **{
            name: getattr(person, name)[::2]
            for name in ("frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact")
        },
        **{name: getattr(person, name)[::2] for name in ("bridged", "xy_px", "xy_score")},
    )
    assert np.abs(betas_from_motion(model, person) - betas_from_motion(model, half)).max() < 0.1


def test_nobody_has_the_shape_of_their_bones(model: SmplxModel) -> None:
    person = moving(REST_XYZ_BODY)
    fields = ("frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact", "bridged")
    empty = replace(person, **{n: getattr(person, n)[:0] for n in (*fields, "xy_px", "xy_score")})
    refitted, body = refit_person(model, empty)
    assert len(refitted.frames) == 0
    assert np.isfinite(body.xyz).all()
