"""Teaches the face reader on drawn faces: rotations by ridge regression, shapes by a network of one
hidden layer, in numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.faces.mesh import IBUG_68, KEPT, MESH_MIRROR, rows_of
from ...core.data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR
from ...core.data.reading.weights import weights_of
from ...core.data.writing import write_npz
from ...core.faces.collecting import EYE_CORNERS_M
from ...core.faces.features import described, faced, sized, turn_onto
from ...core.faces.reader import FaceReader, turn_features
from ...core.faces.regions import LEFT_CORNER, RIGHT_CORNER
from ...core.geometry.rotations import log_so3
from .drawn import Faces

_SURE: Final = 0.5
_INNER: Final = 17
"""iBUG's points after those of the jaw."""
_TURN_PARTS: Final = 60
_PARTS: Final = 90
_HIDDEN: Final = 128
_RIDGE: Final = 30.0
_ROUNDS: Final = 60
_BATCH: Final = 64
_STEP: Final = 2e-3
_DECAY: Final = 2e-4
_FADE: Final = 0.05
"""Noise on the components while teaching, in their standard deviations."""
_NEUTRALS: Final = (1, 5)
"""From how many faces at rest a person's own one is taken."""
_SIGNAL: Final = 0.5
"""Correlation over held-out faces from which a shape is told."""
HALF: Final = ("basis", "turn_basis", "hidden", "out")
"""What is written in half precision."""
_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """n meshes: ``points`` (n, k, 3) of ``KEPT``, true rotations ``R`` (n, 3, 3) and ``shares``
    (n, 52) of ``FACE_SHAPES``; whose ``head`` (n,) each is."""

    points: F64
    R: F64
    shares: F64
    head: F64

    def mirrored(self) -> Lesson:
        """Both these and all of them in a mirror, as other people."""
        twin = [KEPT.index(MESH_MIRROR[k]) for k in KEPT]
        flip = np.diag(_MIRROR)
        other = replace(
            self,
            points=self.points[:, twin] * _MIRROR,
            R=flip @ self.R @ flip,
            shares=self.shares[:, list(SHAPE_MIRROR)],
            head=-1 - self.head,
        )
        pairs = ((getattr(self, n), getattr(other, n)) for n in Lesson.__slots__)
        return Lesson(*(np.concatenate(pair) for pair in pairs))


def lesson_of(faces: Faces, names: tuple[str, ...]) -> Lesson:
    """The faces that the network is sure of."""
    sure = faces.presence > _SURE
    shares = np.zeros((int(sure.sum()), len(FACE_SHAPES)))
    for column, name in enumerate(names):
        shares[:, FACE_SHAPES.index(name)] = faces.shares[sure, column]
    points = sized(faces.xyz_px[sure][:, list(KEPT)].astype(np.float64))
    return Lesson(
        points,
        faces.R_ray_head[sure].astype(np.float64),
        shares,
        faces.head[sure].astype(np.float64),
    )


def train_reader(
    lesson: Lesson, others: Lesson, seed: int, report: Callable[[str], None]
) -> FaceReader:
    """Teach a reader; ``others`` only tell which shapes have a signal."""
    both = lesson.mirrored()
    template, rigid = _template(both)
    turn_basis, turn = _turns(both, template, rigid)
    parts = {"template": template, "rigid": rigid, "turn_basis": turn_basis, "turn": turn}
    blank = np.ones((1, 1))
    width = described(np.zeros((1, len(KEPT), 3)), np.zeros((len(KEPT), 3)), np.eye(3)[None])
    empty: dict[str, Floats] = {
        "centre": np.zeros(width.shape[1]),
        "spread": np.ones(width.shape[1]),
        "basis": np.zeros((width.shape[1], 1)),
        "hidden": np.vstack([blank, blank]),
        "out": np.zeros((2, len(FACE_SHAPES))),
        "has_signal": np.ones(len(FACE_SHAPES)),
    }
    turner = weights_of(FaceReader, parts | empty)
    rng = np.random.default_rng(seed)
    net = _shapes(both, turner, rng, report)
    reader = weights_of(FaceReader, parts | empty | net)
    told = told_by(reader, others, np.random.default_rng(0))
    corr = np.array([_corr(told[:, k], others.shares[:, k]) for k in range(len(FACE_SHAPES))])
    one = corr > _SIGNAL
    has_signal = (one & one[list(SHAPE_MIRROR)]).astype(np.float64)
    return weights_of(FaceReader, parts | net | {"has_signal": has_signal})


def told_by(reader: FaceReader, lesson: Lesson, rng: np.random.Generator) -> F64:
    """Shapes (n, 52) that a reader tells of a lesson, people at rest known from a few faces."""
    R = reader.rotations(lesson.points)
    faces = reader.faces(lesson.points, R)
    return reader.shapes(faces, _neutrals(lesson, faces, rng), R)


def judge(reader: FaceReader, lesson: Lesson) -> list[str]:
    """Rows about rotations and shapes of a lesson."""
    R = reader.rotations(lesson.points)
    plain = turn_onto(lesson.points, reader.template, reader.rigid)
    rows = []
    for name, found in (("mesh alone", plain), ("bettered", R)):
        off = np.degrees(np.linalg.norm(log_so3(np.swapaxes(found, 1, 2) @ lesson.R), axis=1))
        rows.append(f"head, {name}: {off.mean():.2f} deg mean, {np.median(off):.2f} median")
    told = told_by(reader, lesson, np.random.default_rng(0))
    for k, name in enumerate(FACE_SHAPES):
        truth = lesson.shares[:, k]
        rest = truth == 0
        if truth.std() > 0:
            rows.append(
                f"{name}: corr {_corr(told[:, k], truth):.2f}, "
                f"slope {(told[:, k] * truth).sum() / (truth**2).sum():.2f}, "
                f"at rest {np.abs(told[rest, k]).mean():.3f}, signal {reader.has_signal[k]:.0f}"
            )
    return rows


def _corr(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(np.sqrt((a**2).sum() * (b**2).sum()), 1e-9))


def _template(lesson: Lesson) -> tuple[F64, F64]:
    """The mean face in a head's axes, symmetric, and how little each point moves against it."""
    own = np.einsum("tba,tnb->tna", lesson.R, lesson.points)
    template = own.mean(0)
    off = own - template
    noise = np.sqrt((off**2).sum(2).mean(0))
    return template, np.asarray(1 / noise**2, np.float64)


def _turns(lesson: Lesson, template: Floats, rigid: Floats) -> tuple[F64, F64]:
    """What the mesh's own rotation is off, linear in the main components of the mesh."""
    plain = turn_onto(lesson.points, template, rigid)
    off = log_so3(np.swapaxes(plain, 1, 2) @ lesson.R)
    told = turn_features(lesson.points, plain)
    _, s, rows = np.linalg.svd(told - told.mean(0), full_matrices=False)
    basis = rows[:_TURN_PARTS].T / (s[:_TURN_PARTS] / np.sqrt(len(told)))
    x = np.concatenate([told @ basis, log_so3(plain), np.ones((len(told), 1))], axis=1)
    normal = x.T @ x + _RIDGE * np.eye(x.shape[1])
    told_off = np.linalg.solve(normal, x.T @ off)
    return np.asarray(basis, np.float64), np.asarray(told_off, np.float64)


def _neutrals(lesson: Lesson, faces: F64, rng: np.random.Generator) -> F64:
    """For every face (n, k, 3) its person at rest, as a mean of some of their faces at rest."""
    out = np.empty_like(faces)
    at_rest = lesson.shares.max(1) == 0
    everybody = faces[at_rest].mean(0)
    for head in np.unique(lesson.head):
        own = np.flatnonzero(lesson.head == head)
        rest = own[at_rest[own]]
        for row in own:
            few = rest[rest != row]
            if not len(few):
                out[row] = everybody
                continue
            count = min(int(rng.integers(*_NEUTRALS)), len(few))
            out[row] = faces[rng.choice(few, count, replace=False)].mean(0)
    return out


def _shapes(
    lesson: Lesson,
    turner: FaceReader,
    rng: np.random.Generator,
    report: Callable[[str], None],
) -> dict[str, Floats]:
    """The network from features to shapes, by Adam (Kingma and Ba, 2015) on squared errors."""
    R = turner.rotations(lesson.points)
    faces = faced(lesson.points, R, turner.rigid)
    x = described(faces, _neutrals(lesson, faces, rng), R)
    centre, spread = np.zeros(x.shape[1]), np.sqrt((x**2).mean(0)) + 1e-6
    moved = 3 * len(KEPT)
    spread[:moved] = np.sqrt((x[:, :moved] ** 2).mean())
    z = x / spread
    _, s, rows = np.linalg.svd(z, full_matrices=False)
    basis = rows[:_PARTS].T / (s[:_PARTS] / np.sqrt(len(z)))
    c = basis.shape[1]
    weights = [
        rng.normal(0, 0.5 / np.sqrt(c), (c + 1, _HIDDEN)),
        rng.normal(0, 0.2 / np.sqrt(_HIDDEN), (_HIDDEN + 1, len(FACE_SHAPES))),
    ]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    step = 0
    mean = [w.copy() for w in weights]
    for lap in range(_ROUNDS):
        x = described(faces, _neutrals(lesson, faces, rng), R) if lap % 3 == 0 else x
        told = (x / spread) @ basis
        order = rng.permutation(len(told))
        loss = 0.0
        for k in range(0, len(order) - _BATCH + 1, _BATCH):
            rows_ = order[k : k + _BATCH]
            u = told[rows_] + _FADE * rng.normal(size=(_BATCH, c))
            u = np.concatenate([u, np.ones((_BATCH, 1))], axis=1)
            h = np.tanh(u @ weights[0])
            h1 = np.concatenate([h, np.ones((_BATCH, 1))], axis=1)
            y = h1 @ weights[1]
            truth = lesson.shares[rows_]
            # What would be cut off is no error.
            error = np.where((truth == 0) & (y < 0), 0.1 * y, y - truth)
            loss += float((error**2).mean())
            slope_h = (error @ weights[1][:-1].T) * (1 - h**2)
            slopes = [u.T @ slope_h / _BATCH, h1.T @ error / _BATCH]
            step += 1
            rate = _STEP * 0.5 * (1 + np.cos(np.pi * min(lap / _ROUNDS, 1)))
            for i, slope in enumerate(slopes):
                first[i] = 0.9 * first[i] + 0.1 * slope
                second[i] = 0.999 * second[i] + 0.001 * slope**2
                m, v = first[i] / (1 - 0.9**step), second[i] / (1 - 0.999**step)
                weights[i] -= rate * (m / (np.sqrt(v) + 1e-8) + _DECAY * weights[i])
                mean[i] += 0.005 * (weights[i] - mean[i])
        if lap % 10 == 9:
            report(f"round {lap + 1}: squared error {loss / max(len(order) // _BATCH, 1):.5f}")
    return {
        "centre": centre,
        "spread": spread,
        "basis": basis,
        "hidden": mean[0],
        "out": mean[1],
    }


def moves_of(reader: FaceReader, lesson: Lesson) -> F64:
    """How iBUG's inner 51 points move in a head's axes with each shape at 1, (52, 51, 3) metres of
    an adult; zeros for shapes that meshes don't tell."""
    faces = reader.faces(lesson.points, reader.rotations(lesson.points))
    corners = faces[:, rows_of((RIGHT_CORNER, LEFT_CORNER))]
    unit = EYE_CORNERS_M / np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1).mean()
    inner = faces[:, rows_of(IBUG_68[_INNER:])].reshape(len(faces), -1)
    heads, own = np.unique(lesson.head, return_inverse=True)
    # Everybody's own face at rest, and what all faces have in common on top of it.
    x = np.concatenate([lesson.shares, np.eye(len(heads))[own]], axis=1)
    told = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ inner)[: len(FACE_SHAPES)]
    moves = told.reshape(len(FACE_SHAPES), -1, 3) * unit
    return np.asarray(moves * reader.has_signal[:, None, None], np.float64)


def save_moves(moves: Floats, path: Path) -> None:
    """Write the file that ``core.bodies.smplx_face`` reads."""
    write_npz(path, {"moves": moves.astype(np.float16)})
