"""Another tool's motion beside Limn's own networks on the same clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import foreign_keypoints
import foreign_motion
import numpy as np
import pytest
from limn.core.data.errors import SettingsError
from limn.core.data.settings import Settings
from limn.core.data.skeletons import SMPLX_55
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Person, Take
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, multiply_quats, quat_from_matrix
from limn.core.geometry.smoothing import blur
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.beside import NAME
from limn.core.importing.opening import import_motion
from limn.core.pipeline.foreign.beside import Looking
from limn.core.pipeline.foreign.importing import import_file
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.tools.jobs import finished
from synthetic import Clip, Flaws, watch
from synthetic_motion import squatting, stepping, walking
from synthetic_skeleton import Motion

FPS = 30.0
_BODY = [SMPLX_55.index(f"{s}_{p}") for s in ("left", "right")
         for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]  # fmt: skip


def _person(motion: Motion) -> Person:
    """The motion as a person of a take."""
    t = len(motion)
    return Person(
        name="Truth",
        frames=np.arange(t, dtype=np.int32),
        rest_xyz_body=motion.rest_xyz.astype(np.float32),
        root_xyz_world=motion.root_xyz.astype(np.float32),
        quat_parent_joint=quat_from_matrix(motion.R_parent_joint).astype(np.float32),
        confidence=np.ones((t, 55), np.float32),
        contact=np.zeros((t, 4), np.float32),
        bridged=np.zeros(t, bool),
        xy_px=np.zeros((t, 33, 2), np.float32),
        xy_score=np.zeros((t, 33), np.float32),
        height_m=1.7,
    )


def _shaken(person: Person, turn_rad: float, seed: int = 1) -> Person:
    """As other systems err: slowly, for each joint by itself."""
    rng, t = np.random.default_rng(seed), len(person.frames)
    white = rng.normal(size=(t, 66))
    slow = np.stack([blur(column, 8.0) for column in white.T], axis=-1)
    turns = turn_rad * slow / slow.std()
    quats = person.quat_parent_joint.astype(np.float64).copy()
    turned = quat_from_matrix(exp_so3(turns.reshape(t, 22, 3)))
    quats[:, :22] = multiply_quats(quats[:, :22], turned)
    return replace(person, quat_parent_joint=quats.astype(np.float32))


def _looking(clip: Clip, flaws: Flaws) -> Looking:
    models = (clip.model("full", flaws), clip.model("heavy", flaws))
    return Looking(clip.source(), Networks(clip.detector(), models), Settings())


def _import(file: Path, looking: Looking | None, asked: ImportSettings | None = None) -> Take:
    return finished(import_file(file, asked or ImportSettings(), looking=looking))


def _pa_mm(take: Take, truth: Person, who: int = 0) -> float:
    person = take.people[who]
    got = person_joints_world(person)[:, _BODY].astype(np.float64)
    want = person_joints_world(truth)[person.frames][:, _BODY].astype(np.float64)
    return float(1000 * aligned_error(got, want).mean())


@pytest.mark.parametrize("motion", [walking(), squatting()], ids=["walking", "squatting"])
@pytest.mark.parametrize("layout", ["gvhmr", "amass"])
def test_both_together_are_better_than_either(motion: Motion, layout: str, tmp_path: Path) -> None:
    clip, truth = watch(motion), _person(motion)
    file = tmp_path / ("a.pt" if layout == "gvhmr" else "a.npz")
    write = getattr(foreign_motion, layout)
    write(file, _shaken(truth, 0.07))
    # Networks of single frames err along the view most of all, and alike in all frames.
    depth = np.random.default_rng(5).normal(size=(33, 3)) * [0.01, 0.01, 0.09]
    flaws = Flaws(noise_m=0.02, offset_m=depth)
    alone = finished(_own(clip, flaws))
    imported = import_motion(file, ImportSettings(fps=FPS))
    both = _import(file, _looking(clip, flaws), ImportSettings(fps=FPS))
    figures = [_pa_mm(take, truth) for take in (alone, imported, both)]
    assert figures[2] < 0.88 * min(figures[:2])


def _own(clip: Clip, flaws: Flaws):  # noqa: ANN202 - a generator
    from limn.core.pipeline.estimate import estimate

    looking = _looking(clip, flaws)
    return estimate(looking.source, looking.networks, looking.settings)


@pytest.fixture(scope="module")
def pair() -> Clip:
    """Two people, of whom the second one is larger in the picture."""
    far = stepping(lambda s: np.stack([-0.8 + 0.2 * s, 1.0 + 0 * s], axis=-1), lambda s: 0 * s,
                   FPS, 2.0)  # fmt: skip
    return watch(far, squatting(seconds=2.0).moved(xy=(0.9, 0.0)))


def _two(folder: Path, clip: Clip, order: tuple[int, int]) -> Path:
    """Both of ``clip`` in WHAM's layout, in that order."""
    from foreign_pickles import save_pickle
    from limn.core.geometry.rotations import log_so3
    from limn.core.importing.smpl_pose import PELVIS_OF_SMPL

    people = {}
    for number, k in enumerate(order):
        person = _person(clip.actors[k].motion)
        R, root = foreign_motion.turned(person, foreign_motion.TO_WORLD["y"].T)
        poses = log_so3(foreign_motion.with_hands(R)).reshape(len(R), -1)
        people[number] = {
            "pose": poses, "trans": root, "pose_world": poses,
            "trans_world": root - PELVIS_OF_SMPL, "betas": np.zeros((len(R), 10)),
            "frame_ids": person.frames,
        }  # fmt: skip
    save_pickle(folder / "a.pkl", people)
    return folder / "a.pkl"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_people_are_told_apart_by_how_they_move(
    order: tuple[int, int], pair: Clip, tmp_path: Path
) -> None:
    asked = ImportSettings(fps=FPS)
    take = _import(_two(tmp_path, pair, order), _looking(pair, Flaws(noise_m=0.02)), asked)
    assert len(take.people) == 2
    for who, k in enumerate(order):
        assert _pa_mm(take, _person(pair.actors[k].motion), who) < 25
        assert take.people[who].name == f"Person {who + 1}"
        xy = take.people[who].xy_px[:, [23, 24]].mean(1)
        assert np.abs(xy - pair.xy_px[k][:, [23, 24]].mean(1)).max() < 30


def test_another_clips_people_are_nobodys(pair: Clip, tmp_path: Path) -> None:
    foreign_motion.amass(tmp_path / "a.npz", _person(walking(seconds=0.1)))
    with pytest.raises(SettingsError, match="it is another clip"):
        _import(tmp_path / "a.npz", _looking(pair, Flaws()), ImportSettings(fps=FPS))


def test_turns_that_points_do_not_tell_come_from_the_file(tmp_path: Path) -> None:
    motion = walking(seconds=2.0)
    truth = _person(motion)
    j = SMPLX_55.index("left_elbow")
    quats = truth.quat_parent_joint.copy()
    twist = quat_from_matrix(exp_so3(np.array([0.9, 0.0, 0.0])))  # about the forearm
    quats[:, j] = multiply_quats(quats[:, j].astype(np.float64), twist[None])
    truth = replace(truth, quat_parent_joint=quats.astype(np.float32))
    foreign_motion.gvhmr(tmp_path / "a.pt", truth)
    clip = watch(motion)
    take = _import(tmp_path / "a.pt", _looking(clip, Flaws(noise_m=0.01)), ImportSettings(fps=FPS))

    def off_deg(one: Take) -> float:
        dot = np.abs(
            (one.people[0].quat_parent_joint[:, j] * truth.quat_parent_joint[:, j]).sum(-1)
        )
        return float(np.degrees(2 * np.arccos(np.clip(dot, 0, 1))).mean())

    assert off_deg(take) < 15
    assert off_deg(finished(_own(clip, Flaws(noise_m=0.01)))) > 30
    save_take(take, tmp_path / "a.take.npz")
    kept = load_take(tmp_path / "a.take.npz")
    assert kept.observed is not None
    assert NAME in kept.observed.tracks[0].passes
    again = finished(solve_again(kept, settings_of(kept)))
    np.testing.assert_allclose(
        person_joints_world(again.people[0]), person_joints_world(take.people[0]), atol=2e-3
    )
    assert off_deg(again) < 15, "Solve Again knows them too"


def test_keypoints_of_a_file_join_the_networks_of_the_same_people(
    pair: Clip, tmp_path: Path
) -> None:
    file = foreign_keypoints.coco_results(tmp_path / "seen", pair.xy_px[1:])
    take = _import(file, _looking(pair, Flaws(noise_m=0.03)))
    assert len(take.people) == 1, "whoever is in the file"
    assert take.observed is not None
    (track,) = take.observed.tracks
    assert {"full", "heavy", "keypoints"} == set(track.passes)
    off = np.abs(track.passes["keypoints"].xy_px[:, 5:17] - track.detected_xy_px[:, 5:17])
    assert off.max() < 30
    assert _pa_mm(take, _person(pair.actors[1].motion)) < 40
