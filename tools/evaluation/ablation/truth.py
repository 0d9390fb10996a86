"""Truth put in the place of one kind of evidence: upper bounds, never results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data import solver_points as points
from ....core.data.arrays import F64, Bools
from ....core.evaluation.truth import read_truth
from ....core.geometry.rotations import normalize
from ....core.solving.person import Solved

NAMES: Final = points.POINTS[: points.LIMBS]
_NEAREST: Final = 0.06
_ARMS: Final = ((0, 2, 4), (1, 3, 5))
_LEGS: Final = ((6, 8, 10), (7, 9, 11))
_FEET: Final = {10: (15, 17), 11: (16, 18)}
_TRUNK: Final = (0, 1, 6, 7, 12, 13, 14)


@dataclass(frozen=True, slots=True, eq=False)
class TrueJoints:
    """A clip's truth: ``xyz`` (frames, people, 12, 3) camera metres, NaN where unknown."""

    xyz: F64

    @classmethod
    def read(cls, path: Path) -> TrueJoints:
        """Read a benchmark clip's gt.npz."""
        truth = read_truth(path).joints(NAMES)
        xyz = truth.xyz_camera.copy()
        xyz[~truth.judged] = np.nan
        return cls(xyz)

    def of(self, solved: Solved) -> F64 | None:
        """(t, 12, 3) of the person whom the networks' 2D of ``solved`` lies on, or None."""
        first, t = int(solved.track.frames[0]), len(solved.evidence)
        best, found = _NEAREST, None
        for person in np.moveaxis(self.xyz[first : first + t], 1, 0):
            xyz = np.full((t, points.LIMBS, 3), np.nan)
            xyz[: len(person)] = person
            known = _known(xyz) & solved.evidence.seen
            if known.sum() < 5:
                continue
            there = xyz[known, :, :2] / xyz[known, :, 2:]
            distance = np.abs(there - solved.evidence.xy[known, : points.LIMBS]).mean()
            if distance < best:
                best, found = distance, xyz
        return found


def with_lengths(solved: Solved, xyz: F64) -> Solved:
    """The true limb and girdle lengths, at the size that the solve works at."""
    lengths = solved.lengths.copy()
    known = xyz[_known(xyz)]
    rows = [k for k, bone in enumerate(points.RIGID_BONES) if max(bone) < points.LIMBS]
    for k in rows:
        a, b = points.RIGID_BONES[k]
        lengths[k] = np.median(np.linalg.norm(known[:, b] - known[:, a], axis=-1))
    limbs = slice(0, len(points.LIMB_BONES))
    scale = np.exp(np.mean(np.log(solved.lengths[limbs] / lengths[limbs])))
    lengths[rows] *= scale
    return replace(solved, lengths=lengths)


def with_picture(solved: Solved, xyz: F64) -> Solved:
    """The true 2D of the limbs, seen by everybody."""
    evidence = solved.evidence
    known = _known(xyz)
    xy, score = evidence.xy.copy(), evidence.score.copy()
    xy[known, : points.LIMBS] = xyz[known][..., :2] / xyz[known][..., 2:]
    score[known, : points.LIMBS] = 1.0
    return replace(solved, evidence=replace(evidence, xy=xy, score=score))


def with_trunk(solved: Solved, xyz: F64) -> Solved:
    """The trunk turned the true way; limbs keep the directions that the networks told."""
    own, known = solved.evidence.xyz_m, _known(xyz)
    turn = _trunk_axes(xyz[known]) @ _trunk_axes(own[known]).transpose(0, 2, 1)
    hips = own[known][:, [6, 7]].mean(1, keepdims=True)
    turned = np.einsum("tab,tpb->tpa", turn, own[known] - hips) + hips
    out = own[known].copy()
    out[:, list(_TRUNK)] = turned[:, list(_TRUNK)]
    for first, *rest in (*_ARMS, *_LEGS):
        further = [*rest, *_FEET.get(rest[-1], ())]
        out[:, further] += (turned[:, first] - own[known][:, first])[:, None]
    return _with_3d(solved, out, known)


def with_limbs(chains: Sequence[tuple[int, ...]]) -> Callable[[Solved, F64], Solved]:
    """True directions of some limbs' bones, at the lengths that the networks told."""

    def put(solved: Solved, xyz: F64) -> Solved:
        own, known = solved.evidence.xyz_m, _known(xyz)
        out = own[known].copy()
        for chain in chains:
            for a, b in pairwise(chain):
                length = np.linalg.norm(own[known, b] - own[known, a], axis=-1, keepdims=True)
                out[:, b] = out[:, a] + normalize(xyz[known, b] - xyz[known, a]) * length
            for foot in _FEET.get(chain[-1], ()):
                out[:, foot] = out[:, chain[-1]] + own[known, foot] - own[known, chain[-1]]
        return _with_3d(solved, out, known)

    return put


def with_signs(solved: Solved, xyz: F64) -> Solved:
    """Limb bones that point the wrong way along the view are turned over."""
    own, known = solved.evidence.xyz_m, _known(xyz)
    out = own[known].copy()
    for chain in (*_ARMS, *_LEGS):
        for a, b in pairwise(chain):
            bone = own[known, b] - own[known, a]
            wrong = bone[:, 2] * (xyz[known, b, 2] - xyz[known, a, 2]) < 0
            bone[wrong, 2] *= -1
            out[:, b] = out[:, a] + bone
        for foot in _FEET.get(chain[-1], ()):
            out[:, foot] = out[:, chain[-1]] + own[known, foot] - own[known, chain[-1]]
    return _with_3d(solved, out, known)


def chained(*steps: Callable[[Solved, F64], Solved]) -> Callable[[Solved, F64], Solved]:
    """Several kinds of truth at once."""

    def put(solved: Solved, xyz: F64) -> Solved:
        for step in steps:
            solved = step(solved, xyz)
        return solved

    return put


_everything = (with_trunk, with_limbs(_ARMS), with_limbs(_LEGS))

BOUNDS: Final[Mapping[str, Callable[[Solved, F64], Solved]]] = {
    "true bone lengths": with_lengths,
    "true depth signs of the limbs": with_signs,
    "true trunk orientation": with_trunk,
    "true arm directions": with_limbs(_ARMS),
    "true leg directions": with_limbs(_LEGS),
    "true trunk and arms": chained(with_trunk, with_limbs(_ARMS)),
    "true directions of everything": chained(*_everything),
    "true 2D": with_picture,
    "true 2D and lengths": chained(with_picture, with_lengths),
    "all of it": chained(*_everything, with_picture, with_lengths),
}


def _known(xyz: F64) -> Bools:
    """(t,) frames whose truth is whole."""
    return np.all(np.isfinite(xyz), axis=(1, 2))


def _trunk_axes(xyz: F64) -> F64:
    """(t, 3, 3) columns left, up and ahead of the trunk."""
    up = normalize(xyz[:, [0, 1]].mean(1) - xyz[:, [6, 7]].mean(1))
    left = xyz[:, 0] - xyz[:, 1] + xyz[:, 6] - xyz[:, 7]
    left = normalize(left - (left * up).sum(-1, keepdims=True) * up)
    return np.stack([left, up, np.cross(left, up)], axis=-1)


def _with_3d(solved: Solved, xyz: F64, known: Bools) -> Solved:
    out = solved.evidence.xyz_m.copy()
    out[known] = xyz
    return replace(solved, evidence=replace(solved.evidence, xyz_m=out))
