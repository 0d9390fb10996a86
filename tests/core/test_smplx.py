"""SMPL-X from a file in its layout: the forward against a plain one and against the original."""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.bodies.smplx_fit import betas_from_skeleton, fit_smplx
from limn.core.bodies.smplx_model import SmplxModel, load_smplx, pose_smplx, shape_smplx
from limn.core.data.errors import ModelError
from limn.core.data.skeletons import REST_XYZ_BODY, SMPLX_PARENTS
from limn.core.geometry.rotations import exp_so3, quat_from_matrix

sys.path.insert(0, str(Path(__file__).parent))
from smplx_file import smplx_arrays, write_smplx


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    return smplx_arrays()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, Any]) -> Path:
    folder = tmp_path_factory.mktemp("models") / "smplx"
    folder.mkdir()
    return write_smplx(folder, arrays)


@pytest.fixture(scope="module")
def model(path: Path) -> SmplxModel:
    return load_smplx(path)


def plain_forward(
    arrays: dict[str, Any], betas: np.ndarray, expression: np.ndarray, R: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The paper's equations, written down joint by joint with 4x4 matrices in double precision."""
    dirs = arrays["shapedirs"].astype(np.float64)
    v = arrays["v_template"] + dirs[:, :, : len(betas)] @ betas
    v = v + dirs[:, :, 300 : 300 + len(expression)] @ expression
    J = arrays["J_regressor"].astype(np.float64) @ v
    v = v + arrays["posedirs"].astype(np.float64) @ (R[1:] - np.eye(3)).reshape(-1)
    world: list[np.ndarray] = []
    for j, parent in enumerate(SMPLX_PARENTS):
        local = np.eye(4)
        local[:3, :3], local[:3, 3] = R[j], J[j] - (J[parent] if parent >= 0 else 0)
        world.append(world[parent] @ local if parent >= 0 else local)
    posed = np.array([T[:3, 3] for T in world])
    for T, joint in zip(world, J, strict=True):
        T[:3, 3] -= T[:3, :3] @ joint
    blend = np.einsum("vj,jab->vab", arrays["weights"].astype(np.float64), np.array(world))
    out = np.einsum("vab,vb->va", blend, np.concatenate([v, np.ones((len(v), 1))], axis=1))
    return out[:, :3], posed


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    R = exp_so3(rng.normal(0, 0.4, (55, 3)))
    return rng.normal(size=300 if seed % 2 else 10), rng.normal(size=100 if seed % 2 else 10), R


@pytest.mark.parametrize("seed", range(4))
def test_forward_is_the_papers(arrays: dict[str, Any], model: SmplxModel, seed: int) -> None:
    betas, expression, R = random_case(seed)
    want, want_joints = plain_forward(arrays, betas, expression, R)
    rest, joints = shape_smplx(model, betas, expression)
    got = pose_smplx(model, rest, joints, R, joints[0])
    assert np.abs(got - want).max() < 1e-5
    assert np.abs(joints[0] - want_joints[0]).max() < 1e-5


@pytest.mark.filterwarnings("default")
def test_forward_is_the_original_packages(path: Path, model: SmplxModel) -> None:
    """The PyPI package smplx is an optional cross-check; its licence forbids shipping it."""
    torch = pytest.importorskip("torch")
    smplx = pytest.importorskip("smplx")
    options = {"num_betas": 300, "num_expression_coeffs": 100, "flat_hand_mean": True}
    original = smplx.create(
        str(path.parents[1]), "smplx", gender="neutral", use_pca=False, ext="npz", **options
    )
    rng = np.random.default_rng(9)
    for _ in range(5):
        rotvec = rng.normal(0, 0.4, (55, 3))
        betas, expression, transl = rng.normal(size=300), rng.normal(size=100), rng.normal(size=3)
        parts = np.split(rotvec.ravel(), np.cumsum([3, 63, 3, 3, 3, 45]))
        names = ("global_orient", "body_pose", "jaw_pose", "leye_pose", "reye_pose")
        names = (*names, "left_hand_pose", "right_hand_pose", "betas", "expression", "transl")
        values = (*parts, betas, expression, transl)
        given = {
            n: torch.tensor(v[None], dtype=torch.float32)
            for n, v in zip(names, values, strict=True)
        }
        want = original(**given)
        rest, joints = shape_smplx(model, betas, expression)
        got = pose_smplx(model, rest, joints, exp_so3(rotvec), joints[0] + transl)
        assert np.abs(got - want.vertices[0].detach().numpy()).max() < 1e-5


def test_fitted_joints_are_the_persons(model: SmplxModel) -> None:
    rng = np.random.default_rng(3)
    rest = REST_XYZ_BODY * rng.uniform(0.9, 1.1)
    fitted = fit_smplx(model, rest)
    np.testing.assert_allclose(fitted.joints, rest, atol=1e-6)
    assert np.isfinite(fitted.xyz).all()
    assert np.ptp(fitted.xyz[:, 1]) == pytest.approx(np.ptp(rest[:, 1]), rel=0.25)


def test_where_a_skeleton_lies_at_rest_changes_nothing(model: SmplxModel) -> None:
    """Both the skeleton's and the model's pelvis may lie anywhere."""
    rest = REST_XYZ_BODY.astype(np.float64)
    here, there = fit_smplx(model, rest), fit_smplx(model, np.add(rest, (1, -2, 3)))
    np.testing.assert_allclose(there.xyz, here.xyz, atol=1e-5)
    np.testing.assert_allclose(there.joints, here.joints, atol=1e-5)
    np.testing.assert_allclose(there.betas, here.betas, atol=1e-4)


def test_betas_bring_the_bones_to_length(model: SmplxModel) -> None:
    wanted = model.joints + np.tensordot(np.linspace(-2, 2, 10), model.joint_directions[:10], 1)

    def lengths(joints: np.ndarray) -> np.ndarray:
        return np.linalg.norm(joints[1:22] - joints[list(SMPLX_PARENTS[1:22])], axis=1)

    found = betas_from_skeleton(model, wanted)
    got = model.joints + np.tensordot(found, model.joint_directions[:10], 1)
    before = np.abs(lengths(model.joints) - lengths(wanted)).mean()
    assert np.abs(lengths(got) - lengths(wanted)).mean() < 0.4 * before


def test_zero_pose_is_the_mesh_at_rest(model: SmplxModel) -> None:
    fitted = fit_smplx(model, REST_XYZ_BODY)
    identity = quat_from_matrix(np.tile(np.eye(3), (55, 1, 1)))
    np.testing.assert_allclose(fitted.pose(identity, np.zeros(3)), fitted.xyz, atol=1e-6)


@pytest.mark.parametrize(("betas", "expressions"), [(10, 10), (16, 4)])
def test_layouts_of_shapedirs(tmp_path: Path, betas: int, expressions: int) -> None:
    small = smplx_arrays(betas, expressions, with_pose=False)
    loaded = load_smplx(write_smplx(tmp_path, small))
    assert loaded.beta_count == 10
    assert loaded.expression_count == betas + expressions - loaded.beta_count
    assert loaded.pose_directions is None


def test_folder_stands_for_the_model_in_it(path: Path) -> None:
    assert len(load_smplx(path.parent, "female").xyz) == len(load_smplx(path.parents[1]).xyz)


def changed(arrays: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {k: v for k, v in {**arrays, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    "name", ["v_template", "f", "shapedirs", "J_regressor", "weights", "kintree_table", "posedirs"]
)
def test_missing_cut_and_pickled_arrays_are_one_sentence(
    tmp_path: Path, arrays: dict[str, Any], name: str
) -> None:
    small = {**arrays, "shapedirs": arrays["shapedirs"][:, :, :20]}
    if name != "posedirs":
        del small["posedirs"]
    # A face fewer is no damage; a face that points past the vertices is.
    cut = small[name] + 100_000 if name == "f" else small[name][:-1]
    # A model may come without pose correctives.
    missing = () if name == "posedirs" else (None,)
    bad_values = (*missing, cut, np.array([{}], object), np.zeros((2, 2, 2, 2)))
    if small[name].dtype.kind == "f":
        poisoned = small[name].copy()
        poisoned.flat[7] = np.nan
        bad_values = (*bad_values, poisoned)
    for bad in bad_values:
        with pytest.raises(ModelError) as error:
            load_smplx(write_smplx(tmp_path, changed(small, **{name: bad})))
        assert name in str(error.value) or "vertices" in str(error.value)


def test_huge_header_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (400_000_000, 3)}
    )
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("v_template.npy", header.getvalue() + bytes(64))
    with pytest.raises(ModelError, match="400000000"):
        load_smplx(path)


def test_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (open, (str(tmp_path / "sprung"), "w"))  # type: ignore[return-value]

    for name in ("SMPLX_NEUTRAL.pkl", "SMPLX_NEUTRAL.npz"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(Trap()))
        with pytest.raises(ModelError, match=r"numpy\.savez"):
            load_smplx(path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no zip"])
def test_foreign_files_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged or no SMPL-X model"):
        load_smplx(path)


def test_another_skeleton_is_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    tree = arrays["kintree_table"].copy()
    tree[0, 20] = 3
    with pytest.raises(ModelError, match="another skeleton"):
        load_smplx(write_smplx(tmp_path, changed(arrays, kintree_table=tree, posedirs=None)))


def test_empty_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no"):
        load_smplx(tmp_path)
    with pytest.raises(ModelError, match="does not exist"):
        load_smplx(tmp_path / "none.npz")
