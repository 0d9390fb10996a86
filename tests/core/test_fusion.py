"""The lifter's and the networks' 3D are joined by how far each is off, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.lifting.lifter import Lifted, LifterInput
from limn.core.solving.evidence.evidence import Evidence
from limn.core.solving.evidence.lifter_fusion import fuse_lifted

T, P = 40, points.COUNT
FAR_M = 6.0


def body() -> np.ndarray:
    """(T, 19, 3) a standing shape from between the hips, long limbs along the picture."""
    rng = np.random.default_rng(5)
    xyz = np.repeat(rng.normal(0, 0.3, (1, P, 3)), T, axis=0)
    xyz[:, 6], xyz[:, 7] = (0.1, 0, 0), (-0.1, 0, 0)
    return xyz


def evidence(xyz: np.ndarray) -> Evidence:
    place = xyz + np.array([0.0, 0.0, FAR_M])
    xy = place[..., :2] / place[..., 2:]
    return Evidence(
        xyz_m=xyz + np.array([0.3, 0.1, 2.0]),
        xy=xy,
        score=np.ones((T, P)),
        radius=np.full(T, 0.2),
        detected_xy=xy[:, : points.LIMBS],
        detected_score=np.ones((T, points.LIMBS)),
        hands=np.zeros((T, 2, 2, 3)),
        hand_score=np.zeros((T, 2)),
        seen=np.ones(T, bool),
        fps=30.0,
    )


@dataclass
class Says:
    """A lifter that answers ``xyz`` and is so sure of it."""

    xyz: np.ndarray
    sigma_m: float

    def lift(self, view: LifterInput) -> Lifted:
        sigma = np.full((T, P), self.sigma_m)
        return Lifted(
            xyz_m=self.xyz,
            sigma_m=sigma,
            sigma_view_m=np.stack([sigma, sigma], axis=-1),
            contact=np.zeros((T, 4)),
            log_depth=np.zeros(T),
        )


def moved(direction: np.ndarray, by: float) -> np.ndarray:
    """The body with every point but the hips moved."""
    xyz = body()
    xyz[:, [i for i in range(P) if i not in (6, 7)]] += by * direction
    return xyz


def share(direction: np.ndarray, sigma_m: float) -> np.ndarray:
    """(19,) how much of the way to the lifter's the joined body lies, along ``direction``."""
    fused = fuse_lifted(evidence(body()), Says(moved(direction, 0.1), sigma_m)).xyz_m
    return ((fused - fused[:, 6:8].mean(1, keepdims=True) - body()) @ direction).mean(0) / 0.1


def of(part: str) -> list[int]:
    return [i for i, name in enumerate(points.POINTS) if name.endswith(part)]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_who_is_sure_is_believed(axis: int) -> None:
    direction = np.eye(3)[axis]
    rest = [i for i in range(P) if i not in (6, 7)]
    never, ever = share(direction, 5.0)[rest], share(direction, 1e-4)[rest]
    assert np.abs(never).max() < 0.01
    # Nobody is believed to two centimetres.
    assert ever.min() > 0.65
    between = share(direction, 0.05)[rest]
    assert np.all((between > never) & (between < ever))


def test_the_lifter_has_most_say_where_networks_err_most() -> None:
    along, across = share(np.array([0.0, 0, 1]), 0.05), share(np.array([1.0, 0, 0]), 0.05)
    for part in ("shoulder", "elbow", "wrist", "knee", "ankle"):
        assert np.all(along[of(part)] > across[of(part)] + 0.02), "depth is what networks can't see"
    order = [along[of(part)].mean() for part in ("shoulder", "elbow", "wrist")]
    assert order[0] + 0.05 < order[1] < order[2] - 0.05, "an arm's error grows outwards"
    assert along[of("knee")].mean() + 0.05 < along[of("ankle")].mean()


def test_two_that_agree_are_left_alone() -> None:
    fused = fuse_lifted(evidence(body()), Says(body(), 0.05)).xyz_m
    assert np.allclose(fused - fused[:, 6:8].mean(1, keepdims=True), body(), atol=1e-9)
