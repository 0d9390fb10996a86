"""The temporal lifter's 3D and the single-frame networks' joined by how sure each is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..lifting import Lifter, LifterInput
from . import points
from .evidence import Evidence

_NETWORK_SIGMA_M: Final = 0.07
"""Error of one coordinate of the averaged networks for a joint that is well seen, root-relative."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


def fuse_lifted(evidence: Evidence, lifter: Lifter) -> Evidence:
    """``evidence`` with its 3D replaced by the mean of both sources, weighed by their variances.

    A joint that the networks hardly see has a large sigma there, and the lifter's path counts.
    """
    lifted = lifter.lift(
        LifterInput(
            xy=evidence.xy,
            score=evidence.score,
            detected_xy=evidence.detected_xy,
            detected_score=evidence.detected_score,
            xyz_m=evidence.xyz_m,
            fps=evidence.fps,
            seen=evidence.seen,
        )
    )
    own = evidence.xyz_m - evidence.xyz_m[:, _HIPS].mean(1, keepdims=True)
    theirs = lifted.xyz_m - lifted.xyz_m[:, _HIPS].mean(1, keepdims=True)
    w_own = np.clip(evidence.score, 0.05, 1.0)[..., None] / _NETWORK_SIGMA_M**2
    w_theirs = 1 / lifted.sigma_m[..., None] ** 2
    return replace(evidence, xyz_m=(w_own * own + w_theirs * theirs) / (w_own + w_theirs))
