"""Results of SAM 3D Body in the forms in which scripts save them: people, camera, fingers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_pickles import save_pickle
from limn.core.data.errors import TakeError
from limn.core.data.hand_points import hand_names
from limn.core.data.skeletons import SMPLX_55, joint
from limn.core.data.types import Person
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, quat_from_matrix
from limn.core.hands.model import tip_offsets
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.names import MHR_70
from limn.core.importing.markers.points import MarkerMotion
from limn.core.importing.opening import import_motion, read_motion
from limn.core.importing.placing import R_WORLD_FILE
from synthetic_take import assert_one_sentence

from .walking_source import walking

AS_IS = ImportSettings(is_as_it_is=True, fps=30.0)
FRAMES = 24
FOCAL, MIDDLE = 1100.0, np.array([640.0, 360.0])
_BENT = np.radians(35.0)
_SMPLX_OF = {"thumb": "thumb", "forefinger": "index", "middle_finger": "middle",
             "ring_finger": "ring", "pinky_finger": "pinky"}  # fmt: skip


@pytest.fixture(scope="module")
def walker() -> Person:
    """Somebody who walks with bent fingers."""
    person = walking(FRAMES)
    quats = person.quat_parent_joint.copy()
    for side, sign in (("left", -1.0), ("right", 1.0)):
        for finger in ("index", "middle", "ring", "pinky"):
            for k in (1, 2, 3):
                bend = exp_so3(np.array([0.0, 0.0, sign * _BENT]))
                quats[:, joint(f"{side}_{finger}{k}")] = quat_from_matrix(bend)
    return replace(person, quat_parent_joint=quats.astype(np.float32))


def mhr_points(person: Person) -> np.ndarray:
    """The 70 points (t, 70, 3) in the camera's axes, 5 m before it."""
    xyz = person_joints_world(person).astype(np.float64)
    names: dict[str, np.ndarray] = {name: xyz[:, j] for j, name in enumerate(SMPLX_55)}
    from limn.core.geometry.kinematics import forward
    from limn.core.geometry.rotations import matrix_from_quat

    _, R = forward(
        person.rest_xyz_body.astype(np.float64),
        person.root_xyz_world.astype(np.float64),
        matrix_from_quat(person.quat_parent_joint.astype(np.float64)),
    )
    R = np.asarray(R)
    points: dict[str, np.ndarray] = {}
    for side in ("left", "right"):
        tips = tip_offsets(person.rest_xyz_body, side)
        for k, (finger, own) in enumerate(_SMPLX_OF.items()):
            for n in (1, 2, 3):
                points[f"{side}_{finger}{n}"] = names[f"{side}_{own}{n}"]
            last = joint(f"{side}_{own}3")
            points[f"{side}_{finger}4"] = xyz[:, last] + R[:, last] @ tips[k]
        foot = names[f"{side}_foot"]
        points[f"{side}_big_toe"] = points[f"{side}_small_toe"] = foot
        ankle = joint(f"{side}_ankle")
        points[f"{side}_heel"] = xyz[:, ankle] + R[:, ankle] @ np.array([0, -0.046, -0.05])
        points[f"{side}_eye"] = names[f"{side}_eye_smplhf"]
        aside = 0.075 if side == "left" else -0.075
        points[f"{side}_ear"] = _on_head(xyz, R, (aside, 0.07, 0.01))
        for other in ("olecranon", "cubital_fossa"):
            points[f"{side}_{other}"] = names[f"{side}_elbow"]
        points[f"{side}_acromion"] = names[f"{side}_shoulder"]
    points["nose"] = _on_head(xyz, R, (0.0, 0.06, 0.11))
    every = np.stack([(names | points)[name] for name in MHR_70], axis=1)
    return every @ R_WORLD_FILE["-y"] + np.array([0.0, 1.0, 6.0])


def _on_head(xyz: np.ndarray, R: np.ndarray, offset: tuple[float, float, float]) -> np.ndarray:
    head = joint("head")
    return xyz[:, head] + R[:, head] @ np.array(offset)


def _person(xyz: np.ndarray) -> dict[str, Any]:
    middle = xyz.mean(0)
    return {
        "bbox": np.zeros(4),
        "focal_length": np.float32(FOCAL),
        "pred_keypoints_3d": xyz - middle,
        "pred_keypoints_2d": FOCAL * xyz[:, :2] / xyz[:, 2:] + MIDDLE,
        "pred_cam_t": middle,
        "mhr_model_params": np.zeros(204),
        "pred_global_rots": np.tile(np.eye(3), (127, 1, 1)),
        "mask": None,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _frames(xyz: np.ndarray) -> list[list[dict[str, Any]]]:
    return [[_person(one) for one in people] for people in np.swapaxes(xyz, 0, 1)]


def _document(folder: Path, xyz: np.ndarray) -> Path:
    frames = [
        {"frame_number": t, "persons": [
            {"person_id": k, "skeleton": {"keypoints_3d": one["pred_keypoints_3d"],
                                          "keypoints_2d": one["pred_keypoints_2d"]},
             "camera": {"camera_translation": one["pred_cam_t"], "focal_length": FOCAL}}
            for k, one in enumerate(people)]}
        for t, people in enumerate(_frames(xyz))
    ]  # fmt: skip
    document = {"video_info": {"fps": 30.0}, "frames": frames}
    (folder / "a.json").write_text(json.dumps(_plain(document)))
    return folder / "a.json"


def _list_of_lists(folder: Path, xyz: np.ndarray) -> Path:
    # Detectors find people in another order in every frame.
    frames = [people[:: 1 if t % 3 else -1] for t, people in enumerate(_frames(xyz))]
    (folder / "a.json").write_text(json.dumps(_plain(frames)))
    return folder / "a.json"


def _people_by_number(folder: Path, xyz: np.ndarray) -> Path:
    """Frames by their numbers, in each of them people by theirs."""
    frames = {
        str(t): {str(7 * k + 3): one for k, one in enumerate(people)}
        for t, people in enumerate(_frames(xyz))
    }
    (folder / "a.json").write_text(json.dumps(_plain(frames)))
    return folder / "a.json"


def _pickled(folder: Path, xyz: np.ndarray) -> Path:
    named = {f"{t:05d}.jpg": people for t, people in enumerate(_frames(xyz))}
    save_pickle(folder / "a.pkl", named)
    return folder / "a.pkl"


def stacked(folder: Path, xyz: np.ndarray) -> Path:
    middle = xyz[0].mean(1, keepdims=True)
    np.savez(
        folder / "a.npz",
        pred_keypoints_3d=xyz[0] - middle,
        pred_cam_t=middle[:, 0],
        focal_length=np.full(len(middle), FOCAL),
        pred_keypoints_2d=FOCAL * xyz[0, ..., :2] / xyz[0, ..., 2:] + MIDDLE,
    )
    return folder / "a.npz"


def _a_file_a_frame(folder: Path, xyz: np.ndarray) -> Path:
    (folder / "frames").mkdir()
    for t, one in enumerate(xyz[0]):
        arrays = {key: value for key, value in _person(one).items() if value is not None}
        np.savez(folder / "frames" / f"frame_{t:05d}.npz", **arrays)
    return folder / "frames"


def _frames_of_outputs(folder: Path, xyz: np.ndarray) -> Path:
    frames = [
        {"frame_idx": t, "image": f"{t:06d}.jpg", "outputs": people}
        for t, people in enumerate(_frames(xyz))
    ]
    (folder / "a.json").write_text(json.dumps(_plain(frames)))
    return folder / "a.json"


FORMS: dict[str, tuple[Callable[[Path, np.ndarray], Path], int]] = {
    "document": (_document, 2),
    "lists": (_list_of_lists, 2),
    "pickle": (_pickled, 2),
    "frames of outputs": (_frames_of_outputs, 2),
    "people by number": (_people_by_number, 2),
    "stacked": (stacked, 1),
    "folder": (_a_file_a_frame, 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_people(form: str, tmp_path: Path, walker: Person) -> None:
    write, people = FORMS[form]
    own = mhr_points(walker)
    both = np.stack([own, own + np.array([1.5, 0.0, 0.5])])[:people]
    file = write(tmp_path, both)
    motion = read_motion(file)
    assert isinstance(motion, MarkerMotion)
    assert motion.is_in_camera
    take = import_motion(file, AS_IS)
    assert len(take.people) == people
    for one in take.people:
        assert one.frames.tolist() == list(range(FRAMES))
        limbs = [joint(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "wrist")]
        got, want = (person_joints_world(p)[:, limbs].astype(float) for p in (one, walker))
        assert aligned_error(got, want).mean() < 0.012
    np.testing.assert_allclose(take.camera.K[0, 0], FOCAL, rtol=1e-4)
    np.testing.assert_allclose(take.camera.K[:2, 2], MIDDLE, atol=0.1)
    assert take.camera.size_px == (1280, 720)


def test_fingers_are_told_by_their_points(tmp_path: Path, walker: Person) -> None:
    truth = mhr_points(walker)
    take = import_motion(stacked(tmp_path, truth[None]), AS_IS)
    person = take.people[0]
    at_rest = replace(person, quat_parent_joint=person.quat_parent_joint.copy())
    at_rest.quat_parent_joint[:, 25:] = (1.0, 0.0, 0.0, 0.0)
    for side in ("left", "right"):
        rows = [MHR_70.index(name) for name in (f"{side}_wrist", *hand_names(side)[1:])]
        off, stiff = (
            1000 * aligned_error(mhr_points(one)[:, rows], truth[:, rows]).mean()
            for one in (person, at_rest)
        )
        assert off < 6.0
        assert stiff > 2.0 * off
        palm, told = (
            _unit(one[:, MHR_70.index(f"{side}_middle_finger1")] - one[:, rows[0]])
            for one in (truth, mhr_points(person))
        )
        angle = np.degrees(np.arccos(np.clip((palm * told).sum(-1), -1, 1)))
        assert angle.mean() < 12, "the palm points where it did"


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def test_cleaned_it_stands_on_the_floor(tmp_path: Path, walker: Person) -> None:
    take = import_motion(_document(tmp_path, mhr_points(walker)[None]))
    person = take.people[0]
    assert person.contact.max() == 1.0
    assert take.clip.fps == 30.0
    height = take.camera.T_world_camera[2, 3]
    assert 0.5 < height < 2.5, "the camera came down with the floor"
    assert not len(take.path), "nobody told that it moves"


def test_hands_have_all_the_names_of_whole_bodies() -> None:
    for side in ("left", "right"):
        assert set(hand_names(side)[1:]) <= set(MHR_70)


def test_what_is_broken_is_one_sentence(tmp_path: Path, walker: Person) -> None:
    xyz = mhr_points(walker)[:3]
    one = _person(xyz[0])
    bad: list[Any] = [
        [[{**one, "pred_cam_t": [1.0]}]],
        [[{**one, "pred_keypoints_3d": np.full((70, 3), np.nan)}]],
        [[{**one, "focal_length": "long"}]],
        {"frames": [{"frame_idx": 10**8, "people": [one]}]},
    ]
    for value in bad:
        (tmp_path / "a.json").write_text(json.dumps(_plain(value)))
        with pytest.raises(TakeError) as caught:
            import_motion(tmp_path / "a.json")
        assert_one_sentence(caught.value)


def test_people_without_a_place_stay_on_the_spot(tmp_path: Path, walker: Person) -> None:
    """Some scripts save the keypoints and leave out where people are."""
    own = mhr_points(walker)
    both = np.stack([own, own[::-1]])
    frames = [
        {"frame_idx": t, "outputs": [
            {"bbox": [0, 0, 1, 1], "focal_length": FOCAL, "pred_keypoints_3d": xyz - xyz.mean(0)}
            for xyz in people]}
        for t, people in enumerate(np.swapaxes(both, 0, 1))
    ]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(_plain(frames)))
    take = import_motion(tmp_path / "a.json", AS_IS)
    assert len(take.people) == 2
    assert any("stays on the spot" in warning for warning in take.warnings)
    limbs = [joint(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "wrist")]
    got, want = (person_joints_world(p)[:, limbs].astype(float) for p in (take.people[0], walker))
    assert aligned_error(got, want).mean() < 0.012
    assert np.ptp(take.people[0].root_xyz_world, axis=0).max() < 0.3
