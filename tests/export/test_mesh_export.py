"""Meshes out and read back: the right shapes, places, sizes and refusals."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from limn.core.bodies.body_file import load_free_body
from limn.core.bodies.free_body import fit_body, person_vertices
from limn.core.bodies.smplx_model import load_smplx, pose_smplx, shape_smplx
from limn.core.data.errors import OutputError
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.data.types import Camera, ClipInfo, Person, Take
from limn.core.formats.pointcache import load_pc2
from limn.core.formats.table import export_take
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward, person_joints_world
from limn.core.geometry.rotations import exp_so3, matrix_from_quat, quat_from_matrix

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
from smplx_file import smplx_arrays, write_smplx


def person(name: str, frames: list[int], seed: int) -> Person:
    rng = np.random.default_rng(seed)
    t = len(frames)
    R = exp_so3(rng.normal(0, 0.3, (t, 55, 3)))
    R[:, 0] = R_WORLD_BODY_REST @ R[:, 0]
    return Person(
        name=name,
        frames=np.array(frames, np.int32),
        rest_xyz_body=REST_XYZ_BODY * np.float32(1 + 0.05 * seed),
        root_xyz_world=rng.normal(0, 1, (t, 3)).astype(np.float32)
        + np.array([0, 0, 1], np.float32),
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        confidence=np.ones((t, 55), np.float32),
        contact=np.zeros((t, 4), np.float32),
        bridged=np.zeros(t, bool),
        xy_px=np.zeros((t, 33, 2), np.float32),
        xy_score=np.ones((t, 33), np.float32),
        height_m=1.7,
    )


@pytest.fixture(scope="module")
def take() -> Take:
    camera = Camera(np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]), (640, 480))
    return Take(
        clip=ClipInfo("walk.mp4", (640, 480), 25.0, 6),
        camera=camera,
        time_s=np.arange(6) / 25,
        source_frame=np.arange(6, dtype=np.int32),
        people=(person("Anna", [0, 1, 2, 3, 4, 5], 1), person("Bo", [0, 1, 4, 5], 2)),
    )


def expected(who: Person, row: int) -> np.ndarray:
    return person_vertices(fit_body(load_free_body(), who.rest_xyz_body), who, row)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb"])
def test_one_frame_reads_back_where_the_person_stands(
    tmp_path: Path, take: Take, suffix: str
) -> None:
    trimesh = pytest.importorskip("trimesh")
    (path,) = export_take(take, tmp_path / f"anna{suffix}", "Anna", [3])
    read = trimesh.load(path)
    low, high = np.asarray(read.bounds)
    want = expected(take.people[0], 3)
    if suffix != ".ply":
        want = np.stack([want[:, 0], want[:, 2], -want[:, 1]], axis=1)
    np.testing.assert_allclose([low, high], [want.min(axis=0), want.max(axis=0)], atol=1e-4)
    triangles = sum(
        len(m.faces) for m in (read.geometry.values() if hasattr(read, "geometry") else [read])
    )
    assert triangles == 2 * len(load_free_body().quads)


def test_range_becomes_numbered_files_with_who_is_there(tmp_path: Path, take: Take) -> None:
    trimesh = pytest.importorskip("trimesh")
    written = export_take(take, tmp_path / "all.glb", frames=[1, 2])
    assert [path.name for path in written] == ["all_000001.glb", "all_000002.glb"]
    assert [set(trimesh.load(path).geometry) for path in written] == [{"Anna", "Bo"}, {"Anna"}]


def test_pc2_holds_every_vertex_of_every_frame(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.pc2", "Anna")
    meshes = load_pc2(path)
    assert meshes.shape == (6, len(load_free_body().xyz), 3)
    for row in (0, 5):
        np.testing.assert_array_equal(meshes[row], expected(take.people[0], row))


def test_mdd_is_big_endian_with_times(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.mdd", "Anna", [2, 3])
    data = path.read_bytes()
    frames, vertices = struct.unpack_from(">ii", data)
    assert (frames, vertices) == (2, len(load_free_body().xyz))
    np.testing.assert_allclose(np.frombuffer(data, ">f4", 2, 8), [0.08, 0.12], atol=1e-6)
    xyz = np.frombuffer(data, ">f4", offset=16).reshape(2, vertices, 3)
    np.testing.assert_array_equal(xyz[1], expected(take.people[0], 3))


@pytest.mark.parametrize(
    ("name", "who", "frames", "sentence"),
    [
        ("a.xyz", None, None, "the suffixes are"),
        ("a.fbx", None, None, "written by Blender"),
        ("a.obj", "Cleo", None, "has no Cleo; it holds Anna, Bo"),
        ("a.obj", None, [6], "frames 0 to 5"),
        ("a.obj", "Bo", [2], "Nobody is there"),
        ("a.pc2", None, None, "holds one person"),
        ("a.pc2", "Bo", None, "for example frames 0 to 1"),
        ("a.amass.npz", "Bo", [1, 2], "without a gap"),
        ("gone/a.pc2", "Anna", None, "Can't write"),
        ("gone/a.amass.npz", "Anna", None, "Can't write"),
    ],
)
def test_refusals_are_one_sentence_and_write_nothing(
    tmp_path: Path, take: Take, name: str, who: str | None, frames: list[int] | None, sentence: str
) -> None:
    with pytest.raises(OutputError, match=sentence):
        export_take(take, tmp_path / name, who, frames)
    assert not list(tmp_path.rglob("*"))


def test_missing_trimesh_says_what_to_install(
    tmp_path: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trimesh", None)
    with pytest.raises(OutputError, match="pip install"):
        export_take(take, tmp_path / "a.obj", "Anna", [0])


@pytest.mark.filterwarnings("default")
def test_amass_is_what_its_readers_look_for(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.amass.npz", "Anna", [1, 2, 3])
    anna = take.people[0]
    with np.load(path) as npz:
        assert npz["poses"].shape == (3, 165)
        np.testing.assert_allclose(npz["trans"], anna.root_xyz_world[1:4], atol=1e-6)
        assert float(npz["mocap_frame_rate"]) == float(npz["mocap_framerate"]) == pytest.approx(25)
        assert not npz["betas"].any()
        assert not npz["betas_are_smplx"]
        sizes = {"root_orient": 3, "pose_body": 63, "pose_jaw": 3, "pose_eye": 6, "pose_hand": 90}
        assert {name: npz[name].shape[1] for name in sizes} == sizes
        again = quat_from_matrix(exp_so3(npz["poses"].reshape(3, 55, 3)))
    dots = np.abs((again * anna.quat_parent_joint[1:4]).sum(axis=-1))
    assert dots.min() > 1 - 1e-6


def test_amass_has_the_layout_of_blenders_importers(tmp_path: Path, take: Take) -> None:
    """What the SMPL-X add-on for Blender and AMASS's own readers do with a file, line by line."""
    (path,) = export_take(take, tmp_path / "anna.amass.npz", "Anna")
    with np.load(path, allow_pickle=False) as npz:
        assert {"trans", "gender", "betas", "poses", "mocap_frame_rate"} <= set(npz.files)
        assert str(npz["gender"]) == "neutral"
        assert str(npz["surface_model_type"]) == "smplx"
        assert int(npz["mocap_frame_rate"]) == int(npz["mocap_framerate"]) == 25
        assert float(npz["mocap_time_length"]) == pytest.approx(len(npz["poses"]) / 25)
        assert npz["trans"].shape == (6, 3)
        assert npz["betas"].shape == (int(npz["num_betas"]),) == (16,)
        parts = ("root_orient", "pose_body", "pose_jaw", "pose_eye", "pose_hand")
        np.testing.assert_array_equal(np.hstack([npz[part] for part in parts]), npz["poses"])
        # The body under these poses is Limn's: the file says so, in a word and in a sentence.
        assert not npz["betas_are_smplx"]
        assert "not SMPL-X shape" in str(npz["comment"])


@pytest.mark.filterwarnings("default")
def test_amass_reads_back_by_smplcodec(tmp_path: Path, take: Take) -> None:
    smplcodec = pytest.importorskip("smplcodec")
    (path,) = export_take(take, tmp_path / "anna.amass.npz", "Anna")
    read = smplcodec.SMPLCodec.from_amass_npz(str(path))
    want = quat_from_matrix(exp_so3(np.asarray(read.body_pose).reshape(6, -1, 3)))
    dots = np.abs((want * take.people[0].quat_parent_joint[:, : want.shape[1]]).sum(axis=-1))
    assert dots.min() > 1 - 1e-6
    np.testing.assert_allclose(read.body_translation, take.people[0].root_xyz_world, atol=1e-6)


@pytest.mark.filterwarnings("default")
def test_amass_of_the_users_model_puts_its_joints_on_the_takes(tmp_path: Path, take: Take) -> None:
    """Read as any reader does: the model's own joints at rest, plus ``trans``, posed."""
    model = load_smplx(write_smplx(tmp_path, smplx_arrays(10, 10, joints_off_m=0.02)))
    (path,) = export_take(take, tmp_path / "anna.amass.npz", "Anna", smplx=model)
    anna = take.people[0]
    with np.load(path) as npz:
        assert npz["betas_are_smplx"]
        assert npz["betas"].any()
        R = exp_so3(npz["poses"].reshape(6, 55, 3))
        rest, joints = shape_smplx(model, npz["betas"])
        read, _ = forward(joints, joints[0] + npz["trans"], R)
        mesh = pose_smplx(model, rest, joints, R[2], joints[0] + npz["trans"][2])
    copied, _ = forward(
        joints - joints[0], anna.root_xyz_world, matrix_from_quat(anna.quat_parent_joint)
    )
    wanted = person_joints_world(anna)[:, :22]
    off, off_copied = (np.linalg.norm(j[:, :22] - wanted, axis=-1) for j in (read, copied))
    assert off.mean() < 0.7 * off_copied.mean()
    # The meshes written as PLY are those that such a reader makes.
    (ply,) = export_take(take, tmp_path / "anna.ply", "Anna", [2], smplx=model)
    found = np.asarray(trimesh.load_mesh(ply, process=False).vertices)
    assert 1e3 * np.abs(found - mesh).max() < 0.1
