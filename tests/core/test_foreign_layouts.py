"""What public code of other tools writes beside the plain case: other keys, gaps, names."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import foreign_motion
import numpy as np
import pytest
from foreign_keypoints import keypoints
from foreign_pickles import save_pickle
from limn.core.data.faces.ibug import FACE_68
from limn.core.data.hand_points import hand_names
from limn.core.data.skeletons import BLAZEPOSE_33, joint
from limn.core.data.types import Person
from limn.core.geometry.kinematics import person_joints_world
from limn.core.hands.relaxed import relax_fingers
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.names import BY_COUNT
from limn.core.importing.keypoints.sightings import KeypointMotion
from limn.core.importing.markers.names import MEDIAPIPE_HAND, usual_name, usual_names
from limn.core.importing.markers.points import MarkerMotion
from limn.core.importing.opening import import_motion, read_motion

from .walking_source import walking

AS_IS = ImportSettings(is_as_it_is=True)
FRAMES = 40


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking(FRAMES)


@pytest.mark.parametrize("layout", ["amass", "codec", "parameters", "gvhmr", "wham", "prompthmr"])
def test_bodies_are_as_high_as_the_file_puts_them(
    layout: str, tmp_path: Path, walker: Person
) -> None:
    """Whatever the tool moves: a body whose pelvis is elsewhere, or the middle of the hips."""
    name = {"amass": "a.npz", "codec": "a.smpl", "gvhmr": "a.pt"}.get(layout, "a.pkl")
    getattr(foreign_motion, layout)(tmp_path / name, walker)
    person = import_motion(tmp_path / name, AS_IS).people[0]
    np.testing.assert_allclose(person.root_xyz_world[:, 2], walker.root_xyz_world[:, 2], atol=2e-3)


def test_the_camera_of_todays_tram_goes_its_way(tmp_path: Path, walker: Person) -> None:
    """It wrote a level world in its first version, and the first picture's axes ever since."""
    ways = {}
    for is_first_version in (True, False):
        file = tmp_path / str(is_first_version) / "hps" / "hps_track_0.npy"
        file.parent.mkdir(parents=True)
        foreign_motion.tram(file, walker, is_first_version=is_first_version)
        take = import_motion(file, AS_IS)
        assert len(take.path) == FRAMES
        ways[is_first_version] = take.people[0].root_xyz_world
    lengths = [np.linalg.norm(way[-1] - way[0]) for way in ways.values()]
    assert lengths[0] > 0.3
    np.testing.assert_allclose(lengths[1], lengths[0], rtol=1e-3)


def test_a_folder_of_tram_holds_everybody(tmp_path: Path, walker: Person) -> None:
    aside = np.array([1.0, 0, 0], np.float32)
    beside = replace(walker, root_xyz_world=walker.root_xyz_world + aside)
    folder = tmp_path / "clip" / "hps"
    folder.parent.mkdir()
    for k, person in enumerate((walker, beside)):
        foreign_motion.tram(folder / f"hps_track_{k}.npy", person)
    for opened in (folder, folder.parent):
        take = import_motion(opened, AS_IS)
        assert [one.name for one in take.people] == ["Person 1", "Person 2"]
        apart = take.people[1].root_xyz_world - take.people[0].root_xyz_world
        np.testing.assert_allclose(np.linalg.norm(apart, axis=-1), 1.0, atol=1e-3)
        assert len(take.path) == FRAMES, "with the camera of the folder above"


def test_somebody_whom_4d_humans_lost_is_away_meanwhile(tmp_path: Path, walker: Person) -> None:
    missed = (11, 12, 13)
    foreign_motion.phalp(tmp_path / "a.pkl", walker, missed)
    take = import_motion(tmp_path / "a.pkl", AS_IS)
    assert take.people[0].frames.tolist() == [k for k in range(FRAMES) if k not in missed]
    far = np.linalg.norm(take.people[0].root_xyz_world - take.camera.T_world_camera[:3, 3], axis=-1)
    assert 5 < far.min() < far.max() < 12, "as far as the usual lens shows them"
    assert take.camera.K[0, 0] < 2 * take.camera.size_px[0], "no lens of 3 degrees"
    assert take.camera.is_estimated
    assert any("lens of 3 degrees" in one for one in take.warnings)


def test_frames_of_4d_humans_are_ordered_by_their_times(tmp_path: Path, walker: Person) -> None:
    foreign_motion.phalp(tmp_path / "a.pkl", walker)
    from limn.core.data.reading.pickles import read_values

    frames: dict[str, Any] = read_values(tmp_path / "a.pkl")
    shuffled = {f"img/{t['time']}.jpg": t for t in frames.values()}  # 1, 10, 11, … 2
    save_pickle(tmp_path / "b.pkl", shuffled)
    a, b = (import_motion(tmp_path / f"{name}.pkl", AS_IS).people[0] for name in "ab")
    np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)


def test_hands_that_prompthmr_leaves_zero_are_relaxed(tmp_path: Path, walker: Person) -> None:
    foreign_motion.prompthmr(tmp_path / "a.pkl", walker, has_hands=False)
    person = import_motion(tmp_path / "a.pkl", AS_IS).people[0]
    expected = person.quat_parent_joint.copy()
    relax_fingers(expected)
    assert np.abs(expected[:, 25:, 1:]).max() > 0.1
    np.testing.assert_allclose(person.quat_parent_joint, expected, atol=1e-6)


def _pixels(person: Person) -> np.ndarray:
    """BlazePose's points (t, 33, 2) of a person before a camera, those of the body alone."""
    xyz = person_joints_world(person).astype(np.float64)
    out = np.zeros((len(xyz), 33, 3))
    near = {"ear": "head", "eye": "head", "heel": "ankle", "foot_index": "foot", "mouth": "head"}
    for k, name in enumerate(BLAZEPOSE_33):
        side, _, part = name.partition("_")
        own = next((f"{side}_{q}" if q in {"foot", "ankle"} else q
                    for p, q in near.items() if p in name), name)  # fmt: skip
        own = "head" if name in ("nose", "mouth_left", "mouth_right") else own
        own = f"{side}_wrist" if part in ("pinky", "index", "thumb") else own
        out[:, k] = xyz[:, joint(own)]
    return 640 + 200 * out[..., [0, 2]] * [1, -1]


@pytest.mark.parametrize("count", [17, 26, 133])
def test_openpose_files_of_pose2sim_hold_whichever_keypoints(
    count: int, tmp_path: Path, walker: Person
) -> None:
    """perfanalytics/pose2sim, save_to_openpose: names without "_keypoints", NaN for the absent."""
    xy = _pixels(walker)
    nobody = [float("nan")] * 3 * count
    for t in range(FRAMES):
        told = keypoints(xy[t], BY_COUNT[count]).ravel().tolist()
        people = [
            {"person_id": [-1], "pose_keypoints_2d": one, "face_keypoints_2d": [],
             "hand_left_keypoints_2d": [], "hand_right_keypoints_2d": []}
            for one in (nobody, told)
        ]  # fmt: skip
        (tmp_path / f"cam01_{t:06d}.json").write_text(
            json.dumps({"version": 1.3, "people": people})
        )
    for opened in (tmp_path, tmp_path / "cam01_000000.json"):
        motion = read_motion(opened)
        assert isinstance(motion, KeypointMotion)
        assert motion.frame_count == FRAMES
        assert len(motion.frames) == FRAMES, "one person; nobody is nobody"
        column = motion.skeleton.names.index("left_knee")
        want = xy[:, BLAZEPOSE_33.index("left_knee")]
        np.testing.assert_allclose(motion.xy[:, column], want, atol=1e-3)


def _freemocap_points(person: Person) -> tuple[list[tuple[str, str]], np.ndarray]:
    """(model, keypoint) and places (t, n, 3) in millimetres: body, right hand, left hand."""
    xyz = 1000 * person_joints_world(person).astype(np.float64)
    body = [n for n in BLAZEPOSE_33 if n.partition("_")[2] in
            ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]  # fmt: skip
    names = [("body", name) for name in body]
    places = [xyz[:, joint(name)] for name in body]
    fingers = ("thumb", "index", "middle", "ring", "pinky")
    for side in ("right", "left"):
        rows = [joint(f"{side}_wrist")]
        for finger in fingers:
            rows += [joint(f"{side}_{finger}{k}") for k in (1, 2, 3, 3)]
        names += [(f"{side}_hand", f"{k:04d}") for k in range(21)]
        places += [xyz[:, row] for row in rows]
    return names, np.stack(places, axis=1)


@pytest.mark.parametrize("form", ["by frame", "by trajectory"])
def test_tables_of_freemocap_are_read_with_their_hands(
    form: str, tmp_path: Path, walker: Person
) -> None:
    names, xyz = _freemocap_points(walker)
    rows: list[Sequence[Any]] = []
    if form == "by frame":
        rows.append(("frame", "timestamp", "timestamp_by_camera", "model", "keypoint", *"xyz"))
        rows += [
            (t, t / 30, "{'a': 1,\n'b': 2}", *name, *xyz[t, k])
            for t in range(FRAMES) for k, name in enumerate(names)
        ]  # fmt: skip
    else:
        columns = [f"{model}_{point}_{axis}" for model, point in names for axis in "xyz"]
        rows.append(("timestamp", "timestamp_by_camera", *columns))
        rows += [(t / 30, "{}", *xyz[t].ravel()) for t in range(FRAMES)]
    with (tmp_path / "a.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    motion = read_motion(tmp_path / "a.csv")
    assert isinstance(motion, MarkerMotion)
    assert len(motion.people) == 1
    assert set(hand_names("left")) <= set(motion.people[0].names)
    assert motion.fps == pytest.approx(30.0)
    person = import_motion(tmp_path / "a.csv", AS_IS).people[0]
    limbs = [joint(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "wrist")]
    got, want = (person_joints_world(one)[:, limbs] for one in (person, walker))
    np.testing.assert_allclose(got - got[:, :1], want - want[:, :1], atol=0.02)


def test_names_of_freemocap_are_those_of_hands_and_faces() -> None:
    assert usual_name("left_hand_wrist") == "left_hand_root"
    assert usual_name("right_hand_index_finger_tip") == "right_forefinger4"
    assert usual_name("right_hand_0020") == "right_pinky_finger4"
    assert len(MEDIAPIPE_HAND) == 21
    assert usual_name("face_0033") == "face-36", "the outer corner of the right eye"
    assert usual_name("left_hand_0021") == "left_hand_0021"
    assert usual_name("left_knee") == "left_knee"


def test_names_of_pose2sim_are_those_of_hands_and_faces() -> None:
    fingers = ("Thumb", "Index", "Middle", "Ring", "Pinky")
    hand = [f"R{finger}{k}" for finger in fingers for k in (1, 2, 3, 4)]
    for spelt, plain in (("RThumb2", "RThumb"), ("RIndex1", "RIndex"), ("RPinky1", "RPinky")):
        hand[hand.index(spelt)] = plain
    parts = {"Jaw": 17, "EyebrowR": 5, "EyebrowL": 5, "Nose": 9, "REye": 6, "LEye": 6, "Mouth": 20}
    face = [f"{part}{k + 1}" for part, count in parts.items() for k in range(count)]
    assert usual_names(hand) == hand_names("right")[1:]
    named = usual_names([*hand, *face, "RKnee", "Nose", "REye", "RWrist"])
    assert named[20:] == (*FACE_68.names, "RKnee", "Nose", "REye", "right_wrist")
    blazepose = ("RIndex", "RThumb", "RPinky", "RWrist")
    assert usual_names(blazepose) == blazepose


def test_people_of_wham_stand_where_its_camera_saw_them(tmp_path: Path, walker: Person) -> None:
    """Each has a world of their own, in which all of them begin at the origin."""
    aside = np.array([1.2, 0.4, 0], np.float32)
    other = replace(walker, root_xyz_world=walker.root_xyz_world + aside, frames=walker.frames)
    foreign_motion.wham(tmp_path / "a.pkl", walker, other)
    take = import_motion(tmp_path / "a.pkl", AS_IS)
    apart = take.people[1].root_xyz_world - take.people[0].root_xyz_world
    np.testing.assert_allclose(np.linalg.norm(apart, axis=-1), np.linalg.norm(aside), atol=0.02)
    np.testing.assert_allclose(apart, np.broadcast_to(apart[0], apart.shape), atol=0.02)
    turns = np.abs((take.people[0].quat_parent_joint * take.people[1].quat_parent_joint).sum(-1))
    assert turns.min() > 0.9999, "they face the same way"
