"""The temporal lifter's 3D and the single-frame networks' joined by how sure each is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...data.skeletons import part_of
from ...geometry.rotations import normalize
from ...lifting.features import about_hips
from ...lifting.lifter import Lifted, Lifter, LifterInput
from .cut_bodies import NETWORKS_SIGMA
from .evidence import Evidence
from .occluded_legs import leg_scores, settle_hidden_legs

_MEASURED_M: Final = {
    "shoulder": (0.063, 0.072),
    "elbow": (0.057, 0.088),
    "wrist": (0.059, 0.128),
    "hip": (0.018, 0.016),
    "knee": (0.059, 0.101),
    "ankle": (0.069, 0.147),
    "nose": (0.053, 0.107),
    "ear": (0.045, 0.114),
    "heel": (0.077, 0.158),
    "foot_index": (0.084, 0.167),
}
"""Root-relative error of the averaged networks across and along the view, one standard deviation,
on rendered people (``python -m limn.tools.lifter errors``). Their scores tell how well a joint is
seen in the picture and nothing about this."""
_ON_FILM: Final = (0.74, 0.87)
"""Networks learnt from film and err less on it: the limbs' mean is 40 and 80 mm."""
_NETWORKS_SIGMA_M: Final = np.array(
    [_MEASURED_M[part_of(name)] for name in points.POINTS]
) * np.array(_ON_FILM)
_LEAST_SIGMA_M: Final = 0.02
"""Metres below which no expected error of the lifter is believed; by hand."""


def fuse_lifted(evidence: Evidence, lifter: Lifter) -> Evidence:
    """``evidence`` with the mean of both sources as its 3D, weighed by their variances; of
    networks without 3D, the lifter's alone.

    The lifter is not shown the networks' 3D: it would repeat their errors in depth, and the mean
    would count them twice.
    """
    lifted = lifter.lift(_view(evidence))
    fused = _mean(evidence, lifted) if evidence.shows_3d else lifted.xyz_m
    settled = settle_hidden_legs(fused, leg_scores(evidence.score), evidence.fps)
    return replace(evidence, xyz_m=settled)


def _view(evidence: Evidence) -> LifterInput:
    """What the lifter is shown. Keypoints without 3D go where it learnt to expect a detector's:
    taken for BlazePose's they cost 50 mm, as the two put their joints in different places."""
    told = evidence.shows_3d
    limbs = slice(0, points.LIMBS)
    return LifterInput(
        xy=evidence.xy,
        score=evidence.score if told else np.zeros_like(evidence.score),
        detected_xy=evidence.detected_xy if told else evidence.xy[:, limbs],
        detected_score=evidence.detected_score if told else evidence.score[:, limbs],
        xyz_m=evidence.xyz_m,
        fps=evidence.fps,
        seen=evidence.seen,
        shows_3d=False,
        cut=evidence.cut,
    )


def _mean(evidence: Evidence, lifted: Lifted) -> F64:
    """(t, 19, 3) about the hips; across and along each point's ray have weights of their own."""
    own, theirs = about_hips(evidence.xyz_m), about_hips(lifted.xyz_m)
    ray = normalize(np.concatenate([evidence.xy, np.ones_like(evidence.xy[..., :1])], axis=-1))
    change = theirs - own
    along = (change * ray).sum(-1, keepdims=True) * ray
    sigma = np.maximum(lifted.sigma_view_m, _LEAST_SIGMA_M)
    networks = evidence.sigma_3d * _NETWORKS_SIGMA_M
    if evidence.cut is not None:
        networks = networks * (1 + (NETWORKS_SIGMA - 1) * evidence.cut)[:, None, None]
    share_across = _share(sigma[..., :1], networks[..., :1])
    share_along = _share(sigma[..., 1:], networks[..., 1:])
    return own + share_across * (change - along) + share_along * along


def _share(sigma: Floats, networks_sigma: Floats) -> Floats:
    """How much of the way from the networks to the lifter the mean lies."""
    return networks_sigma**2 / (networks_sigma**2 + sigma**2)
