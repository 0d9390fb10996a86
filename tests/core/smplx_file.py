"""A licence-free file in the SMPL-X layout: the free body's mesh with made-up directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from limn.core.bodies.body_file import load_free_body
from limn.core.bodies.skinning import dense_weights
from limn.core.data.skeletons import SMPLX_PARENTS


def smplx_arrays(
    betas: int = 300, expressions: int = 100, with_pose: bool = True, joints_off_m: float = 0.0
) -> dict[str, Any]:
    """Arrays as SMPLX_NEUTRAL.npz has them; directions are smooth in space, hence body-like.

    ``joints_off_m`` is how far its joints lie from the free body's, as another skeleton's do.
    """
    rng = np.random.default_rng(5)
    body = load_free_body()
    off = np.random.default_rng(8).normal(0, joints_off_m / 3**0.5, body.joints.shape)
    xyz = body.xyz.astype(np.float64) - [0, 0.35, 0]
    count = betas + expressions
    waves = rng.normal(0, 3, (count, 3))
    phase = np.sin(xyz @ waves.T + rng.uniform(0, 6, count))
    shapedirs = phase[:, None, :] * rng.normal(0, 0.004, (3, count))
    regressor = np.zeros((55, len(xyz)))
    for j, joint in enumerate(body.joints + off - [0, 0.35, 0]):
        near = np.argsort(np.linalg.norm(xyz - joint, axis=1))[:48]
        # The least change of equal shares that gives the joint and sums to one.
        A = np.vstack([xyz[near].T, np.ones(48)])
        regressor[j, near] = 1 / 48 + np.linalg.pinv(A) @ ([*joint, 1] - A @ np.full(48, 1 / 48))
    pose = rng.normal(0, 0.002, (3, 486)) * np.sin(xyz @ rng.normal(0, 3, (3, 486)))[:, None]
    parents = np.array(SMPLX_PARENTS, np.int64)
    parents[0] = 2**32 - 1
    arrays = {
        "v_template": xyz,
        "f": np.concatenate([body.quads[:, [0, 1, 2]], body.quads[:, [0, 2, 3]]]).astype(np.uint32),
        "shapedirs": shapedirs,
        "posedirs": pose if with_pose else np.zeros_like(pose),
        "J_regressor": regressor,
        "weights": dense_weights(body.weight_joint, body.weight),
        "kintree_table": np.stack([parents, np.arange(55)]).astype(np.uint32),
        "hands_meanl": np.zeros(45),
        "hands_meanr": np.zeros(45),
        "hands_componentsl": np.eye(45),
        "hands_componentsr": np.eye(45),
        "lmk_faces_idx": np.zeros(51, np.int64),
        "lmk_bary_coords": np.tile([1.0, 0, 0], (51, 1)),
        "joint2num": np.array({"Pelvis": 0}, dtype=object),
    }
    return {
        name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()
    }


def write_smplx(folder: Path, arrays: dict[str, Any], name: str = "SMPLX_NEUTRAL.npz") -> Path:
    path = folder / name
    np.savez(path, **arrays)
    return path
