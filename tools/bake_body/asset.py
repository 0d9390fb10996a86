"""Writes the baked body as one ``.npz``: numbers and one JSON text, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...core.data.arrays import F64
from ...core.data.skeletons import SMPLX_55, joint
from ...core.data.writing import write_npz
from .correctives import Corrective
from .dress import MATERIALS, Dressed
from .skeleton import MAX_INFLUENCES

_WHOLE = 65535
_SEEN_M = 5e-5


def sparse_units(units: dict[str, F64]) -> dict[str, Any]:
    """Face units (v, 3) each, as the vertices that move and their offsets."""
    moved = {name: np.nonzero(np.abs(xyz).max(axis=1) > _SEEN_M)[0] for name, xyz in units.items()}
    return {
        "unit_count": np.array([len(rows) for rows in moved.values()], np.uint16),
        "unit_vertex": np.concatenate(list(moved.values())).astype(np.uint16),
        "unit_xyz": np.concatenate([units[n][rows] for n, rows in moved.items()]).astype(
            np.float16
        ),
    }


def sparse_correctives(correctives: list[Corrective]) -> dict[str, Any]:
    """Correctives of each joint as the vertices that move and their offsets per feature."""
    return {
        "corrective_joint": np.array([joint(c.name) for c in correctives], np.uint8),
        "corrective_count": np.array([len(c.vertices) for c in correctives], np.uint16),
        "corrective_vertex": np.concatenate([c.vertices for c in correctives]).astype(np.uint16),
        "corrective_xyz": np.concatenate([c.offsets for c in correctives]).astype(np.float16),
    }


def packed_weights(weights: F64) -> dict[str, Any]:
    """The four largest weights per vertex in 1/65535, each row summing to exactly one."""
    index = np.argsort(-weights, axis=1, kind="stable")[:, :MAX_INFLUENCES]
    share = np.round(np.take_along_axis(weights, index, axis=1) * _WHOLE).astype(np.int64)
    share[:, 0] += _WHOLE - share.sum(axis=1)
    return {"weight_joint": index.astype(np.uint8), "weight": share.astype(np.uint16)}


def mesh_arrays(dressed: Dressed, xyz: F64, joints: F64) -> dict[str, Any]:
    """The mesh at rest: positions, joints, quads, texture coordinates and materials."""
    return {
        "xyz": xyz.astype(np.float32),
        "joints": joints.astype(np.float32),
        "quads": dressed.quads.astype(np.uint16),
        "uv": np.round(dressed.uv * _WHOLE).astype(np.uint16),
        "quad_uv": dressed.quad_uv.astype(np.uint16),
        "material": dressed.material.astype(np.uint8),
    }


def save_asset(
    path: Path, arrays: dict[str, Any], sliders: tuple[str, ...], units: tuple[str, ...]
) -> str:
    """Write beside and rename; returns the sha256 of the file."""
    header = {
        "format": "limn-body",
        "version": 1,
        "joints": SMPLX_55,
        "materials": MATERIALS,
        "sliders": sliders,
        "face_units": units,
        "license": "CC0-1.0",
    }
    write_npz(path, {"header": np.array(json.dumps(header)), **arrays})
    return hashlib.sha256(path.read_bytes()).hexdigest()
