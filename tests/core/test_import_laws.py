"""The laws of cleaning, in every layout: no jitter, feet that stand, poses that stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import foreign_motion
import numpy as np
import pytest
from limn.core.data.skeletons import joint
from limn.core.data.solver_points import POINTS
from limn.core.data.types import Person
from limn.core.formats.bvh import save_bvh
from limn.core.formats.table import export_take
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import (
    exp_so3,
    multiply_quats,
    nearest_rotation,
    quat_from_matrix,
)
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.opening import import_motion
from limn.core.importing.steadying.cleaning import solver_points_of, track_of
from limn.core.importing.steadying.level import levelled
from limn.core.importing.steadying.root_noise import calm_root
from synthetic_take import some_take

from .test_importing import AS_IS, LAYOUTS, jitter, shaken, slide_mm
from .test_importing_points import write_other_rig
from .test_sam3d_body import mhr_points, stacked
from .walking_source import walking

FPS, FRAMES = 30.0, 90
MOST_JITTER, MOST_SLIDE_MM, MOST_CHANGE_MM = 7.0, 2.0, 5.0
LOWER = ("hip", "knee", "ankle", "heel", "foot_index")
Write = Callable[[Path, Person], Path]


def _exported(name: str) -> Write:
    def write(folder: Path, person: Person) -> Path:
        some = some_take(1)
        take = replace(
            some,
            people=(person,),
            time_s=np.arange(FRAMES) / FPS,
            source_frame=np.arange(FRAMES, dtype=np.int32),
            clip=replace(some.clip, fps=FPS, step=1),
        )
        if name.endswith(".bvh"):
            save_bvh(take, person, folder / name)
        else:
            export_take(take, folder / name)
        return folder / name

    return write


def _foreign(layout: str) -> Write:
    def write(folder: Path, person: Person) -> Path:
        name, save, _ = LAYOUTS[layout]
        (folder / name).parent.mkdir(exist_ok=True)
        save(folder / name, person)
        return folder / name

    return write


def _mixamo(folder: Path, person: Person) -> Path:
    write_other_rig(folder / "a.bvh", person, 30.0)
    return folder / "a.bvh"


def _array(folder: Path, person: Person) -> Path:
    np.save(folder / "a.npy", person_joints_world(person).astype(np.float32))
    return folder / "a.npy"


WRITERS: dict[str, Write] = {
    **{layout: _foreign(layout) for layout in LAYOUTS},
    "bvh": _exported("a.bvh"),
    "mixamo": _mixamo,
    "trc": _exported("a.trc"),
    "csv": _exported("a.csv"),
    "npy": _array,
    "sam3d": lambda folder, person: stacked(folder, mhr_points(person)[None]),
}


@pytest.mark.parametrize(("seed", "drift_mps"), [(1, 0.12), (2, 0.2)])
@pytest.mark.parametrize("layout", WRITERS)
def test_the_laws_hold(layout: str, seed: int, drift_mps: float, tmp_path: Path) -> None:
    walker = walking(FRAMES)
    file = WRITERS[layout](tmp_path, shaken(walker, 0.0165, drift_mps, seed))
    raw = import_motion(file, replace(AS_IS, fps=FPS)).people[0]
    clean = import_motion(file, ImportSettings(fps=FPS)).people[0]
    assert jitter(raw) > 16.0
    assert slide_mm(raw, walker.contact) > 4.0
    assert jitter(clean) <= MOST_JITTER
    assert slide_mm(clean, walker.contact) <= MOST_SLIDE_MM
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert 1000 * aligned_error(after, before).mean() <= MOST_CHANGE_MM


@pytest.mark.parametrize("layout", ["amass", "trc"])
def test_a_bending_back_isnt_straightened(layout: str, tmp_path: Path) -> None:
    """Points in space tell a trunk that bends: held stiff, poses moved by 4 to 5 mm and not 2."""
    walker = walking(FRAMES)
    file = WRITERS[layout](tmp_path, shaken(walker, 0.0165, 0.12, 3))
    raw, clean = (import_motion(file, how).people[0] for how in (AS_IS, ImportSettings()))
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert 1000 * aligned_error(after, before).mean() < 2.5


def _tilted(person: Person, pitch_deg: float, roll_deg: float) -> Person:
    """As the camera that looks down and aside so would take them for, were it level."""
    R, root = foreign_motion.turned(person, exp_so3(np.radians([pitch_deg, roll_deg, 0.0])))
    return replace(
        person,
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        root_xyz_world=root.astype(np.float32),
    )


def _tilt_deg(person: Person, truth: Person) -> float:
    """How far ``person`` is from upright, where the truth is put onto them whatever its heading."""
    a, b = (person_joints_world(p)[:, :22].reshape(-1, 3).astype(float) for p in (truth, person))
    R = nearest_rotation((a - a.mean(0)).T @ (b - b.mean(0)))
    return float(np.degrees(np.arccos(np.clip(R[2, 2], -1, 1))))


def _tram(folder: Path, person: Person) -> Path:
    file = folder / "hps" / "hps_track_0.npy"
    file.parent.mkdir()
    foreign_motion.tram(file, person, is_first_version=False)
    return file


@pytest.mark.parametrize(("pitch_deg", "roll_deg"), [(12.0, 3.0), (-8.0, -4.0)])
@pytest.mark.parametrize("layout", ["phalp", "tram", "sam3d"])
def test_people_before_a_camera_that_looks_down_stand_upright(
    layout: str, pitch_deg: float, roll_deg: float, tmp_path: Path
) -> None:
    """These tools tell the camera's axes and no horizon."""
    walker = walking(FRAMES)
    seen = _tilted(shaken(walker, 0.0165, 0.12, 1), pitch_deg, roll_deg)
    write = _tram if layout == "tram" else WRITERS[layout]
    file = write(tmp_path, seen)
    take = import_motion(file, ImportSettings(fps=FPS))
    person = take.people[0]
    assert _tilt_deg(person, walker) < 2.0
    assert slide_mm(person, walker.contact) <= MOST_SLIDE_MM
    assert jitter(person) <= MOST_JITTER
    assert any("isn't level" in warning for warning in take.warnings)
    looks = take.camera.T_world_camera[:3, :3] @ [0.0, 0.0, 1.0]
    if layout != "tram":  # whose own camera turns
        assert np.degrees(np.arcsin(-looks[2])) == pytest.approx(pitch_deg, abs=2.0)
    as_it_is = import_motion(file, replace(AS_IS, fps=FPS)).people[0]
    assert _tilt_deg(as_it_is, walker) > 6.0, "unchanged but for its axes"


def test_who_lies_says_nothing_of_what_is_up() -> None:
    walker = walking(FRAMES)
    X = solver_points_of(
        track_of(walker.rest_xyz_body.astype(float), 1.0,
                 walker.root_xyz_world.astype(float), walker.quat_parent_joint.astype(float))
    )  # fmt: skip
    on = [walker.contact[:, ::2].astype(float)]
    tilt = exp_so3(np.radians([10.0, 0.0, 0.0]))
    turn = levelled([X @ tilt.T], on)
    assert np.degrees(np.arccos((turn @ tilt)[2, 2])) < 2.0
    np.testing.assert_array_equal(levelled([X], on), np.eye(3))
    down = exp_so3(np.radians([80.0, 0.0, 0.0]))
    np.testing.assert_array_equal(levelled([X @ down.T], on), np.eye(3))
    np.testing.assert_array_equal(levelled([], []), np.eye(3))
    bow = X.copy()
    upper = [k for k, name in enumerate(POINTS) if name.partition("_")[2] not in LOWER]
    hips = X[:, 6:8].mean(1, keepdims=True)
    bow[:, upper] = (bow[:, upper] - hips) @ exp_so3(np.radians([80.0, 0, 0])).T + hips
    np.testing.assert_array_equal(levelled([bow], on), np.eye(3), "straight legs, but a bow")
    np.testing.assert_array_equal(levelled([X[:5] @ tilt.T], [on[0][:5]]), np.eye(3))


@pytest.mark.parametrize("hz", [2.5, 4.0])
def test_a_hand_that_waves_fast_is_no_noise(hz: float, tmp_path: Path) -> None:
    """Smoothed at full strength first, it lost 30 % of its way above 2.5 Hz, and never got it
    back: what is smooth doesn't accelerate."""
    walker, t = walking(FRAMES), np.arange(FRAMES) / FPS
    turn = np.zeros((FRAMES, 3))
    turn[:, 1] = 0.8 * np.sin(2 * np.pi * hz * t) * ((t > 1) & (t < 2.2))
    quats = walker.quat_parent_joint.astype(np.float64)
    elbow = joint("left_elbow")
    quats[:, elbow] = multiply_quats(quats[:, elbow], quat_from_matrix(exp_so3(turn)))
    waving = replace(walker, quat_parent_joint=quats.astype(np.float32))
    file = WRITERS["amass"](tmp_path, shaken(waving, 0.0165, 0.12, 1))
    got, want = (
        person_joints_world(one).astype(np.float64)[33:63]
        for one in (import_motion(file).people[0], waving)
    )
    ways = [np.ptp(one[:, joint("left_wrist")] - one[:, elbow], axis=0) for one in (got, want)]
    np.testing.assert_allclose(ways[0], ways[1], atol=0.06)
    assert ways[1].max() > 0.25


def test_white_noise_is_no_strike(tmp_path: Path) -> None:
    walker = walking(FRAMES)
    xyz = person_joints_world(walker).astype(np.float64)
    xyz += np.random.default_rng(3).normal(scale=0.015, size=xyz.shape)
    np.save(tmp_path / "a.npy", xyz.astype(np.float32))
    person = import_motion(tmp_path / "a.npy", ImportSettings(fps=FPS)).people[0]
    assert jitter(person) < 8.5
    assert slide_mm(person, walker.contact) <= MOST_SLIDE_MM


@pytest.mark.parametrize("layout", ["phalp", "sam3d"])
def test_a_body_told_picture_by_picture_keeps_its_distance(layout: str, tmp_path: Path) -> None:
    """Errors of 2 % in size move all of a body by 10 cm along the view from frame to frame."""
    walker = walking(FRAMES)
    told = shaken(walker, 0.0165, 0.12, 1)
    # Before the cameras of these writers the view goes along the world's y.
    away = np.random.default_rng(4).normal(scale=0.1, size=FRAMES).astype(np.float32)
    root = told.root_xyz_world.copy()
    root[:, 1] += away
    root[40, 1] += 0.6
    file = WRITERS[layout](tmp_path, replace(told, root_xyz_world=root))
    raw, clean = (
        import_motion(file, how).people[0]
        for how in (replace(AS_IS, fps=FPS), ImportSettings(fps=FPS))
    )
    assert slide_mm(raw, walker.contact) > 100.0
    assert slide_mm(clean, walker.contact) <= MOST_SLIDE_MM
    assert jitter(clean) <= MOST_JITTER
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert 1000 * aligned_error(after, before).mean() <= MOST_CHANGE_MM


def test_a_way_without_noise_of_its_own_stays(tmp_path: Path) -> None:
    walker = walking(FRAMES)
    root, joints = walker.root_xyz_world, person_joints_world(walker)
    np.testing.assert_array_equal(calm_root(root, joints, FPS), root)
    np.testing.assert_array_equal(calm_root(root[:5], joints[:5], FPS), root[:5])
