"""Linear blend skinning of a mesh on the 55-joint skeleton, one frame at a time."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, I32, Floats, check_shape
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS, joint

_JOINTS: Final = len(SMPLX_55)
_CHUNK: Final = 512  # vertices of a run; by hand


def _levels() -> tuple[tuple[I32, I32], ...]:
    depth = [0] * _JOINTS
    for child, parent in enumerate(SMPLX_PARENTS[1:], start=1):
        depth[child] = depth[parent] + 1
    children = [np.nonzero(np.array(depth) == level)[0] for level in range(1, max(depth) + 1)]
    return tuple((c.astype(np.int32), np.array(SMPLX_PARENTS, np.int32)[c]) for c in children)


_LEVELS: Final = _levels()
"""(children, parents) by depth in the tree: 11 steps instead of 54."""


class Skin:
    """Skin weights laid out for speed: joints first, cut into runs of vertices.

    ``weights`` (v, 55) has a row per vertex, scaled to sum to one. Neighbours in a file share
    joints, so each run needs only a few of the 55.
    """

    def __init__(self, weights: Floats) -> None:
        check_shape("Skin.weights", weights, (None, _JOINTS))
        dense = weights.astype(np.float32)
        self.weights: F32 = dense / dense.sum(axis=1, keepdims=True)
        self._runs: list[tuple[slice, I32, F32]] = []
        for start in range(0, len(dense), _CHUNK):
            rows = slice(start, min(start + _CHUNK, len(dense)))
            joints = np.nonzero(self.weights[rows].any(axis=0))[0].astype(np.int32)
            self._runs.append((rows, joints, np.ascontiguousarray(self.weights[rows, joints].T)))

    def apply(self, rest_xyz: F32, R: Floats, shift: Floats) -> F32:
        """Vertices (v, 3) moved by the blend of ``x -> R_j x + shift_j``, R (55, 3, 3)."""
        affine = np.concatenate([R, shift[:, :, None]], axis=2).reshape(_JOINTS, 12)
        affine = np.ascontiguousarray(affine.T, np.float32)
        # Twelve numbers per vertex, vertices last: every step below is one long vector.
        blend = np.empty((12, len(rest_xyz)), np.float32)
        for rows, joints, shares in self._runs:
            np.matmul(affine[:, joints], shares, out=blend[:, rows])
        x, y, z = np.ascontiguousarray(rest_xyz.T)
        out = np.empty((len(rest_xyz), 3), np.float32)
        for axis in range(3):
            a, b, c, d = blend[4 * axis : 4 * axis + 4]
            a *= x
            b *= y
            c *= z
            a += b
            c += d
            np.add(a, c, out=out[:, axis])
        return out


def without_jaw(skin: Skin) -> Skin:
    """The same skin, of which the head moves what the jaw did: the face's own shapes open it."""
    weights = skin.weights.copy()
    weights[:, joint("head")] += weights[:, joint("jaw")]
    weights[:, joint("jaw")] = 0.0
    return Skin(weights)


def dense_weights(weight_joint: I32, weight: F32) -> F32:
    """Weights (v, 55) from the joints ``weight_joint`` (v, k) and shares ``weight`` (v, k)."""
    check_shape("weight", weight, weight_joint.shape)
    dense = np.zeros((len(weight), _JOINTS), np.float32)
    for joints, shares in zip(weight_joint.T, weight.T, strict=True):
        dense[np.arange(len(dense)), joints] += shares
    return dense


def bone_transforms(
    rest_joints: Floats, R_parent_joint: Floats, root_xyz: Floats
) -> tuple[Floats, Floats]:
    """Per joint the map x -> R x + shift from the zero pose to the posed frame.

    ``rest_joints`` (55, 3), ``R_parent_joint`` (55, 3, 3) whose joint 0 takes the body frame to the
    frame of ``root_xyz`` (3,). Returns R (55, 3, 3) and shift (55, 3).
    """
    R = R_parent_joint.copy()
    xyz = np.empty_like(rest_joints)
    xyz[0] = root_xyz
    for children, parents in _LEVELS:
        bones = rest_joints[children] - rest_joints[parents]
        xyz[children] = xyz[parents] + (R[parents] @ bones[:, :, None])[..., 0]
        R[children] = R[parents] @ R[children]
    return R, xyz - (R @ rest_joints[:, :, None])[..., 0]
