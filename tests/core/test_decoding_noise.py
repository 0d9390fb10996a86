"""Decoders fed noise of every size, with values in it that are none."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.decoding.direct import decode_movenet, decode_movenet_people, decode_rtmo
from limn.core.decoding.heatmaps import decode_heatmaps
from limn.core.decoding.simcc import decode_simcc


@pytest.mark.parametrize("seed", range(4))
def test_every_decoder_survives_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        values = rng.normal(0, 10.0 ** rng.integers(-2, 7), shape)
        values[rng.random(shape) < 0.05] = rng.choice([np.nan, np.inf, -np.inf])
        return values

    for xy, score in (
        decode_heatmaps(noise(17, 16, 12), 17, (48, 64)),
        decode_simcc(noise(1, 17, 96), noise(1, 17, 128), 17, 2.0),
        decode_movenet(noise(1, 1, 17, 3), (256, 256)),
    ):
        assert xy.shape == (17, 2)
        assert np.isfinite(xy).all()
        assert ((score >= 0) & (score <= 1)).all()
    for found in (
        decode_movenet_people(noise(1, 6, 56), (384, 256)),
        decode_rtmo(noise(1, 5, 5), noise(1, 5, 17, 3)),
    ):
        assert np.isfinite(found.xy_px).all()
        assert np.isfinite(found.boxes_px).all()
        assert ((found.score >= 0) & (found.score <= 1)).all()
