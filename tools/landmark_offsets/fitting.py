"""The tables of ``core/together/landmarks/tables.py``, from people seen from eight sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import F64, Bools, Floats, check_fields, of_shape
from ...core.solving.track.bone_lengths import bone_lengths, stature
from ...core.together.landmarks.body_axes import MIRRORED, PARTS, body_axes, trunk_axes
from ...core.together.landmarks.seen_from import (
    HEIGHT_M,
    directions,
    offset_terms,
    spread_terms,
)

_KERNEL_M: Final = 0.05
"""Residuals beyond this lose their say (Geman and McClure); by hand."""
_RIDGE: Final = 20.0
"""Pictures' worth of prior that nothing depends on the direction; by hand."""
_ROUNDS: Final = 5
_LEAST_M: Final = 0.006
"""Metres added to every residual, so that a lucky one doesn't rule; by hand."""
_LEAST_OFF_MM: Final = 15.0
"""Offsets below this aren't used; by hand."""
_MEANT: Final = 1
"""Landmarks behind a thing or outside the picture are guesses: only these reasons count."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """n pictures of people: ``xy`` (n, 19, 2) x/z and y/z of landmarks with their ``score``
    (n, 19), the true joints ``xyz`` (n, 19, 3) in camera axes, metres, and why they can't be seen,
    ``hidden`` (n, 19) as in ``Pair``."""

    xy: F64 = field(metadata=of_shape("n", points.COUNT, 2))
    score: F64 = field(metadata=of_shape("n", points.COUNT))
    xyz: F64 = field(metadata=of_shape("n", points.COUNT, 3))
    hidden: F64 = field(metadata=of_shape("n", points.COUNT))

    def __post_init__(self) -> None:
        check_fields(self)


def fit_offsets(seen: Seen) -> dict[str, F64]:
    """Per part (3, 4) millimetres of a body of ``HEIGHT_M``: where its landmark lies off the joint,
    left, up and forward in the part's axes, by ``offset_terms``; mirrored for the right side."""
    off, across = _off(seen), _across(seen.xyz)
    axes = body_axes(seen.xyz)
    terms = offset_terms(directions(seen.xyz, axes))
    mirror = np.stack([MIRRORED, np.ones(points.COUNT), np.ones(points.COUNT)], axis=-1)
    shown = np.einsum("tpka,tpba->tpkb", across, axes) * mirror[:, None]
    out: dict[str, F64] = {}
    for part in dict.fromkeys(PARTS):
        at = _ways(part)
        A = np.concatenate(
            [
                np.einsum(
                    "tkb,tf->tkbf", shown[:, j] * [side, 1, 1], terms[:, j] * [1, side, 1, 1]
                ).reshape(-1, 2, 12)
                for j, side in at
            ]
        )
        b = np.concatenate([off[:, j] for j, _ in at])
        w = np.concatenate([_weight(seen)[:, j] for j, _ in at])
        out[part] = 1000 * _solved(A, b, w).reshape(3, 4)
    return out


def far_off(offsets: dict[str, F64]) -> dict[str, F64]:
    """Those that lie far enough off: limbs' own axes are known no better than the others' offsets
    are large."""
    return {k: v for k, v in offsets.items() if np.linalg.norm(v[:, 0]) > _LEAST_OFF_MM}


def trunk_shares(own: dict[str, F64], others: dict[str, F64]) -> dict[str, float]:
    """Of the trunk's offsets ``own``, as ``fit_offsets`` finds them, the share that a network
    taught by other people's labels, ``others``, doesn't have too.

    Where a shoulder or a hip is nobody sees: those who label pictures agree on a place beside it,
    and truths made of labels have it there. Only what two networks don't share is one's own error.
    """
    out: dict[str, float] = {}
    for part in ("shoulder", "hip"):
        off = own[part][:, 0]
        out[part] = float(np.clip((off - others[part][:, 0]) @ off / (off @ off), 0.0, 1.0))
    return out


def fit_spread(seen: Seen, offsets: dict[str, F64]) -> dict[str, F64]:
    """Per part (7,): the logarithm of what is left, millimetres, by ``spread_terms``, without what
    the network's own score tells of it."""
    axes = body_axes(seen.xyz)
    table = np.array([offsets.get(part, np.zeros((3, 4))) for part in PARTS]) / 1000
    mirror = np.stack([MIRRORED, np.ones(points.COUNT), np.ones(points.COUNT)], axis=-1)
    told = np.einsum("pkf,tpf->tpk", table, offset_terms(directions(seen.xyz, axes))) * mirror
    shown = np.einsum("tpka,tpba,tpb->tpk", _across(seen.xyz), axes, told)
    left = np.sqrt(((_off(seen) - shown) ** 2).sum(-1) + _LEAST_M**2)
    score = np.clip(seen.score, 0.05, 1.0)
    logs = np.log(1000 * left * np.sqrt(score))
    trunk = np.repeat(trunk_axes(seen.xyz)[:, None], points.COUNT, axis=1)
    terms, meant = spread_terms(directions(seen.xyz, trunk)), _is_meant(seen)
    out: dict[str, F64] = {}
    for part in dict.fromkeys(PARTS):
        at = _ways(part)
        A = np.concatenate([terms[meant[:, j], j] * [1, side, 1, 1, 1, 1, side] for j, side in at])
        b = np.concatenate([logs[meant[:, j], j] for j, _ in at])
        ridge = np.diag([0.0] + [_RIDGE] * 6)
        out[part] = np.asarray(np.linalg.solve(A.T @ A + ridge, A.T @ b), np.float64)
    return out


def as_source(name: str, table: dict[str, F64], decimals: int) -> str:
    """A table as the module holds it."""
    rows = [f'    "{part}": {_text(values, decimals)},' for part, values in table.items()]
    return "\n".join([f"{name}: Final = {{", *rows, "}"])


def _text(values: Floats, decimals: int) -> str:
    if values.ndim > 1:
        return "(" + ", ".join(_text(row, decimals) for row in values) + ")"
    # Adding nothing makes -0 to 0.
    rounded = (np.round(values, decimals) + 0.0).tolist()
    return "(" + ", ".join(f"{value:.{decimals}f}" for value in rounded) + ")"


def _ways(part: str) -> list[tuple[int, float]]:
    """Which points are of a ``part``, and those of the middle once more in a mirror: bodies know no
    better side."""
    at = [j for j, name in enumerate(PARTS) if name == part]
    return [(j, 1.0) for j in at] + ([(at[0], -1.0)] if len(at) == 1 else [])


def _off(seen: Seen) -> F64:
    """Metres (n, 19, 2) by which landmarks lie beside joints, of a body of ``HEIGHT_M``."""
    size = np.array([stature(bone_lengths(one[None])) for one in seen.xyz]) / HEIGHT_M
    z = seen.xyz[..., 2:]
    away = (seen.xy - seen.xyz[..., :2] / z) * z
    return np.asarray(away / size[:, None, None], np.float64)


def _across(xyz: Floats) -> F64:
    """(n, 19, 2, 3) what a step in camera axes does to a point's place in the picture, times its
    distance."""
    out = np.zeros((*xyz.shape[:2], 2, 3))
    out[..., 0, 0] = out[..., 1, 1] = 1.0
    out[..., 2] = -xyz[..., :2] / xyz[..., 2:]
    return out


def _is_meant(seen: Seen) -> Bools:
    return np.asarray(seen.hidden <= _MEANT)


def _weight(seen: Seen) -> Floats:
    return seen.score * _is_meant(seen)


def _solved(A: Floats, b: Floats, w: Floats) -> F64:
    """Robust least squares of ``A`` (n, 2, k) x = ``b`` (n, 2) with weights ``w`` (n,)."""
    x = np.zeros(A.shape[-1])
    for _ in range(_ROUNDS):
        r2 = ((b - A @ x) ** 2).sum(-1)
        each = np.repeat(w / (1 + r2 / _KERNEL_M**2) ** 2, 2)[:, None]
        flat = A.reshape(-1, A.shape[-1])
        H = (each * flat).T @ flat + _RIDGE * np.eye(A.shape[-1])
        x = np.linalg.solve(H, (each * flat).T @ b.reshape(-1))
    return np.asarray(x, np.float64)
