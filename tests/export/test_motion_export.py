"""Motion out and read back by other people's readers: within 1 mm and 0.1 degrees."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import OutputError
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17, SMPLX_55
from limn.core.data.types import Person, Take
from limn.core.formats.bvh import load_bvh
from limn.core.formats.table import export_take
from limn.core.formats.trc import load_trc
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, matrix_from_quat, quat_from_matrix
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.opening import import_motion

sys.path.insert(0, str(Path(__file__).parent))
from motion_takes import two_people

Y_UP = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
GL = np.diag([1.0, -1, -1])


@pytest.fixture(scope="module")
def take() -> Take:
    return two_people()


def in_camera(take: Take, xyz: np.ndarray) -> np.ndarray:
    T = np.linalg.inv(take.camera.T_world_camera)
    return xyz @ T[:3, :3].T + T[:3, 3]


def angle_deg(A: np.ndarray, B: np.ndarray) -> float:
    # By the sine of the half angle: the cosine says nothing about small angles.
    half = np.linalg.norm(A - B, axis=(-2, -1)) / np.sqrt(8)
    return float(2 * np.degrees(np.arcsin(half.max())))


@pytest.mark.parametrize("space", ["world", "camera"])
def test_bvh_reads_back_where_the_joints_are(tmp_path: Path, take: Take, space: str) -> None:
    (path,) = export_take(take, tmp_path / "anna.bvh", "Anna", space=space)
    bvh = load_bvh(path)
    xyz = person_joints_world(take.people[0]).astype(np.float64)
    want = xyz @ Y_UP.T if space == "world" else in_camera(take, xyz) @ GL
    order = [bvh.names.index(name) for name in SMPLX_55]
    error_mm = 10 * np.linalg.norm(bvh.positions()[:, order] - 100 * want, axis=-1).max()
    assert error_mm < 0.01, f"{error_mm} mm"
    assert bvh.frame_time_s == pytest.approx(1 / 25)
    local = matrix_from_quat(take.people[0].quat_parent_joint.astype(np.float64))
    assert angle_deg(bvh.R_parent_joint[:, order][:, 1:], local[:, 1:]) < 1e-3


@pytest.mark.parametrize("file", ["anna.bvh", "anna.amass.npz"])
def test_fingers_come_back_from_what_was_exported(tmp_path: Path, take: Take, file: str) -> None:
    (path,) = export_take(take, tmp_path / file, "Anna")
    want = matrix_from_quat(take.people[0].quat_parent_joint[:, 25:].astype(np.float64))
    assert angle_deg(want[:1], want) > 30, "the fingers move"
    person = import_motion(path, ImportSettings(is_as_it_is=True)).people[0]
    got = matrix_from_quat(person.quat_parent_joint[:, 25:].astype(np.float64))
    assert angle_deg(got, want) < 0.05


def test_bvh_holds_a_stretch_and_refuses_a_gap(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "bo.bvh", "Bo", range(4, 9))
    assert len(load_bvh(path).root_xyz) == 5
    with pytest.raises(OutputError, match="without a gap"):
        export_take(take, tmp_path / "gap.bvh", "Bo")
    with pytest.raises(OutputError, match="choose one of Anna, Bo"):
        export_take(take, tmp_path / "both.bvh")
    assert [p.name for p in tmp_path.iterdir()] == ["bo.bvh"]


def test_trc_is_y_up_with_empty_cells_for_who_is_away(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "all.trc")
    labels, time_s, xyz = load_trc(path)
    np.testing.assert_allclose(time_s, take.time_s)
    assert labels[:2] == ("Anna:pelvis", "Anna:left_hip")
    for number, person in enumerate(take.people):
        got = xyz[:, 55 * number : 55 * (number + 1)]
        want = person_joints_world(person) @ Y_UP.T
        assert 1e3 * np.abs(got[person.frames] - want).max() < 0.01
        away = np.setdiff1d(np.arange(len(time_s)), person.frames)
        assert np.isnan(got[away]).all()
    (path,) = export_take(take, tmp_path / "anna.trc", "Anna")
    assert load_trc(path)[0] == SMPLX_55
    header = path.read_text().splitlines()
    assert [len(line.split("\t")) for line in (header[3], header[4], header[6])] == [2 + 165] * 3


def test_c3d_reads_back_by_ezc3d(tmp_path: Path, take: Take) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    (path,) = export_take(take, tmp_path / "all.c3d")
    file = ezc3d.c3d(str(path))
    point = file["parameters"]["POINT"]
    assert (point["RATE"]["value"][0], point["UNITS"]["value"]) == (25, ["mm"])
    assert point["LABELS"]["value"][55] == "Bo:pelvis"
    points = file["data"]["points"][:3].transpose(2, 1, 0)
    residual = file["data"]["meta_points"]["residuals"][0].T
    for number, person in enumerate(take.people):
        columns = slice(55 * number, 55 * (number + 1))
        want = 1e3 * person_joints_world(person)
        assert np.abs(points[person.frames, columns] - want).max() < 0.01
        away = np.setdiff1d(np.arange(len(take.time_s)), person.frames)
        assert (residual[person.frames, columns] == 0).all()
        assert (residual[away, columns] == -1).all()


def test_c3d_holds_more_markers_than_one_label_list(tmp_path: Path, take: Take) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    from dataclasses import replace

    crowd = replace(take, people=tuple(replace(take.people[0], name=f"P{n}") for n in range(6)))
    (path,) = export_take(crowd, tmp_path / "crowd.c3d")
    assert ezc3d.c3d(str(path))["data"]["points"].shape == (4, 330, 12)


def test_c3d_labels_fit_however_people_are_called(tmp_path: Path, take: Take) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    long = ["名前" * 40, "名前" * 41]
    people = tuple(replace(take.people[0], name=name) for name in (*long, "Short"))
    (path,) = export_take(replace(take, people=people), tmp_path / "long.c3d")
    labels = ezc3d.c3d(str(path))["parameters"]["POINT"]["LABELS"]["value"]
    assert len(set(labels)) == len(labels) == 165
    assert "Short:pelvis" in labels
    assert max(len(label.encode()) for label in labels) < 128


def test_no_two_markers_share_a_label(tmp_path: Path, take: Take) -> None:
    names = ("A B", "A_B", "A B_2", "A B")
    people = tuple(
        replace(take.people[k % len(take.people)], name=name) for k, name in enumerate(names)
    )
    (path,) = export_take(replace(take, people=people), tmp_path / "alike.trc")
    labels = load_trc(path)[0]
    assert len(set(labels)) == len(labels) == 4 * 55
    assert list(dict.fromkeys(label.split(":")[0] for label in labels)) == [
        "A_B", "A_B_2", "A_B_2_2", "A_B_3",
    ]  # fmt: skip


def test_c3d_without_ezc3d_says_what_to_install(
    tmp_path: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(OutputError, match="pip install"):
        export_take(take, tmp_path / "a.c3d")
    assert not list(tmp_path.iterdir())


def rotations_of(person: Person) -> np.ndarray:
    return matrix_from_quat(person.quat_parent_joint.astype(np.float64))


@pytest.mark.parametrize("space", ["world", "camera"])
def test_csv_has_a_row_per_person_frame_and_joint(tmp_path: Path, take: Take, space: str) -> None:
    (path,) = export_take(take, tmp_path / "all.csv", space=space)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 55 * sum(len(person.frames) for person in take.people)
    for person in take.people:
        mine = [row for row in rows if row["person"] == person.name]
        assert [int(row["frame"]) for row in mine[::55]] == (person.frames + 10).tolist()
        assert [row["joint"] for row in mine[:55]] == list(SMPLX_55)
        got = np.array([[float(row[f"{axis}_m"]) for axis in "xyz"] for row in mine])
        xyz = person_joints_world(person).astype(np.float64)
        want = xyz if space == "world" else in_camera(take, xyz)
        assert 1e3 * np.abs(got.reshape(want.shape) - want).max() < 0.01
        quats = np.array([[float(row[f"q{axis}"]) for axis in "wxyz"] for row in mine])
        R = matrix_from_quat(quats).reshape(-1, 55, 3, 3)
        assert angle_deg(R[:, 1:], rotations_of(person)[:, 1:]) < 0.01


def test_json_is_the_same_take(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "all.json", frames=[3, 4])
    document = json.loads(path.read_text("utf-8"))
    assert document["joints"] == list(SMPLX_55)
    assert [len(person["poses"]) for person in document["people"]] == [2, 1]
    pose = document["people"][0]["poses"][1]
    assert (pose["frame"], pose["time_s"]) == (14, 0.16)
    want = person_joints_world(take.people[0])[4]
    assert 1e3 * np.abs(np.array(pose["xyz"]) - want).max() < 0.01


@pytest.mark.filterwarnings("default")
def test_smpl_reads_back_by_smplcodec(tmp_path: Path, take: Take) -> None:
    smplcodec = pytest.importorskip("smplcodec")
    (path,) = export_take(take, tmp_path / "anna.smpl", "Anna")
    read = smplcodec.SMPLCodec.from_file(str(path))
    assert (read.frame_count, read.frame_rate, read.smpl_version.name) == (12, 25, "SMPLX")
    quats = quat_from_matrix(exp_so3(np.asarray(read.full_pose, np.float64)))
    dots = np.abs((quats * take.people[0].quat_parent_joint).sum(-1))
    assert dots.min() > 1 - 1e-6
    pelvis = read.body_translation + np.array([0.0031, -0.3514, 0.0120])
    np.testing.assert_allclose(pelvis, take.people[0].root_xyz_world, atol=1e-6)


def test_coco_reads_back_by_pycocotools(tmp_path: Path, take: Take) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    (path,) = export_take(take, tmp_path / "all.coco.json")
    read = coco.COCO(str(path))
    assert len(read.getImgIds()) == 12
    assert len(read.getAnnIds(imgIds=[12])) == 1
    (category,) = read.loadCats(read.getCatIds())
    assert tuple(category["keypoints"]) == COCO_17
    (first, _) = read.loadAnns(read.getAnnIds(imgIds=[10]))
    points = np.array(first["keypoints"]).reshape(17, 3)
    columns = [BLAZEPOSE_33.index(name) for name in COCO_17]
    np.testing.assert_allclose(points[:, :2], take.people[0].xy_px[0][columns], atol=1e-3)
    assert first["num_keypoints"] == 17
    x, y, width, height = first["bbox"]
    assert (points[:, 0] <= x + width + 1e-3).all()
    assert (points[:, 1] >= y).all()
    assert height > 0


@pytest.mark.parametrize(
    "suffix", [".bvh", ".smpl", ".amass.npz", ".trc", ".c3d", ".csv", ".json", ".coco.json"]
)
def test_refusals_are_one_sentence_and_write_nothing(
    tmp_path: Path, take: Take, suffix: str
) -> None:
    if suffix == ".c3d":
        pytest.importorskip("ezc3d")
    for who, frames, name in (("Cleo", None, "a"), ("Bo", [2, 3], "a"), ("Anna", None, "gone/a")):
        if (who, suffix) == ("Bo", ".coco.json"):
            continue  # frames in which nobody is are pictures all the same
        with pytest.raises(OutputError) as error:
            export_take(take, tmp_path / f"{name}{suffix}", who, frames)
        assert str(error.value).endswith(".")
        assert "\n" not in str(error.value)
    with pytest.raises(OutputError, match="no space moon"):
        export_take(take, tmp_path / f"a{suffix}", "Anna", space="moon")
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("suffix", [".bvh", ".amass.npz", ".trc", ".smpl"])
def test_uneven_clips_play_as_long_in_files_without_times(
    tmp_path: Path, take: Take, suffix: str
) -> None:
    time_s = take.time_s.copy()
    time_s[5:] += 3 / 25  # three frames are missing
    uneven = replace(take, time_s=time_s, cuts=np.zeros(0, np.int32))
    (path,) = export_take(uneven, tmp_path / f"out{suffix}", "Anna")
    there = time_s[take.people[0].frames]
    wanted_s = there[-1] - there[0]
    if suffix == ".bvh":
        bvh = load_bvh(path)
        lasts_s = (len(bvh.root_xyz) - 1) * bvh.frame_time_s
    elif suffix == ".trc":
        lasts_s = np.ptp(load_trc(path)[1])
    else:
        with np.load(path) as arrays:
            rate = arrays["mocap_frame_rate" if suffix == ".amass.npz" else "frameRate"]
            poses = arrays["poses" if suffix == ".amass.npz" else "bodyPose"]
            lasts_s = (len(poses) - 1) / float(rate)
    assert lasts_s == pytest.approx(wanted_s, abs=1e-3)
