"""A face's shapes as expressions of a user's own SMPL-X model.

The model's file tells where iBUG's inner 51 landmarks lie on its mesh (``lmk_faces_idx``,
``lmk_bary_coords``); how they move with each shape was measured on the faces that the face reader
was taught on. ``jawOpen`` is left to the jaw's joint, which ``Person`` turns with it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats, check_shape
from ..data.errors import ModelError
from ..data.faces.shapes import FACE_SHAPES, shape
from ..data.reading import open_npz, refusing
from .smplx_model import LANDMARKS, SmplxModel

FACE_MOVES: Final = Path(__file__).parents[2] / "assets" / "face" / "face_moves.npz"
EXPRESSIONS: Final = 10  # told at most, as most tools use
_SIGMA_M: Final = 0.002
"""How near a landmark is asked to come before expressions leave their prior, N(0, 1)."""
_BODY_FROM_HEAD: Final = np.array([1.0, -1.0, -1.0])
"""Moves have a head's axes, x left, y down, z back; a model at rest x left, y up, z forward."""


def expressions_of(model: SmplxModel, weights: Floats) -> F32:
    """Expressions (t, e) of a face's ``weights`` (t, 52); e is 0 where the model's file doesn't
    tell its landmarks. Raises ModelError when Limn's own file is damaged."""
    check_shape("weights", weights, (None, len(FACE_SHAPES)))
    count = min(EXPRESSIONS, model.expression_count)
    if model.landmark_vertices is None or model.landmark_shares is None or not count:
        return np.zeros((len(weights), 0), np.float32)
    first = model.beta_count
    directions = model.directions[first : first + count].reshape(count, -1, 3).astype(np.float64)
    at = directions[:, model.landmark_vertices]
    shares = model.landmark_shares.astype(np.float64)
    told: F64 = np.einsum("elkc,lk->elc", at, shares).reshape(count, -1)
    wanted = load_moves() * _BODY_FROM_HEAD
    wanted[shape("jawOpen")] = 0.0
    normal = told @ told.T / _SIGMA_M**2 + np.eye(count)
    asked = np.asarray(told @ wanted.reshape(len(FACE_SHAPES), -1).T, np.float64) / _SIGMA_M**2
    E = np.asarray(np.linalg.solve(np.asarray(normal, np.float64), asked), np.float64)
    return (np.asarray(weights, np.float64) @ E.T).astype(np.float32)


@lru_cache(maxsize=1)
def _read_moves(path: Path) -> F64:
    if not path.is_file():
        raise ModelError(f"The file {path} is missing; install Limn again.")
    is_not = "not Limn's; install Limn again"
    with refusing(path, "the file", is_not, ModelError), open_npz(path) as archive:
        moves = archive.read_as("moves", "f").astype(np.float64)
        check_shape("moves", moves, (len(FACE_SHAPES), LANDMARKS, 3))
        return moves


def load_moves(path: Path = FACE_MOVES) -> F64:
    """How landmarks move in a head's axes with each shape at 1, (52, 51, 3) metres of an adult.

    Raises ModelError for any file but Limn's own.
    """
    return _read_moves(Path(path)).copy()
