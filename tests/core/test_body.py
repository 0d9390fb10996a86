"""The body on a person: the fit is exact and plausible, the posed mesh obeys the skeleton."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.bodies.body_file import FreeBody, load_free_body
from limn.core.bodies.fitting import morph_to_skeleton
from limn.core.bodies.free_body import (
    FittedBody,
    fit_body,
    posed_vertices,
    slider_offsets,
    stature_m,
)
from limn.core.data.skeletons import REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS, joint
from limn.core.geometry.kinematics import forward
from limn.core.geometry.rotations import exp_so3, matrix_from_quat, quat_from_matrix

IDENTITY = np.tile(np.array([1, 0, 0, 0], np.float32), (55, 1))
ORIGIN = np.zeros(3, np.float32)
LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")


@pytest.fixture(scope="module")
def body() -> FreeBody:
    return load_free_body()


def stretched(seed: int, share: float = 0.15) -> np.ndarray:
    """The reference skeleton with each bone up to ``share`` longer or shorter, both sides alike."""
    rng = np.random.default_rng(seed)
    by_part = {
        name.removeprefix("left_").removeprefix("right_"): rng.uniform(1 - share, 1 + share)
        for name in SMPLX_55
    }
    hand, foot, face = rng.uniform(1 - share, 1 + share, 3)
    rest = REST_XYZ_BODY.copy()
    for child, parent in enumerate(SMPLX_PARENTS[1:], start=1):
        part = SMPLX_55[child].removeprefix("left_").removeprefix("right_")
        whole = {"foot": foot, "jaw": face, "eye_smplhf": face}
        scale = hand if child >= 25 else whole.get(part, by_part[part])
        rest[child] = rest[parent] + scale * (REST_XYZ_BODY[child] - REST_XYZ_BODY[parent])
    return rest


def random_pose(seed: int, spread_rad: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return quat_from_matrix(exp_so3(rng.normal(0, spread_rad, (55, 3)))).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_maps_of_all_bones_agree_on_every_joint(body: FreeBody, seed: int) -> None:
    """A point at a joint lands on the person's joint, whichever of its bones carries it."""
    target = stretched(seed)
    for j, parent in enumerate(SMPLX_PARENTS):
        weights = np.zeros((3, 55))
        weights[0, j] = 1.0
        weights[1, max(parent, 0)] = 1.0
        weights[2, [j, max(parent, 0)]] += 0.5
        moved = morph_to_skeleton(
            np.repeat(body.joints[j][None], 3, 0), body.joints, weights, target
        )
        np.testing.assert_allclose(moved, np.repeat(target[j][None], 3, 0), atol=2e-6)


@pytest.mark.parametrize("name", ["left_elbow", "right_knee", "left_ankle", "right_wrist"])
def test_flesh_sits_round_its_joint_as_it_did(body: FreeBody, name: str) -> None:
    """Independent of the fit: the ring of skin shared by two bones stays about its joint."""
    fitted = fit_body(body, stretched(3))
    j = joint(name)
    shares = fitted.skin.weights[:, [j, SMPLX_PARENTS[j]]]
    ring = (shares.min(axis=1) > 0.3) & (shares.sum(axis=1) > 0.95)
    assert ring.sum() >= 8
    before = body.xyz[ring].mean(axis=0) - body.joints[j]
    after = fitted.xyz[ring].mean(axis=0) - fitted.joints[j]
    assert 1e3 * np.linalg.norm(after - before) < 15


def test_body_on_its_own_skeleton_stays_as_baked(body: FreeBody) -> None:
    fitted = fit_body(body, body.joints)
    assert max(map(abs, fitted.sliders.values())) < 1e-3
    assert 1e3 * np.abs(fitted.xyz - body.xyz).max() < 0.1


@pytest.mark.parametrize("height", [-1.0, 0.5, 1.0])
def test_height_is_read_from_bones(body: FreeBody, height: float) -> None:
    joints = body.joints + height * body.slider_joints[body.sliders.index("height")]
    fitted = fit_body(body, joints)
    wanted = np.ptp((body.xyz + height * body.slider_xyz[body.sliders.index("height")])[:, 1])
    assert stature_m(fitted) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_mesh_stays_plausible_on_other_proportions(body: FreeBody, seed: int) -> None:
    """No edge of the mesh collapses, none is torn, soles stay level, no face turns over."""
    fitted = fit_body(body, stretched(seed))
    edges = np.stack([body.quads, np.roll(body.quads, -1, 1)], -1).reshape(-1, 2)
    lengths = [
        np.linalg.norm(np.diff(xyz[edges], axis=1)[:, 0], axis=1) for xyz in (body.xyz, fitted.xyz)
    ]
    long = lengths[0] > 0.004
    ratio = lengths[1][long] / lengths[0][long]
    assert 0.45 < ratio.min()
    assert ratio.max() < 2.0
    normals = [
        np.cross(
            x[body.quads[:, 2]] - x[body.quads[:, 0]], x[body.quads[:, 3]] - x[body.quads[:, 1]]
        )
        for x in (body.xyz, fitted.xyz)
    ]
    assert ((normals[0] * normals[1]).sum(axis=1) > 0).mean() > 0.999
    soles = body.xyz[:, 1] < body.xyz[:, 1].min() + 0.004
    assert 1e3 * np.ptp(fitted.xyz[soles, 1]) < 8


def test_other_sliders_leave_the_skeleton_alone(body: FreeBody) -> None:
    fitted = fit_body(body, stretched(1))
    for name, offsets in slider_offsets(fitted).items():
        changed = fit_body(body, fitted.joints, {**fitted.sliders, name: fitted.sliders[name] + 1})
        np.testing.assert_array_equal(changed.joints, fitted.joints)
        np.testing.assert_allclose(changed.xyz, fitted.xyz + offsets, atol=1e-6)
        assert np.isfinite(offsets).all()
        assert np.abs(offsets).max() > 0.003, f"slider {name} does nothing"


@pytest.mark.parametrize("seed", range(3))
def test_rigid_parts_follow_their_joint(body: FreeBody, seed: int) -> None:
    """The right eyeball hangs on one joint only: it must be where forward kinematics puts it."""
    fitted = fit_body(body, stretched(seed))
    pose = random_pose(seed)
    root = np.array([0.3, -1.0, 0.8], np.float32)
    vertices = posed_vertices(fitted, pose, root)
    eye = joint("right_eye_smplhf")
    rigid = fitted.skin.weights[:, eye] == 1.0
    xyz, R = forward(fitted.joints, root[None], matrix_from_quat(pose)[None])
    wanted = xyz[0, eye] + (fitted.xyz[rigid] - fitted.joints[eye]) @ R[0, eye].T
    np.testing.assert_allclose(vertices[rigid], wanted, atol=1e-5)


def read_off(fitted: FittedBody, name: str, posed: np.ndarray) -> np.ndarray:
    """A joint as a mixture of the skin round it, exact at rest: how others read it off meshes."""
    j = joint(name)
    shares = fitted.skin.weights[:, [j, SMPLX_PARENTS[j]]].sum(axis=1)
    distance = np.linalg.norm(fitted.xyz - fitted.joints[j], axis=1)
    near = np.argsort(np.where(shares > 0.9, distance, np.inf))[:60]
    A = np.vstack([fitted.xyz[near].T.astype(np.float64), np.ones(60)])
    mixture = 1 / 60 + np.linalg.pinv(A) @ ([*fitted.joints[j], 1] - A @ np.full(60, 1 / 60))
    return mixture @ posed[near]


@pytest.mark.parametrize("seed", range(3))
def test_joints_read_off_the_posed_mesh_are_the_skeletons(body: FreeBody, seed: int) -> None:
    """So whoever scores the mesh scores the armature: on real takes they are 5 mm apart."""
    fitted = fit_body(body, stretched(seed))
    names = [f"{side}_{part}" for side in ("left", "right") for part in LIMBS]
    off = []
    for trial in range(4):
        pose = random_pose(10 * seed + trial, 0.4)
        posed = posed_vertices(fitted, pose, ORIGIN)
        xyz, _ = forward(fitted.joints, ORIGIN[None], matrix_from_quat(pose)[None])
        off += [np.linalg.norm(read_off(fitted, n, posed) - xyz[0, joint(n)]) for n in names]
    assert 1e3 * np.mean(off) < 9
    assert 1e3 * np.max(off) < 35


def test_turning_the_root_turns_everything(body: FreeBody) -> None:
    fitted = fit_body(body, REST_XYZ_BODY)
    pose = random_pose(7)
    pose[0] = IDENTITY[0]
    turned = pose.copy()
    R = exp_so3(np.array([0.4, -1.0, 2.0]))
    turned[0] = quat_from_matrix(R)
    shift = np.array([1.0, 2.0, 3.0], np.float32)
    expected = posed_vertices(fitted, pose, ORIGIN) @ R.T + shift
    np.testing.assert_allclose(posed_vertices(fitted, turned, shift), expected, atol=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_correctives_do_not_depend_on_the_sign_of_a_quaternion(body: FreeBody, sign: int) -> None:
    fitted = fit_body(body, REST_XYZ_BODY)
    pose = random_pose(2)
    np.testing.assert_allclose(
        posed_vertices(fitted, sign * pose, ORIGIN), posed_vertices(fitted, pose, ORIGIN), atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "axis", "degrees"),
    [("left_elbow", 1, -130), ("right_knee", 0, 130), ("left_wrist", 0, 80)],
)
def test_correctives_keep_limbs_from_collapsing(
    body: FreeBody, name: str, axis: int, degrees: float
) -> None:
    """The skin round a bent or twisted joint keeps more of its girth than plain skinning leaves."""
    fitted = fit_body(body, REST_XYZ_BODY)
    j = joint(name)
    shares = fitted.skin.weights[:, [j, SMPLX_PARENTS[j]]]
    ring = (shares.min(axis=1) > 0.25) & (shares.sum(axis=1) > 0.9)
    pose = IDENTITY.copy()
    pose[j] = quat_from_matrix(exp_so3(np.deg2rad(degrees) * np.eye(3)[axis]))
    plain = fitted.skin.apply(fitted.xyz, *_transforms(fitted.joints, pose))
    rest_girth, plain_girth, girth = (
        np.linalg.norm(xyz[ring] - xyz[ring].mean(axis=0), axis=1).mean()
        for xyz in (fitted.xyz, plain, posed_vertices(fitted, pose, ORIGIN))
    )
    assert plain_girth < girth
    assert girth > 0.8 * rest_girth


def _transforms(joints: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    xyz, R = forward(joints, ORIGIN[None], matrix_from_quat(pose)[None])
    return R[0], xyz[0] - np.einsum("jab,jb->ja", R[0], joints)


def test_face_unit_opens_the_mouth_only(body: FreeBody) -> None:
    fitted = fit_body(body, REST_XYZ_BODY)
    moved = np.linalg.norm(
        posed_vertices(fitted, IDENTITY, ORIGIN, {"jawOpen": 1.0})
        - posed_vertices(fitted, IDENTITY, ORIGIN),
        axis=1,
    )
    assert moved.max() > 0.01
    assert moved[fitted.xyz[:, 1] < fitted.joints[joint("neck"), 1]].max() < 1e-3
