"""What the solve would find of a posed body, for tests that pose it again."""

from __future__ import annotations

import numpy as np
from limn.core.data import solver_points as points
from limn.core.data.skeletons import joint

LIMBS = [joint(name) for name in points.POINTS[: points.LIMBS]]
"""The joints that are the solver's limb points."""


def solved_points(xyz: np.ndarray) -> np.ndarray:
    """(t, 19, 3): limbs from the joints, head and feet where a body has them."""
    X = np.zeros((len(xyz), points.COUNT, 3))
    X[:, : points.LIMBS] = xyz[:, LIMBS]
    ahead = np.cross(xyz[:, 1] - xyz[:, 2], xyz[:, 12] - xyz[:, 0])
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    X[:, 12] = xyz[:, 15] + 0.1 * ahead
    X[:, 13] = xyz[:, 15] + [0.07, 0, 0]
    X[:, 14] = xyz[:, 15] - [0.07, 0, 0]
    for side, (_, heel, toe) in enumerate(points.FEET):
        ankle = xyz[:, joint(("left_ankle", "right_ankle")[side])]
        X[:, heel] = ankle - 0.05 * ahead - [0, 0, 0.07]
        X[:, toe] = ankle + 0.14 * ahead - [0, 0, 0.07]
    return X
