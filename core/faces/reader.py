"""Reads shapes and the head's rotation out of face meshes: a small network that Limn was taught.

The file is assets/face/face_reader.npz, made by tools/face; its README is the model card.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats, check_fields, check_finite, of_shape
from ..data.faces.mesh import FACE_SKELETON
from ..data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR
from ..data.reading.weights import load_weights
from ..geometry.rotations import exp_so3, log_so3
from .features import POINTS, described, faced, sized, turn_onto

FACE_READER: Final = Path(__file__).parents[2] / "assets" / "face" / "face_reader.npz"
SHA256: Final = "f9c901e2fdd560e85609e9e7967a8a4712442a00128091646115550773878d32"
"""Of the file that belongs to this version."""
_SHAPES: Final = len(FACE_SHAPES)
TWINS: Final = list(FACE_SKELETON.mirror)
ACROSS: Final = np.array([-1.0, 1.0, 1.0])
MIRROR: Final = np.diag(ACROSS)
"""Left and right of points, of vectors and of rotations."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceReader:
    """The weights; n points, f features, c components, h hidden units.

    * ``template`` (n, 3) is a mean face in a head's axes, ``rigid`` (n,) how little a point moves;
    * the rotation that the mesh tells is bettered by ``turn_basis`` (3 n, c) and ``turn`` (c + 4,
      3);
    * features are scaled, ``centre`` and ``spread`` (f,), brought to ``basis`` (f, c) and read by
      ``hidden`` (c + 1, h) and ``out`` (h + 1, 52), the last rows being offsets;
    * ``has_signal`` (52,) is 1 for the shapes that meshes tell; all others stay at rest.
    """

    template: F32 = field(metadata=of_shape(POINTS, 3))
    rigid: F32 = field(metadata=of_shape(POINTS))
    turn_basis: F32 = field(metadata=of_shape(3 * POINTS, None))
    turn: F32 = field(metadata=of_shape(None, 3))
    centre: F32 = field(metadata=of_shape("f"))
    spread: F32 = field(metadata=of_shape("f"))
    basis: F32 = field(metadata=of_shape("f", None))
    hidden: F32 = field(metadata=of_shape(None, "h"))
    out: F32 = field(metadata=of_shape(None, _SHAPES))
    has_signal: F32 = field(metadata=of_shape(_SHAPES))

    def __post_init__(self) -> None:
        check_fields(self)
        for one in fields(self):
            check_finite(f"FaceReader.{one.name}", getattr(self, one.name))

    def rotations(self, points: Floats) -> F64:
        """Rotations (t, 3, 3) from a head's axes (x to its right, y down, z back) to those of
        ``points`` (t, n, 3): identity looks straight against z."""
        plain = turn_onto(points, self.template, self.rigid)
        # A face and its mirror image are read alike, and their mean errs less than either.
        other = self._bettering(points[:, TWINS] * ACROSS, MIRROR @ plain @ MIRROR)
        off = (self._bettering(points, plain) - other * ACROSS) / 2
        return plain @ exp_so3(off)

    def _bettering(self, points: Floats, plain: Floats) -> F64:
        told = turn_features(points, plain) @ self.turn_basis
        rows = np.concatenate([told, log_so3(plain), np.ones((len(told), 1))], axis=1)
        return rows @ self.turn

    def faces(self, points: Floats, R: Floats) -> F64:
        """Points (t, n, 3) in the head's own axes ``R`` (t, 3, 3), of one size."""
        return faced(points, R, self.rigid)

    def shapes(self, faces: Floats, neutral: Floats, R: Floats) -> F64:
        """Weights (t, 52) in [0, 1] of ``FACE_SHAPES``, of ``faces`` against the person's
        ``neutral`` (n, 3), heads turned by ``R``."""
        neutral = np.broadcast_to(neutral, faces.shape)
        flipped = faces[:, TWINS] * ACROSS, neutral[:, TWINS] * ACROSS, MIRROR @ R @ MIRROR
        other = self._told(*flipped)[:, list(SHAPE_MIRROR)]
        told = (self._told(faces, neutral, R) + other) / 2
        return np.clip(told, 0, 1) * self.has_signal

    def _told(self, faces: Floats, neutral: Floats, R: Floats) -> F64:
        x = (described(faces, neutral, R) - self.centre) / self.spread
        told = np.concatenate([x @ self.basis, np.ones((len(x), 1))], axis=1)
        inner = np.tanh(told @ self.hidden)
        inner = np.concatenate([inner, np.ones((len(x), 1))], axis=1)
        return inner @ self.out


def turn_features(points: Floats, plain: Floats) -> F64:
    """What a mesh (t, n, 3) tells of the error of its rotation ``plain``: (t, 3 n)."""
    own = np.einsum("tba,tnb->tna", plain, sized(points))
    return own.reshape(len(points), -1)


def load_face_reader(path: Path = FACE_READER) -> FaceReader:
    """Read the weights; they are kept in memory. Raises ModelError in one sentence for any other
    file than the one that belongs to this version."""
    return _load(Path(path))


@lru_cache(maxsize=1)
def _load(path: Path) -> FaceReader:
    return load_weights(path, FaceReader, "face reader", SHA256)
