"""The terms of the track solve, each added to the normal equations of a window of frames.

State: 19 points in camera space, t frames. Every term is quadratic around the present guess;
robust weights are refreshed each iteration (iteratively reweighted least squares).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ..evidence.cut_bodies import picture_worth
from ..evidence.evidence import Evidence
from ..evidence.other_views import OtherView

_N: Final = 3 * points.COUNT
_GEMAN_MCCLURE: Final = 3.0
"""The scale of the robust kernel: residuals beyond three sigma lose their say (Geman and McClure,
Bayesian image analysis, 1985)."""
_NEAREST_M: Final = 0.3
"""Metres before the lens that a point's weight never goes below; by hand."""
_SHORTEST_M: Final = 0.05
"""Metres of the shortest bone whose direction is weighed as such; by hand."""
_SHARED_DIRECTION: Final = 1.4
"""Where several cameras see somebody, what each says of directions counts for less: their errors
are alike; by hand."""
_STEP_DOWN_M: Final = 0.3
"""Metres under the floor at which a sole has lost most of its pull; by hand."""


@dataclass(frozen=True, slots=True)
class Sigmas:
    """How far each kind of evidence is trusted; tuned once over all clips, never per clip.

    ``picture``: of a landmark, as a share of the body's radius; ``direction_xy`` and
    ``direction_z``: of a bone's direction across and along the view, radians; ``length``: of a limb
    bone, metres;
    ``trunk``: of the trunk's diagonals, metres; ``acceleration``: of any point, m/s^2;
    ``depth_acceleration``: of the hips along the view; ``foot_speed``: while planted, m/s;
    ``floor``: of a planted sole's height, metres.
    """

    picture: float = 0.024
    direction_xy: float = 0.20
    direction_z: float = 0.28
    length: float = 0.004
    trunk: float = 0.015
    acceleration: float = 18.0
    depth_acceleration: float = 4.0
    foot_speed: float = 0.04
    floor: float = 0.03


_POINT_WEIGHT: Final = np.array([1.0] * points.LIMBS + [0.5] * 3 + [1.0] * 4)


class Normal:
    """Normal equations of a window: ``H`` (t, n, n) diagonal blocks and ``g`` (t, n)."""

    def __init__(self, t: int) -> None:
        self.H: F64 = np.zeros((t, _N, _N))
        self.g: F64 = np.zeros((t, _N))
        index = np.arange(_N)
        self.H[:, index, index] = 1e-6

    def add_picture(self, X: Floats, evidence: Evidence, sigma: float) -> None:
        """Each point lies on its ray: x - u z = 0 and y - v z = 0, weighted by depth and score."""
        if evidence.axes is not None and evidence.origin is not None:
            self._add_carried_picture(X, evidence, evidence.axes, evidence.origin, sigma)
            return
        z = np.maximum(X[..., 2], _NEAREST_M)
        scale = 1 / (z * (sigma * evidence.radius)[:, None])
        r2 = (((X[..., :2] - evidence.xy * X[..., 2:]) * scale[..., None]) ** 2).sum(-1)
        w = _picture_weight(evidence) * _geman_mcclure(r2) * scale**2
        iz = 3 * np.arange(points.COUNT) + 2
        for axis in (0, 1):
            i = iz - 2 + axis
            u = evidence.xy[..., axis]
            self.H[:, i, i] += w
            self.H[:, i, iz] -= w * u
            self.H[:, iz, i] -= w * u
            self.H[:, iz, iz] += w * u * u
        for other in evidence.others:
            self._add_other_picture(X, other, sigma)

    def _add_carried_picture(
        self, X: Floats, evidence: Evidence, axes: Floats, origin: Floats, sigma: float
    ) -> None:
        """The same in the axes of each frame's camera, whose rays start at ``origin``."""
        seen = np.einsum("tba,tpb->tpa", axes, X - origin[:, None])
        z = np.maximum(seen[..., 2], _NEAREST_M)
        scale = 1 / (z * (sigma * evidence.radius)[:, None])
        off = seen[..., :2] - evidence.xy * seen[..., 2:]
        r2 = ((off * scale[..., None]) ** 2).sum(-1)
        w = _picture_weight(evidence) * _geman_mcclure(r2) * scale**2
        for axis in (0, 1):
            row = axes[:, None, :, axis] - evidence.xy[..., axis, None] * axes[:, None, :, 2]
            block = w[..., None, None] * row[..., None] * row[..., None, :]
            from_origin = np.einsum("tpab,tb->tpa", block, origin)
            for p in range(points.COUNT):
                i = slice(3 * p, 3 * p + 3)
                self.H[:, i, i] += block[:, p]
                self.g[:, i] += from_origin[:, p]

    def add_directions(
        self, X: Floats, evidence: Evidence, lengths: dict[points.Bone, float], sigmas: Sigmas
    ) -> None:
        """Bones point where the networks' 3D points, at this person's lengths."""
        sigma = np.array([sigmas.direction_xy, sigmas.direction_xy, sigmas.direction_z])
        if evidence.shared is not None:
            sigma = sigma * (1 + (_SHARED_DIRECTION - 1) * evidence.shared[:, None])
        sure = np.clip(evidence.weight, 0.1, 1.0) * evidence.seen[:, None]
        for a, b in points.DIRECTED_BONES:
            bone = evidence.xyz_m[:, b] - evidence.xyz_m[:, a]
            if evidence.axes is not None:
                bone = np.einsum("tab,tb->ta", evidence.axes, bone)
            norm = np.linalg.norm(bone, axis=-1, keepdims=True)
            length = lengths.get((a, b))
            target = bone if length is None else bone / np.maximum(norm, 1e-6) * length
            reach = np.maximum(norm if length is None else length, _SHORTEST_M)
            off = X[:, b] - X[:, a] - target
            if evidence.axes is not None:
                off = np.einsum("tba,tb->ta", evidence.axes, off)
            r2 = ((off / (reach * sigma)) ** 2).sum(-1)
            w = _geman_mcclure(r2) * np.minimum(sure[:, a], sure[:, b])
            if evidence.axes is None:
                self._add_difference(a, b, w[:, None] / (reach * sigma) ** 2, target)
            else:
                along = evidence.axes * (np.sqrt(w)[:, None] / (reach * sigma))[:, None]
                self._add_slanting(a, b, along @ np.swapaxes(along, 1, 2), target)
        for other in evidence.others:
            self._add_other_directions(X, other, lengths, sigmas)

    def add_placed(self, X: Floats, placed: Floats, score: Floats, sigma: float) -> None:
        """Points lie where they are known to, ``placed`` (t, p, 3), by ``score`` (t, p)."""
        r2 = ((X - placed) ** 2).sum(-1) / sigma**2
        w = np.repeat(score * _geman_mcclure(r2) / sigma**2, 3, axis=1)
        index = np.arange(_N)
        self.H[:, index, index] += w
        self.g += w * placed.reshape(w.shape)

    def add_lengths(
        self,
        X: Floats,
        lengths: dict[points.Bone, float],
        trunk: dict[points.Bone, float],
        sigmas: Sigmas,
    ) -> None:
        """Rigid bones keep their length; the ``trunk``'s diagonals stay near theirs."""
        girdle, limbs = set(points.GIRDLE_BONES), set(points.LIMB_BONES)
        for (a, b), length in lengths.items():
            loose = 1 if (a, b) in limbs else 4 if (a, b) in girdle else 2
            self._add_length(X, a, b, length, sigmas.length * loose)
        for (a, b), length in trunk.items():
            self._add_length(X, a, b, length, sigmas.trunk)

    def add_floor(self, weight: Floats, normal: Floats, height: Floats, sigma: float) -> None:
        """Planted soles lie ``height`` (t, p) along ``normal`` (3,), by ``weight`` (t, p)."""
        outer = np.outer(normal, normal) / sigma**2
        for p in np.flatnonzero(weight.any(0)):
            i = slice(3 * p, 3 * p + 3)
            self.H[:, i, i] += weight[:, p, None, None] * outer
            self.g[:, i] += (weight[:, p] * height[:, p])[:, None] * normal / sigma**2

    def keep_above_floor(self, X: Floats, normal: Floats, height: Floats, sigma: float) -> None:
        """Heels and toes that sank below ``height`` (t, p) along ``normal`` (3,) come up to it.

        One-sided, and robust: who steps down from something lower than the floor may.
        """
        soles = [point for foot in points.FEET for point in foot[1:]]
        below = np.maximum(height[:, soles] - X[:, soles] @ normal, 0.0)
        weight = np.zeros(height.shape)
        weight[:, soles] = (below > 0) / (1 + (below / _STEP_DOWN_M) ** 2) ** 2
        self.add_floor(weight, normal, height, sigma)

    def _add_other_picture(self, X: Floats, other: OtherView, sigma: float) -> None:
        """``add_picture`` for another camera: (R_0 - u R_2) . X + t_0 - u t_2 = 0, likewise v."""
        Y = other.seen(X)
        z = np.maximum(Y[..., 2], _NEAREST_M)
        scale = 1 / (z * (sigma * other.radius)[:, None])
        r2 = (((Y[..., :2] - other.xy * Y[..., 2:]) * scale[..., None]) ** 2).sum(-1)
        w = other.weight * _POINT_WEIGHT * _geman_mcclure(r2) * scale**2
        every = np.arange(points.COUNT)
        blocks = self.H.reshape(len(X), points.COUNT, 3, points.COUNT, 3)
        for axis in (0, 1):
            row = other.R[:, None, axis] - other.xy[..., axis, None] * other.R[:, None, 2]
            weighed = w[..., None] * row
            outer = weighed[..., :, None] * row[..., None, :]
            blocks[:, every, :, every] += outer.swapaxes(0, 1)
            away = other.t[:, axis, None] - other.xy[..., axis] * other.t[:, 2, None]
            self.g -= (weighed * away[..., None]).reshape(self.g.shape)

    def _add_other_directions(
        self, X: Floats, other: OtherView, lengths: dict[points.Bone, float], sigmas: Sigmas
    ) -> None:
        """``add_directions`` for another camera, about its axes."""
        across, along = sigmas.direction_xy, sigmas.direction_z
        sigma = _SHARED_DIRECTION * np.array([across, across, along])
        to_own = np.swapaxes(other.R, 1, 2)
        inverse = to_own @ np.diag(sigma**-2.0) @ other.R
        for a, b in points.DIRECTED_BONES:
            target, reach = _told(other.xyz_m, a, b, lengths)
            bone = np.einsum("nab,nb->na", other.R, X[:, b] - X[:, a])
            off = (bone - target) / (reach * sigma)
            sure = np.minimum(other.weight[:, a], other.weight[:, b])
            w = _geman_mcclure((off**2).sum(-1)) * sure / np.square(reach).reshape(-1)
            M = w[:, None, None] * inverse
            pull = np.einsum("tij,tj->ti", M, np.einsum("nba,nb->na", other.R, target))
            ia, ib = slice(3 * a, 3 * a + 3), slice(3 * b, 3 * b + 3)
            self.H[:, ia, ia] += M
            self.H[:, ib, ib] += M
            self.H[:, ia, ib] -= M
            self.H[:, ib, ia] -= M
            self.g[:, ia] -= pull
            self.g[:, ib] += pull

    def _add_difference(self, a: int, b: int, w: Floats, target: Floats) -> None:
        ia, ib = 3 * a + np.arange(3), 3 * b + np.arange(3)
        self.H[:, ia, ia] += w
        self.H[:, ib, ib] += w
        self.H[:, ia, ib] -= w
        self.H[:, ib, ia] -= w
        self.g[:, ia] -= w * target
        self.g[:, ib] += w * target

    def _add_slanting(self, a: int, b: int, W: Floats, target: Floats) -> None:
        """As ``_add_difference`` with weights ``W`` (t, 3, 3) that couple the axes."""
        ia, ib = slice(3 * a, 3 * a + 3), slice(3 * b, 3 * b + 3)
        self.H[:, ia, ia] += W
        self.H[:, ib, ib] += W
        self.H[:, ia, ib] -= W
        self.H[:, ib, ia] -= W
        pull = np.einsum("tab,tb->ta", W, target)
        self.g[:, ia] -= pull
        self.g[:, ib] += pull

    def _add_length(self, X: Floats, a: int, b: int, length: float, sigma: float) -> None:
        bone = X[:, b] - X[:, a]
        unit = bone / np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-6)
        E = unit[:, :, None] * unit[:, None, :] / sigma**2
        ia, ib = slice(3 * a, 3 * a + 3), slice(3 * b, 3 * b + 3)
        self.H[:, ia, ia] += E
        self.H[:, ib, ib] += E
        self.H[:, ia, ib] -= E
        self.H[:, ib, ia] -= E
        pull = unit * (length / sigma**2)
        self.g[:, ib] += pull
        self.g[:, ia] -= pull


def _told(
    xyz_m: Floats, a: int, b: int, lengths: dict[points.Bone, float]
) -> tuple[Floats, Floats]:
    """The vector (t, 3) that a bone's networks tell, as long as the bone is where that is known,
    and the length that its direction is weighed by."""
    bone = xyz_m[:, b] - xyz_m[:, a]
    norm = np.linalg.norm(bone, axis=-1, keepdims=True)
    length = lengths.get((a, b))
    target = bone if length is None else bone / np.maximum(norm, 1e-6) * length
    return target, np.maximum(norm if length is None else length, _SHORTEST_M)


def _picture_weight(evidence: Evidence) -> Floats:
    """What each point's pixels count, (t, p)."""
    return evidence.weight * _POINT_WEIGHT * picture_worth(evidence)


def _geman_mcclure(r2: Floats) -> Floats:
    return (_GEMAN_MCCLURE**2 / (_GEMAN_MCCLURE**2 + r2)) ** 2
