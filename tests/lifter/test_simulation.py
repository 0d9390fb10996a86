"""The simulation behind the lifter: bodies stay bodies, and each fault is the one it says it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.geometry.alignment import aligned_error
from limn.core.lifting.features import CANONICAL_M, body_size
from limn.tools.lifter.augment import augment, to_canonical
from limn.tools.lifter.body import (
    JOINTS,
    MIRROR,
    PARENT,
    TO_POINTS,
    beyond,
    offsets,
    point,
    positions,
    rotations,
    turn,
)
from limn.tools.lifter.camera import film
from limn.tools.lifter.chance import Chance
from limn.tools.lifter.detectors import (
    BLAZEPOSE,
    MULTIPOSE,
    Seen,
    detect,
    make_scene,
    project,
    sample_sparsely,
)
from limn.tools.lifter.hiding import hide, nothing_hidden
from limn.tools.lifter.motion import draw_windows, load_motion
from limn.tools.lifter.networks_3d import guess_3d
from limn.tools.lifter.sampling import Conditions, draw_batch, mirrored
from stick_figures import figure, write_motion


def windows(b: int = 8, t: int = 24) -> np.ndarray:
    return np.stack([figure(t, seed) for seed in range(b)]).astype(np.float32)


def facing(yaw: float, b: int = 4, t: int = 8) -> np.ndarray:
    """The figure's 19 points (b, t, 19, 3), 4 m before a level camera, turned by ``yaw``."""
    c, s = np.cos(yaw), np.sin(yaw)
    z_up = windows(b, t)[:, :, TO_POINTS] @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    camera = np.stack([z_up[..., 0], 1.0 - z_up[..., 2], z_up[..., 1] + 4], axis=-1)
    return camera.astype(np.float32)


def test_offsets_and_positions_undo_each_other() -> None:
    xyz = windows()
    assert np.abs(positions(offsets(xyz)) - xyz).max() < 1e-5


def test_the_tree_is_one() -> None:
    assert all(PARENT[j] < j for j in range(1, len(JOINTS)))
    assert beyond("pelvis") == list(range(len(JOINTS)))
    assert {JOINTS[j] for j in beyond("left_elbow")} == {"left_elbow", "left_wrist"}
    assert np.array_equal(MIRROR[MIRROR], np.arange(len(JOINTS)))


def test_turning_a_limb_moves_that_limb_and_keeps_its_lengths() -> None:
    offset = offsets(windows())
    before = offset.copy()
    turn(offset, "left_elbow", rotations(np.full((8, 1, 3), 0.4, np.float32)))
    lengths = np.linalg.norm(offset, axis=-1) - np.linalg.norm(before, axis=-1)
    assert np.abs(lengths).max() < 1e-5
    moved = np.abs(offset - before).max((0, 1, 3)) > 1e-6
    assert {JOINTS[j] for j in np.flatnonzero(moved)} == {"left_elbow", "left_wrist"}


def test_noise_has_the_spread_and_memory_it_promises() -> None:
    noise = Chance(0).drift(0.8, 4000, 20)
    assert noise.std(0) == pytest.approx(1, abs=0.05)
    assert (noise[:, 1:] * noise[:, :-1]).mean() == pytest.approx(0.8, abs=0.02)


def test_spells_come_as_often_and_last_as_long_as_asked() -> None:
    spells = Chance(0).spell(1.0, 3, 5, 2000, 50)
    edges = np.diff(np.pad(spells.astype(int), ((0, 0), (1, 1))), axis=1)
    assert (edges == 1).sum(1).max() == 1
    inside = ~spells[:, 0] & ~spells[:, -1]
    assert set(spells[inside].sum(1)) <= {0, 3, 4, 5}
    assert not Chance(0).spell(0.0, 3, 5, 100, 50).any()


def test_augmented_bodies_are_new_but_bodies() -> None:
    xyz = windows(64)
    new, holds = augment(xyz, Chance(0))
    assert np.abs(new - xyz).max((1, 2, 3)).min() > 0.01
    assert 0.05 < holds.mean() < 0.6
    bones = np.linalg.norm(offsets(new), axis=-1)[:, :, 1:]
    assert np.abs(bones - bones[:, :1]).max() < 1e-4
    ratio = bones[:, 0] / bones[:, 0][:, MIRROR[1:] - 1]
    assert 0.85 < ratio.min() <= ratio.max() < 1 / 0.85


def test_bodies_are_brought_to_one_size() -> None:
    size = body_size(to_canonical(2.5 * windows())[:, :, TO_POINTS])
    assert np.median(size, axis=1) == pytest.approx(CANONICAL_M, rel=1e-4)


def test_filmed_bodies_are_rigidly_moved_and_mostly_upright() -> None:
    xyz = windows(200, 4)
    filmed = film(xyz, Chance(0))
    assert np.abs(np.linalg.norm(offsets(filmed), axis=-1)[:, :, 1:]
                  - np.linalg.norm(offsets(xyz), axis=-1)[:, :, 1:]).max() < 1e-3  # fmt: skip
    assert np.linalg.det(filmed[:, 0, [1, 5, 16]] - filmed[:, 0, :1]) == pytest.approx(
        np.linalg.det(xyz[:, 0, [1, 5, 16]] - xyz[:, 0, :1]), abs=1e-4
    )
    head, pelvis = filmed[:, 0, JOINTS.index("nose")], filmed[:, 0, 0]
    assert ((head - pelvis)[:, 1] < 0).mean() > 0.95
    # Cameras look down on people more often than up at them: heads are nearer than hips.
    assert (head - pelvis)[:, 2].mean() < -0.05


def test_the_far_arm_is_hidden_from_the_side_and_none_from_the_front() -> None:
    chance = Chance(0)
    side, front = facing(np.pi / 2, b=40), facing(0.0, b=40)
    hidden_side = hide(side, project(side), chance).own
    hidden_front = hide(front, project(front), chance).own
    elbows = [point("left_elbow"), point("right_elbow")]
    far = elbows[int(side[0, 0, elbows[1], 2] > side[0, 0, elbows[0], 2])]
    near = elbows[1 - elbows.index(far)]
    assert hidden_side[:, :, far].mean() > 0.5
    assert not hidden_side[:, :, near].any()
    assert not hidden_front[:, :, elbows].any()


def test_the_nose_is_hidden_from_behind() -> None:
    for yaw, wanted in ((0.0, False), (np.pi, True)):
        xyz = facing(yaw)
        own = hide(xyz, project(xyz), Chance(0)).own
        assert (own[:, :, point("nose")] == wanted).all()


def test_without_noise_detectors_are_right_within_their_convention() -> None:
    xyz = facing(0.3)
    scene = make_scene(xyz, nothing_hidden(xyz.shape[:3]), Chance(0))
    for source in (BLAZEPOSE, MULTIPOSE):
        seen = detect(scene, source, Chance(0), noisy=False)
        miss_m = np.linalg.norm(seen.xy - scene.rays, axis=-1) * xyz[..., 2]
        assert miss_m.max() < 0.06


def test_only_hidden_points_go_astray_and_the_detector_admits_it_more_often() -> None:
    xyz = np.repeat(facing(0.0, t=16), 60, axis=0)
    hidden = nothing_hidden(xyz.shape[:3])
    hidden.covered[:, :, point("left_wrist")] = True
    scene = make_scene(xyz, hidden, Chance(0))
    for source in (BLAZEPOSE, MULTIPOSE):
        seen = detect(scene, source, Chance(1), noisy=True)
        miss_m = np.linalg.norm(seen.xy - scene.rays, axis=-1) * xyz[..., 2]
        lost, kept = (miss_m[:, :, point(f"{side}_wrist")] for side in ("left", "right"))
        assert np.median(lost) > 3 * np.median(kept)
    scores = {
        s.sure: (detect(scene, s, Chance(2), noisy=True).score[:, :, point("left_wrist")] < 0.45)
        for s in (BLAZEPOSE, MULTIPOSE)
    }
    assert scores[MULTIPOSE.sure].mean() > scores[BLAZEPOSE.sure].mean() + 0.15


def test_a_sparse_detector_is_right_at_some_frames_and_straight_between() -> None:
    t = np.arange(30, dtype=np.float32)
    curve = np.broadcast_to((t**2)[None, :, None, None], (50, 30, 19, 2))
    seen = sample_sparsely(Seen(curve, curve[..., 0]), Chance(0))
    late = seen.xy[..., 0] - curve[..., 0]
    assert (late > -1e-3).all()  # chords of a parabola lie above it
    assert (np.abs(late[:, 6:24]) < 1e-3).any(1).all()
    assert late.max() <= 3 * 3 + 1e-3


def test_guessed_3d_is_a_plausible_body_that_errs_in_depth_above_all() -> None:
    tree = to_canonical(np.repeat(windows(10, 16), 20, axis=0))
    tree = film(tree, Chance(0))
    xyz = tree[:, :, TO_POINTS]
    guess = guess_3d(tree, np.zeros(xyz.shape[:3], np.float32), Chance(1))
    assert 0.03 < aligned_error(guess[:, :, :12], xyz[:, :, :12]).mean() < 0.12
    error = (
        guess
        - guess[:, :, 6:8].mean(2, keepdims=True)
        - (xyz - xyz[:, :, 6:8].mean(2, keepdims=True))
    )
    assert error[..., 2].std() > 1.3 * error[..., :2].std()


def test_motion_is_split_by_subject_and_knows_the_standing_foot(tmp_path: Path) -> None:
    path = write_motion(tmp_path / "motion.npz")
    train, held_out = load_motion(path, "train"), load_motion(path, "validation")
    assert len(train.start) + len(held_out.start) == 6
    assert not set(train.start) & set(held_out.start)
    assert train.minutes == pytest.approx(4 * 60 / 30 / 60)
    xyz, contact = draw_windows(train, 32, 20, Chance(0), stretch=True)
    assert xyz.shape == (32, 20, 22, 3)
    assert contact[..., :2].all()
    assert contact[..., 2:].mean() < 0.3


@pytest.mark.parametrize(
    ("change", "error"), [({"fps": 60}, ValueError), ({"names": []}, KeyError)]
)
def test_motion_of_another_layout_is_refused(
    tmp_path: Path, change: dict[str, object], error: type[Exception]
) -> None:
    path = write_motion(tmp_path / "motion.npz")
    with np.load(path) as file:
        content = {name: file[name] for name in file.files}
    np.savez(path, **{**content, **{k: np.array(v) for k, v in change.items()}})
    with pytest.raises(error):
        load_motion(path, "train")


@pytest.mark.parametrize("sources", [None, "both", "blazepose", "multipose"])
def test_batches_are_repeatable_finite_and_have_the_sources_asked_for(
    tmp_path: Path, sources: str | None
) -> None:
    motion = load_motion(write_motion(tmp_path / "motion.npz"), "train")
    conditions = Conditions(sources=sources)
    a, b = (draw_batch(motion, 40, 16, Chance(3), conditions) for _ in range(2))
    for name in ("features", "joints", "log_depth", "contact", "guess"):
        assert np.array_equal(getattr(a, name), getattr(b, name))
        assert np.isfinite(getattr(a, name)).all()
    has_blazepose = (a.features[..., 38:57] > 0).any((1, 2))
    has_multipose = (a.features[..., 81:93] > 0).any((1, 2))
    if sources is not None:
        assert has_blazepose.all() == (sources != "multipose") == has_blazepose.any()
        assert has_multipose.all() == (sources != "blazepose") == has_multipose.any()
    assert np.abs(a.joints[:, :, 6:8].mean(2)).max() < 1e-5
    assert np.median(body_size(a.joints), axis=1) == pytest.approx(CANONICAL_M, rel=1e-4)


def test_a_mirrored_batch_mirrors_input_and_truth(tmp_path: Path) -> None:
    motion = load_motion(write_motion(tmp_path / "motion.npz"), "train")
    batch = draw_batch(motion, 10, 16, Chance(0), Conditions(noisy=False, sources="both"))
    other = mirrored(batch)
    # What ties input and truth together survives: points lie where the picture shows them.
    for one in (batch, other):
        uv = one.features[..., :38].reshape(*one.joints.shape[:2], 19, 2)
        limbs = slice(0, points.LIMBS)
        seen = uv[:, :, limbs] - uv[:, :, 6:8].mean(2, keepdims=True)
        pairs = zip(seen, one.joints[:, :, limbs, :2], strict=True)
        assert np.median([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]) > 0.97
    again = mirrored(other)
    assert np.array_equal(again.features, batch.features)
    assert np.array_equal(again.contact, batch.contact)
