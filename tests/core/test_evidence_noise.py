"""Evidence that agrees with itself is trusted; a copy of the picture is no second witness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.pipeline.observe import observe
from limn.core.solving.evidence.evidence import Evidence, gather_evidence
from limn.core.solving.person import SIGMAS
from limn.core.solving.track.evidence_noise import disagreement, precision, tightened
from limn.tools.jobs import finished
from synthetic import Flaws, watch
from synthetic_motion import squatting


def evidence_with(flaws: Flaws) -> Evidence:
    clip = watch(squatting(30.0, 1.0), flaws=flaws)
    seen = finished(observe(clip.source(), clip.detector(), [clip.model()], Settings()))
    return gather_evidence(seen.tracks[0], clip.camera, clip.fps)


def test_disagreement_is_the_noise_of_both_halves() -> None:
    clean, little, usual = (evidence_with(Flaws(noise_m=n)) for n in (0.0, 0.003, 0.015))
    assert disagreement(clean) < 0.001
    assert disagreement(little) == pytest.approx(0.2 * disagreement(usual), rel=0.25)
    assert precision(clean) < precision(little) < precision(usual) == 1


def test_outliers_hide_no_precision() -> None:
    assert precision(evidence_with(Flaws(outlier_share=0.05))) < 0.2


def test_depth_that_nobody_told_proves_nothing() -> None:
    clean = evidence_with(Flaws())
    assert precision(replace(clean, shows_3d=False)) == 1
    assert precision(replace(clean, score=np.zeros_like(clean.score))) == 1


def test_only_evidence_is_tightened() -> None:
    half = tightened(SIGMAS, 0.5)
    assert half.picture == SIGMAS.picture / 2
    assert half.direction_z == SIGMAS.direction_z / 2
    assert (half.acceleration, half.length) == (SIGMAS.acceleration, SIGMAS.length)
