"""Hands drawn by lot, and the reader that they teach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.rotations import exp_so3
from limn.core.hands.habits import LEAST, MOST
from limn.core.hands.model import hand_at_rest, hand_of, pose_hand
from limn.core.hands.reader import load_hand_reader
from limn.tools.hands import training, usual
from limn.tools.hands.poses import draw_angles
from limn.tools.hands.training import Lesson, read_hands, train_reader
from limn.tools.lifter.chance import Chance
from limn.tools.teaching import save_weights

HAND = hand_of(hand_at_rest(REST_XYZ_BODY))


def test_drawn_hands_are_fists_and_open_ones_within_what_fingers_do() -> None:
    angles = draw_angles(HAND, Chance(1), 200)
    assert (angles >= LEAST - 1e-6).all()
    assert (angles <= MOST + 1e-6).all()
    bend = angles[:, 1:, 2].mean(1)
    assert (bend > 1.4).sum() > 5
    assert (bend < 0.3).sum() > 5
    touching = np.linalg.norm(pose_hand(HAND, angles).points[:, 4:5] - _ends(angles), axis=-1)
    assert (touching.min(1) < 0.02).mean() > 0.2


def _ends(angles: np.ndarray) -> np.ndarray:
    return pose_hand(HAND, angles).points[:, [6, 7, 8, 10, 11, 12, 14, 15, 16]]


def _lesson(seed: int, count: int) -> Lesson:
    """Hands from everywhere that a network sees with half of their depth."""
    angles = draw_angles(HAND, Chance(seed), count)
    rng = np.random.default_rng(seed)
    turn = exp_so3(rng.normal(0, 1, (count, 3)))
    points = pose_hand(HAND, angles).points @ turn.transpose(0, 2, 1)
    points = points - points.mean(1, keepdims=True)
    return Lesson(500 * points[..., :2], points * [1.0, 1.0, 0.5], points)


def test_what_is_seen_wrongly_is_learnt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(training, "_ROUNDS", 30)
    reader = train_reader(_lesson(1, 600), 1, lambda _: None)
    others = _lesson(2, 100)
    read = reader.read(others.xy, others.xyz)[1]
    before = aligned_error(others.xyz, others.truth).mean()
    assert aligned_error(read, others.truth).mean() < 0.6 * before
    digest = save_weights(reader, tmp_path / "hand_reader.npz", training.HALF)
    assert len(digest) == 64
    monkeypatch.setattr("limn.core.hands.reader.SHA256", digest)
    again = load_hand_reader(tmp_path / "hand_reader.npz").read(others.xy, others.xyz)[1]
    assert np.abs(again - read).max() < 1e-3


def test_looks_at_something_else_teach_nothing(tmp_path: Path) -> None:
    lesson = _lesson(3, 4)
    xy = np.stack([lesson.xy, lesson.xy], axis=1)
    xy[1, 1] = np.random.default_rng(0).normal(0, 40, (21, 2))
    presence = np.full((4, 2), 0.9)
    presence[2, 0] = 0.1
    np.savez(
        tmp_path / "train_000000.npz",
        xy_px=xy,
        xyz_m=np.stack([lesson.xyz, lesson.xyz], axis=1),
        presence=presence,
        xyz_ray=lesson.truth,
        is_right=np.array([0, 0, 0, 1]),
    )
    read = read_hands(tmp_path, held_out=False)
    assert len(read.truth) == 6
    # A right hand is a left one in a mirror.
    assert np.abs(read.truth[-1] - lesson.truth[3] * [-1, 1, 1]).max() < 1e-12
    with pytest.raises(FileNotFoundError, match="shoot"):
        read_hands(tmp_path, held_out=True)


def _clip(seed: int) -> usual.Clip:
    """Fingers that are fitted 20 % and 4 degrees too straight, an index 10 degrees too bent."""
    true = draw_angles(HAND, Chance(seed), 400)
    fitted = (true - np.radians(4.0)) / 1.2
    fitted[:, 1, 2] = true[:, 1, 2] + np.radians(10.0)
    fitted[:, 0, :3] = true[:, 0, :3]
    rows = np.random.default_rng(seed).random(len(true)) < 0.1
    fitted[rows] += 1.0  # some are read wrongly altogether
    return usual.Clip(fitted, fitted, true)


def test_what_fitted_fingers_are_off_by_is_learnt_and_told_of_clips_left_out() -> None:
    clips = [_clip(seed) for seed in (1, 2)]
    slope, offset = usual.learn(clips)
    assert slope[2:, 1:] == pytest.approx(1.2, abs=0.02)
    assert np.degrees(offset[2:, 1:]) == pytest.approx(4.0, abs=0.5)
    assert np.degrees(offset[1, 2]) == pytest.approx(-10.0, abs=0.5)
    # Spread and the thumb's base and middle are left.
    assert (slope[:, 0] == 1).all()
    assert (offset[0, :3] == 0).all()
    before = usual.error_deg(clips[0], 0.0, slope, offset)
    after = [usual.error_deg(clips[0], share, slope, offset) for share in (0.5, 1.0)]
    assert before > 1.3 * after[0] > 1.3 * after[1]
    assert usual.judge(clips)[1].startswith(f"0: {before:.1f}, ")


def test_a_film_without_clips_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="film"):
        usual.read_clips(tmp_path)


def test_only_plain_and_trusted_hands_teach(tmp_path: Path) -> None:
    fitted = np.zeros((30, 2, 5, 4))
    fitted[:, 1] = 0.5
    plain, trust = np.ones((30, 2), bool), np.ones((30, 2))
    plain[:10, 0] = False
    trust[10:20, 1] = 0.1
    np.savez(
        tmp_path / "clip_000000.npz", fitted=fitted, true=fitted + 0.1, trust=trust, plain=plain
    )
    (clip,) = usual.read_clips(tmp_path)
    assert len(clip.fitted) == len(clip.slow) == len(clip.true) == 40
    assert np.allclose(clip.true - clip.fitted, 0.1)
    assert np.allclose(clip.slow, clip.fitted)
