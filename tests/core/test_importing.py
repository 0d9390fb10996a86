"""Motion of other tools: read from each layout, unchanged with as-is, cleaned otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import foreign_motion
import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.skeletons import joint
from limn.core.data.types import Person, Take
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, multiply_quats, quat_from_matrix
from limn.core.geometry.smoothing import blur
from limn.core.hands.relaxed import relax_fingers
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.filming import USUAL_FPS, rate_of
from limn.core.importing.opening import import_motion

from .walking_source import walking

FPS = 30.0
AS_IS = ImportSettings(is_as_it_is=True)
Write = Callable[[Path, Person], None]
LAYOUTS: dict[str, tuple[str, Write, bool]] = {
    "amass": ("a.npz", foreign_motion.amass, True),
    "amass-h": ("a.npz", foreign_motion.amass_h, True),
    "parameters": ("a.pkl", foreign_motion.parameters, True),
    "codec": ("a.smpl", foreign_motion.codec, True),
    "gvhmr": ("a.pt", foreign_motion.gvhmr, False),
    "wham": ("a.pkl", foreign_motion.wham, False),
    "tram": ("hps/a.npy", foreign_motion.tram, False),
    "prompthmr": ("a.pkl", foreign_motion.prompthmr, True),
    "phalp": ("a.pkl", foreign_motion.phalp, False),
}
"""A file's name, what writes it, and whether it holds fingers."""


@pytest.fixture(scope="module")
def walker() -> Person:
    return walking(90)


def _bones(take: Take) -> np.ndarray:
    """Directions (t, 21, 3) of the body's bones."""
    xyz = person_joints_world(take.people[0]).astype(np.float64)
    parents = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
    bones = xyz[:, 1:22] - xyz[:, parents]
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def _angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))


def _fingers_are_relaxed(person: Person) -> bool:
    expected = person.quat_parent_joint.copy()
    relax_fingers(expected)
    bent = np.abs(expected[:, 25:, 1:]).max() > 0.1
    return bool(bent and np.abs(person.quat_parent_joint - expected).max() < 1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_comes_back_as_it_was(layout: str, tmp_path: Path, walker: Person) -> None:
    name, write, has_fingers = LAYOUTS[layout]
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    write(file, walker)
    take = import_motion(file, AS_IS)
    person, joints = take.people[0], slice(0, 55 if has_fingers else 22)
    if layout == "amass-h":
        joints = slice(0, 22)
    wrong = np.abs(
        foreign_motion.rotvec_of(person)[:, joints] - foreign_motion.rotvec_of(walker)[:, joints]
    )
    assert np.degrees(wrong.max()) < 0.1
    if not has_fingers:
        assert _fingers_are_relaxed(person)
    way = person.root_xyz_world - person.root_xyz_world[0]
    np.testing.assert_allclose(way, walker.root_xyz_world - walker.root_xyz_world[0], atol=2e-3)
    assert take.clip.fps == FPS


def test_fingers_of_smpl_h_are_those_of_smpl_x(tmp_path: Path, walker: Person) -> None:
    foreign_motion.amass_h(tmp_path / "a.npz", walker)
    person = import_motion(tmp_path / "a.npz", AS_IS).people[0]
    got, want = foreign_motion.rotvec_of(person), foreign_motion.rotvec_of(walker)
    np.testing.assert_allclose(got[:, 25:], want[:, 25:], atol=1e-5)


def test_the_camera_of_a_result_stands_where_it_filmed_from(tmp_path: Path, walker: Person) -> None:
    _, places = foreign_motion.camera_path(len(walker.frames))
    for name in ("gvhmr", "prompthmr"):
        file, write, _ = LAYOUTS[name]
        write(tmp_path / file, walker)
        take = import_motion(tmp_path / file, AS_IS)
        from_person = take.camera.T_world_camera[:3, 3] - take.people[0].root_xyz_world[0]
        np.testing.assert_allclose(from_person, places[0] - walker.root_xyz_world[0], atol=5e-3)
        np.testing.assert_allclose(take.camera.K, foreign_motion.K)
        assert not take.camera.is_estimated


def test_the_trap_of_gvhmr_is_told(tmp_path: Path, walker: Person) -> None:
    foreign_motion.gvhmr(tmp_path / "a.pt", walker, is_trap=True)
    take = import_motion(tmp_path / "a.pt", AS_IS)
    assert any("patch of GVHMR" in warning for warning in take.warnings)


def shaken(person: Person, turn_rad: float, drift_mps: float, seed: int = 1) -> Person:
    """As published systems err: joints waver slowly and shake a little, the way drifts."""
    rng, t = np.random.default_rng(seed), len(person.frames)

    def noise(columns: int, frames: float) -> np.ndarray:
        white = rng.normal(size=(t, columns))
        slow = np.stack([blur(c, frames) for c in white.T], axis=-1)
        return slow / slow.std()

    turns = turn_rad * noise(66, 3.0) + 0.0015 * rng.normal(size=(t, 66))
    quats = person.quat_parent_joint.astype(np.float64).copy()
    quats[:, :22] = multiply_quats(
        quats[:, :22], quat_from_matrix(exp_so3(turns.reshape(t, 22, 3)))
    )
    way = np.cumsum(noise(3, 8.0) * [1.0, 1.0, 0.05], axis=0) * drift_mps / FPS
    from dataclasses import replace

    root = person.root_xyz_world + way + 0.0005 * rng.normal(size=(t, 3))
    return replace(
        person,
        quat_parent_joint=quats.astype(np.float32),
        root_xyz_world=root.astype(np.float32),
    )


def slide_mm(person: Person, contact: np.ndarray) -> float:
    xyz = person_joints_world(person).astype(np.float64)
    steps: list[np.ndarray] = []
    for side, joints in enumerate(([7, 10], [8, 11])):
        on = contact[:, 2 * side] > 0.99
        moved = np.linalg.norm(np.diff(xyz[:, joints, :2].mean(1), axis=0), axis=-1)
        # The first and last frame of a stand belong to the step.
        steady = np.convolve(on, np.ones(5), "same") > 4.5
        steps.append(moved[steady[1:] & steady[:-1]])
    return float(np.concatenate(steps).mean() * 1000)


def jitter(person: Person) -> float:
    xyz = person_joints_world(person)[:, :22].astype(np.float64)
    return float(np.linalg.norm(np.diff(xyz, n=3, axis=0), axis=-1).mean() * FPS**3 / 10)


@pytest.mark.parametrize(("seed", "drift_mps"), [(1, 0.15), (2, 0.3)])
def test_cleaned_motion_is_steady_and_its_feet_stand(
    tmp_path: Path, walker: Person, seed: int, drift_mps: float
) -> None:
    foreign_motion.amass(tmp_path / "a.npz", shaken(walker, 0.02, drift_mps, seed))
    raw = import_motion(tmp_path / "a.npz", AS_IS).people[0]
    clean = import_motion(tmp_path / "a.npz").people[0]
    assert slide_mm(raw, walker.contact) > 3.5
    assert slide_mm(clean, walker.contact) < 2.0
    assert jitter(clean) < 0.75 * jitter(raw)
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert aligned_error(after, before).mean() < 0.005


def test_a_good_motion_stays_what_it_is(tmp_path: Path, walker: Person) -> None:
    foreign_motion.amass(tmp_path / "a.npz", walker)
    clean = import_motion(tmp_path / "a.npz").people[0]
    before, after = (person_joints_world(one)[:, :22].astype(float) for one in (walker, clean))
    assert aligned_error(after, before).mean() < 0.004
    assert abs(clean.height_m - 1.69) < 0.06


def test_feet_are_left_alone_where_contacts_are_off(tmp_path: Path, walker: Person) -> None:
    foreign_motion.amass(tmp_path / "a.npz", shaken(walker, 0.02, 0.3))
    free = import_motion(tmp_path / "a.npz", ImportSettings(contacts="off")).people[0]
    assert slide_mm(free, walker.contact) > 3.5
    assert not free.contact.any()


def test_every_up_axis_is_found(tmp_path: Path, walker: Person) -> None:
    want = person_joints_world(walker)
    for name, turn in foreign_motion.TO_WORLD.items():
        R, root = foreign_motion.turned(walker, turn.T)
        poses = foreign_motion.log_so3(R).reshape(len(R), -1)
        np.savez(tmp_path / "a.npz", poses=poses, trans=root)
        take = import_motion(tmp_path / "a.npz", AS_IS)
        heights = person_joints_world(take.people[0])[..., 2]
        np.testing.assert_allclose(np.ptp(heights, axis=1), np.ptp(want[..., 2], axis=1), atol=0.03)
        assert take.people[0].height_m == pytest.approx(1.70), name


def test_other_values_end_in_one_sentence(tmp_path: Path) -> None:
    bad = {
        "no motion": {"a": np.zeros(3)},
        "other joints": {"poses": np.zeros((5, 99)), "trans": np.zeros((5, 3))},
        "other length": {"poses": np.zeros((5, 165)), "trans": np.zeros((4, 3))},
        "not finite": {"poses": np.full((5, 165), np.nan), "trans": np.zeros((5, 3))},
        "nobody": {"poses": np.zeros((0, 165)), "trans": np.zeros((0, 3))},
        "far away": {"poses": np.zeros((5, 165)), "trans": np.full((5, 3), 1e30)},
        "complex": {"poses": np.zeros((5, 165), complex), "trans": np.zeros((5, 3))},
        "texts": {"poses": np.array(["a"]), "trans": np.zeros((5, 3))},
    }
    for what, arrays in bad.items():
        np.savez(tmp_path / "a.npz", **arrays)
        with pytest.raises(TakeError) as caught:
            import_motion(tmp_path / "a.npz")
        assert str(caught.value).endswith("."), what
        assert "\n" not in str(caught.value), what


def test_the_same_values_of_any_size_of_axes(tmp_path: Path, walker: Person) -> None:
    """Tools save (t, 1, 3) for (t, 3), and one person in a list of one."""
    R, root = foreign_motion.turned(walker, np.eye(3))
    poses = foreign_motion.log_so3(R)
    wanted = None
    for poses_shape, place in itertools.product(
        (poses, poses.reshape(len(R), -1), R), (root, root[:, None])
    ):
        np.savez(tmp_path / "a.npz", poses=poses_shape, trans=place)
        got = import_motion(tmp_path / "a.npz", AS_IS).people[0]
        wanted = got if wanted is None else wanted
        np.testing.assert_allclose(got.root_xyz_world, wanted.root_xyz_world, atol=1e-5)
        np.testing.assert_allclose(got.quat_parent_joint, wanted.quat_parent_joint, atol=1e-5)


@pytest.mark.parametrize("told", [1e9, 1e-6, 0.0, -30.0, float("nan"), float("inf")])
def test_a_rate_that_no_film_has_is_not_believed(told: float) -> None:
    fps, (remark,) = rate_of(told, None, None)
    assert fps == USUAL_FPS
    assert "--fps" in remark
    assert f"{told:g} frames a second" in remark
    assert rate_of(told, 25.0, None) == (25.0, ())
    assert rate_of(29.97, None, None) == (29.97, ())


@pytest.mark.parametrize("told", [0.0, float("nan"), -1.0])
def test_a_rate_of_nothing_is_told_of_whoever_tells_it(
    told: float, tmp_path: Path, walker: Person
) -> None:
    """And not passed over as if the file were silent."""
    R, root = foreign_motion.turned(walker, np.eye(3))
    poses = foreign_motion.log_so3(R).reshape(len(R), -1)
    np.savez(tmp_path / "a.npz", poses=poses, trans=root, mocap_frame_rate=told)
    lines = ["PathFileType\t4\t(X/Y/Z)\ta.trc", "DataRate\tUnits", f"{told}\tm"]
    names = [f"{side}{part}" for side in "LR" for part in
             ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")]  # fmt: skip
    joints = [f"{s}_{p}" for s in ("left", "right") for p in
              ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]  # fmt: skip
    xyz = person_joints_world(walker)[:, [joint(one) for one in joints]]
    lines += ["Frame#\tTime\t" + "\t\t\t".join(names), ""]
    lines += ["\t".join(map(str, (k, k, *row.ravel()))) for k, row in enumerate(xyz)]
    (tmp_path / "a.trc").write_text("\n".join(lines))
    for name in ("a.npz", "a.trc"):
        warnings = import_motion(tmp_path / name, AS_IS).warnings
        assert any(f"{told:g} frames a second, which no film has" in one for one in warnings), name
