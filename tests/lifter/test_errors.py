"""The table of errors finds the noise that was put in, across and along the view apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from limn.core.data import solver_points as points
from limn.core.lifting.lifter import Lifted, LifterInput
from limn.tools.lifter.errors import spread, table_of_errors
from limn.tools.lifter.pair_file import Pair
from stick_figures import pair_of, windows

ACROSS_M, ALONG_M = 0.01, 0.04


def noisy_pair() -> Pair:
    """A pair whose networks err by known amounts, hips excepted, along the truth's own rays."""
    rng = np.random.default_rng(3)
    pair = pair_of(windows(1, 400, 0)[0], np.zeros(2))
    truth = pair.columns["truth_m"].astype(np.float64)
    ray = truth / np.linalg.norm(truth, axis=-1, keepdims=True)
    noise = rng.normal(0, ACROSS_M, truth.shape)
    noise -= (noise * ray).sum(-1, keepdims=True) * ray
    noise += rng.normal(0, ALONG_M, truth.shape[:2])[..., None] * ray
    noise[:, 6:8] = 0
    return replace(pair, columns={**pair.columns, "xyz_m": truth + noise})


@dataclass
class Knows:
    truth: np.ndarray

    def lift(self, view: LifterInput) -> Lifted:
        t = len(view.seen)
        flat = np.zeros((t, points.COUNT))
        both = np.stack([flat, flat], axis=-1)
        return Lifted(2 * self.truth, flat, both, np.zeros((t, 4)), flat[:, 0])


def test_known_noise_is_found_across_and_along() -> None:
    errors = spread(noisy_pair().columns["xyz_m"], noisy_pair())
    wrists = errors[:, 4:6].reshape(-1, 2)
    assert np.isclose(np.sqrt((wrists[:, 0] ** 2).mean()), ACROSS_M, rtol=0.12)
    assert np.isclose(np.sqrt((wrists[:, 1] ** 2).mean()), ALONG_M, rtol=0.12)


def test_the_table_has_a_row_a_part_and_knows_who_is_right() -> None:
    pair = noisy_pair()
    rows = table_of_errors([pair], Knows(pair.columns["truth_m"]))
    parts = {row.split("|")[1].strip(): row.split("|")[2:4] for row in rows[2:]}
    assert set(parts) >= {"shoulder", "wrist", "hip", "foot_index", "nose"}
    for part in ("elbow", "wrist", "ankle"):
        networks, lifter = parts[part]
        across, along = (float(v) for v in networks.split("/"))
        assert abs(along - 1000 * ALONG_M) < 6
        assert across < along / 2
        assert lifter.split() == ["0", "/", "0"], "a body of any size is as right"
