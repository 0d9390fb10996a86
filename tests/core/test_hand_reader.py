"""The reader that puts the hand network's points right, and the file that it comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.errors import ModelError
from limn.core.geometry.alignment import aligned_error
from limn.core.hands import reader as module
from limn.core.hands.reader import HAND_READER, Described, load_hand_reader
from limn.core.hands.regions import _turning

LOOKS = Path(__file__).parents[1] / "data" / "hand_looks.npz"
"""What the network saw of drawn hands that taught nothing, beside where they are."""


def _looks() -> tuple[F64, F64, F64]:
    with np.load(LOOKS) as file:
        return tuple(file[name].astype(np.float64) for name in ("xy", "xyz", "truth"))


def test_points_are_read_nearer_to_the_truth() -> None:
    xy, xyz, truth = _looks()
    flat, deep = load_hand_reader().read(xy, xyz)
    before, after = aligned_error(xyz, truth).mean(), aligned_error(deep, truth).mean()
    assert after < 0.75 * before
    # In the picture too, where the hand is a similarity away from what was told in metres.
    shown = np.concatenate([flat, np.zeros_like(flat[..., :1])], axis=-1)
    seen = np.concatenate([xy, np.zeros_like(flat[..., :1])], axis=-1)
    true = truth * [1.0, 1.0, 0.0]
    assert aligned_error(shown, true).mean() < 0.95 * aligned_error(seen, true).mean()


def test_turned_moved_and_larger_hands_are_read_alike() -> None:
    xy, xyz, _ = _looks()
    reader = load_hand_reader()
    flat, deep = reader.read(xy, xyz)
    R = _turning(0.7)
    turn = np.eye(3)
    turn[:2, :2] = R
    moved = reader.read(3 * xy @ R.T + [40.0, -7.0], 0.5 * xyz @ turn.T + [0.1, 0.2, 0.3])
    assert np.abs(moved[0] - (3 * flat @ R.T + [40.0, -7.0])).max() < 1e-6
    assert np.abs(moved[1] - deep @ turn.T).max() < 1e-9


def test_points_of_nothing_are_finite() -> None:
    flat, deep = load_hand_reader().read(np.zeros((2, 21, 2)), np.zeros((2, 21, 3)))
    assert np.isfinite(flat).all()
    assert np.isfinite(deep).all()


def test_another_file_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="is missing"):
        load_hand_reader(tmp_path / "hand_reader.npz")
    other = tmp_path / "other.npz"
    other.write_bytes(HAND_READER.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="sha256 differs"):
        load_hand_reader(other)
    import hashlib

    monkeypatch.setattr(module, "SHA256", hashlib.sha256(b"no archive").hexdigest())
    junk = tmp_path / "junk.npz"
    junk.write_bytes(b"no archive")
    with pytest.raises(ModelError, match="not a hand reader"):
        load_hand_reader(junk)


def test_many_hands_are_read_a_stretch_at_a_time_and_come_out_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader, rng = load_hand_reader(), np.random.default_rng(5)
    xy, xyz = rng.normal(size=(1300, 21, 2)), rng.normal(size=(1300, 21, 3))
    most, described = [0], Described.of

    def watched(some: np.ndarray, deep: np.ndarray) -> Described:
        most[0] = max(most[0], len(some))
        return described(some, deep)

    monkeypatch.setattr(Described, "of", watched)
    told = reader.read(xy, xyz)
    assert most[0] < 1000
    for k in (0, 511, 512, 1299):
        alone = reader.read(xy[k : k + 1], xyz[k : k + 1])
        for a, b in zip(told, alone, strict=True):
            np.testing.assert_allclose(a[k], b[0], atol=1e-5)
