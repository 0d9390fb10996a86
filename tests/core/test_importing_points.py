"""BVH of other rigs, and points in three dimensions, as takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.skeletons import REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS, joint
from limn.core.data.types import Person, Take
from limn.core.formats.bvh import save_bvh
from limn.core.formats.file_axes import place
from limn.core.formats.table import export_take
from limn.core.formats.trc import save_trc
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.euler import euler_from_matrix
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3
from limn.core.hands.relaxed import relax_fingers
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.markers.names import solver_columns
from limn.core.importing.opening import import_motion
from synthetic_take import some_take

from .walking_source import walking

FPS, FRAMES = 30.0, 60
AS_IS = ImportSettings(is_as_it_is=True)


@pytest.fixture(scope="module")
def take() -> Take:
    some = some_take(1)
    return replace(
        some,
        people=(walking(FRAMES),),
        time_s=np.arange(FRAMES) / FPS,
        source_frame=np.arange(FRAMES, dtype=np.int32),
        clip=replace(some.clip, fps=FPS, step=1),
    )


def _joints(person: Person) -> np.ndarray:
    return person_joints_world(person)[:, :22].astype(np.float64)


def _fingers_are_relaxed(person: Person) -> bool:
    expected = person.quat_parent_joint.copy()
    relax_fingers(expected)
    return float(np.abs(person.quat_parent_joint - expected).max()) < 1e-6


def test_limns_own_bvh_comes_back_to_the_last_digit(take: Take, tmp_path: Path) -> None:
    save_bvh(take, take.people[0], tmp_path / "a.bvh")
    back = import_motion(tmp_path / "a.bvh", AS_IS)
    angle = np.abs(back.people[0].quat_parent_joint - take.people[0].quat_parent_joint)
    assert np.degrees(2 * angle.max()) < 0.1
    np.testing.assert_allclose(_joints(back.people[0]), _joints(take.people[0]), atol=1e-3)
    again = replace(back, people=(replace(back.people[0], name="Walker"),))
    save_bvh(again, again.people[0], tmp_path / "b.bvh")
    numbers = [
        np.array((tmp_path / f"{name}.bvh").read_text().split("Frame Time:")[1].split(), float)
        for name in ("a", "b")
    ]
    np.testing.assert_allclose(numbers[1], numbers[0], atol=0.1)


_MIXAMO = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck",
    "head": "Head", "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand",
    "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase",
}  # fmt: skip


def _mixamo(name: str) -> str:
    side, _, part = name.partition("_")
    if side in ("left", "right"):
        return f"mixamorig:{side.title()}{_MIXAMO[part]}"
    return f"mixamorig:{_MIXAMO[name]}"


def write_other_rig(path: Path, person: Person, arms_down_deg: float) -> None:
    """The motion on Mixamo's names, in centimetres, its zero pose with lowered arms."""
    placed = place_in_y_up(person)
    swing = [np.eye(3)] * 22
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        for part in ("shoulder", "elbow", "wrist"):
            turn = exp_so3(np.array([0, 0, -sign * np.radians(arms_down_deg)]))
            swing[joint(f"{side}_{part}")] = turn
    lines = ["HIERARCHY"]
    order: list[int] = []

    def describe(j: int, indent: str) -> None:
        order.append(j)
        parent = SMPLX_PARENTS[j]
        bone = np.zeros(3) if parent < 0 else REST_XYZ_BODY[j] - REST_XYZ_BODY[parent]
        bone = 100 * (swing[parent] @ bone if parent >= 0 else bone)
        channels = "6 Xposition Yposition Zposition" if parent < 0 else "3"
        lines.append(f"{indent}{'ROOT' if parent < 0 else 'JOINT'} {_mixamo(SMPLX_55[j])}")
        lines.append(indent + "{")
        lines.append(f"{indent} OFFSET {bone[0]:.6f} {bone[1]:.6f} {bone[2]:.6f}")
        lines.append(f"{indent} CHANNELS {channels} Zrotation Yrotation Xrotation")
        below = [k for k in range(22) if SMPLX_PARENTS[k] == j]
        for child in below:
            describe(child, indent + " ")
        if not below:
            lines.extend([f"{indent} End Site", indent + " {", f"{indent}  OFFSET 0 5 0",
                          indent + " }"])  # fmt: skip
        lines.append(indent + "}")

    describe(0, "")
    R = placed.R_parent_joint[:, :22].copy()
    G = R.copy()
    for j in range(1, 22):
        G[:, j] = G[:, SMPLX_PARENTS[j]] @ R[:, j]
    G = np.stack([G[:, j] @ swing[j].T for j in range(22)], axis=1)
    local = G.copy()
    for j in range(1, 22):
        local[:, j] = np.swapaxes(G[:, SMPLX_PARENTS[j]], -1, -2) @ G[:, j]
    angles = np.degrees(euler_from_matrix(local, "ZYX"))
    lines += ["MOTION", f"Frames: {len(R)}", f"Frame Time: {1 / FPS:.8f}"]
    for k in range(len(R)):
        values = [*(100 * placed.xyz[k, 0]), *angles[k][order].ravel()]
        lines.append(" ".join(f"{value:.6f}" for value in values))
    path.write_text("\n".join(lines) + "\n")


def place_in_y_up(person: Person):  # noqa: ANN201 - what file_axes returns
    t = len(person.frames)
    some = replace(
        some_take(1),
        people=(),
        time_s=np.arange(t) / FPS,
        source_frame=np.arange(t, dtype=np.int32),
    )
    return place(some, person, np.arange(t, dtype=np.int32), "world", y_up=True)


@pytest.mark.parametrize("arms_down_deg", [0.0, 45.0])
def test_bvh_of_another_rig_and_rest_pose_moves_alike(tmp_path: Path, arms_down_deg: float) -> None:
    walker = walking(20)
    write_other_rig(tmp_path / "a.bvh", walker, arms_down_deg)
    back = import_motion(tmp_path / "a.bvh", AS_IS)
    np.testing.assert_allclose(_joints(back.people[0]), _joints(walker), atol=1e-3)
    assert back.clip.fps == pytest.approx(FPS)
    assert _fingers_are_relaxed(back.people[0])


@pytest.mark.parametrize("suffix", [".trc", ".csv"])
def test_points_come_back_as_joints(take: Take, tmp_path: Path, suffix: str) -> None:
    export_take(take, tmp_path / f"a{suffix}")
    back = import_motion(tmp_path / f"a{suffix}", AS_IS)
    assert back.people[0].name == ("Walker" if suffix == ".csv" else "Person 1")
    assert back.clip.fps == pytest.approx(FPS, rel=1e-3)
    limbs = [
        joint(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "ankle", "wrist")
    ]
    off = np.linalg.norm(_joints(back.people[0])[:, limbs] - _joints(take.people[0])[:, limbs],
                         axis=-1)  # fmt: skip
    assert off.mean() < 0.012
    clean = import_motion(tmp_path / f"a{suffix}")
    assert aligned_error(_joints(clean.people[0]), _joints(take.people[0])).mean() < 0.03
    assert clean.people[0].contact.max() == 1.0
    assert _fingers_are_relaxed(clean.people[0])
    assert _fingers_are_relaxed(back.people[0])


def test_millimetres_and_gaps_are_understood(take: Take, tmp_path: Path) -> None:
    placed = place_in_y_up(take.people[0])
    placed.xyz[:] *= 1000.0
    placed.xyz[20:23, joint("left_wrist")] = np.nan
    save_trc(take, [placed], placed.frames, tmp_path / "a.trc")
    back = import_motion(tmp_path / "a.trc")
    assert back.people[0].height_m == pytest.approx(1.69, abs=0.05)
    assert len(back.people[0].frames) == FRAMES
    assert np.isfinite(_joints(back.people[0])).all()


def test_arrays_of_known_counts_need_no_names(take: Take, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", person_joints_world(take.people[0]))
    back = import_motion(tmp_path / "a.npy", replace(AS_IS, fps=24.0))
    assert back.clip.fps == 24.0
    assert aligned_error(_joints(back.people[0]), _joints(take.people[0])).mean() < 0.03


def test_spellings_of_points() -> None:
    parts = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Heel", "BigToe")
    openpose = solver_columns([f"{side}{part}" for side in "LR" for part in parts])
    plain = solver_columns(
        [f"{side}_{part}" for side in ("left", "right")
         for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe")]
    )  # fmt: skip
    spaced = solver_columns([f"{side} {part}" for side in ("Left", "Right") for part in parts])
    after = solver_columns([f"{part}_{side}" for side in "LR" for part in parts])
    assert openpose == plain == spaced == after
    assert openpose["right_foot_index"] == 15
    both = solver_columns(["left_foot", "left_big_toe"])
    assert both == {"left_foot_index": 1}


def test_what_lacks_a_body_is_one_sentence(tmp_path: Path) -> None:
    bad = {
        "a.csv": "time,left_knee_x,left_knee_y,left_knee_z\n0,1,2,3\n",
        "b.csv": "one,two\n1,2\n",
        "c.csv": "",
        "a.trc": "PathFileType\t4\n",
        "b.trc": "nothing",
        "a.bvh": "HIERARCHY\nROOT x\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\nMOTION\nFrames: 0\n",
        "b.bvh": "no bvh",
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(TakeError) as caught:
            import_motion(tmp_path / name)
        assert str(caught.value).endswith("."), name
    np.save(tmp_path / "a.npy", np.zeros((5, 9, 3)))
    with pytest.raises(TakeError, match="points"):
        import_motion(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.zeros((5, 17, 3)))
    with pytest.raises(TakeError, match="legs have no length"):
        import_motion(tmp_path / "b.npy")
