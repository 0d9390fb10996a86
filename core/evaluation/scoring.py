"""Figures of takes side by side: what can be told without the truth, and against a known one.

Definitions and association are those of the project's benchmark (its evaluate.py): twelve joints,
root-relative to the middle of the hips, people matched in each frame by their boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F64, Bools, Floats
from ..data.errors import ClipError
from ..data.skeletons import joint
from ..data.types import Take
from ..geometry.assignment import assign
from ..geometry.camera import distort, project_camera, seen_in
from ..geometry.kinematics import person_joints_world

LIMBS: Final = tuple(
    f"{side}_{part}"
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
_BONES: Final = ((0, 2), (2, 4), (1, 3), (3, 5), (6, 8), (8, 10), (7, 9), (9, 11))
_HIPS: Final = (6, 7)
_OVERLAP: Final = 0.3
_INSIDE: Final = 8
_NEAR_M: Final = 0.1
_CHECKS: Final = {
    "jitter_10m_s3": "jitter_10m_s3",
    "slide_mm": "foot_slide_mm_per_frame",
    "reprojection_share": "reprojection_share",
}


def figures_of(take: Take) -> dict[str, Any]:
    """People, the share of frames with somebody, and means over everybody's frames of jitter, foot
    slide and reprojection as in the take's report, and of how much bones change, in per cent."""
    found = {int(frame) for person in take.people for frame in person.frames}
    out: dict[str, Any] = {
        "people": len(take.people),
        "person_frames": sum(len(person.frames) for person in take.people),
        "found_share": round(len(found) / max(len(take.time_s), 1), 4),
    }
    entries: Any = take.report.get("people", [])
    for name, check in _CHECKS.items():
        known = [(e["checks"][check]["value"], e["frames"]) for e in entries if "checks" in e]
        total = sum(frames for _, frames in known)
        mean = sum(value * frames for value, frames in known) / total if total else None
        out[name] = None if mean is None else round(mean, 4)
    bones = [bone_change(_limbs(person_joints_world(person))) for person in take.people]
    frames = [len(person.frames) for person in take.people]
    out["bone_percent"] = round(float(np.average(bones, weights=frames)), 3) if bones else None
    return out


def bone_change(xyz: Floats) -> float:
    """Standard deviation over mean of the eight limb bones of (t, 12, 3), in per cent."""
    a, b = np.array(_BONES).T
    lengths = np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1)
    return float((100 * lengths.std(0) / np.maximum(lengths.mean(0), 1e-9)).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where people really were: ``xyz_camera`` (T, p, 12, 3) metres, ``xy_px`` (T, p, 12, 2) and
    which person-frames count, ``scored`` (T, p)."""

    xyz_camera: F64
    xy_px: F64
    scored: Bools


def read_truth(path: Path) -> Truth:
    """Read a benchmark clip's gt.npz, or the folder it lies in. Raises ClipError."""
    file = path / "gt.npz" if path.is_dir() else path
    try:
        with np.load(file, allow_pickle=False) as gt:
            names = [str(name) for name in gt["names"]]
            pick = [names.index(name) for name in LIMBS]
            xyz = gt["joints3d"][:, :, pick].astype(np.float64)
            valid = gt["valid"][:, :, pick].astype(bool)
            K, size = gt["K"].astype(np.float64), gt["size"]
            dist = gt["dist"].ravel()[:4].astype(np.float64) if "dist" in gt else np.zeros(4)
            judged = gt["eval"].astype(bool) if "eval" in gt else np.ones(xyz.shape[:2], bool)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError) as error:
        raise ClipError(f"Can't read the truth {file} ({error}).") from error
    with np.errstate(divide="ignore", invalid="ignore"):
        xy = distort(xyz[..., :2] / xyz[..., 2:], dist)
    xy = xy * [K[0, 0], K[1, 1]] + K[:2, 2]
    inside = ((xy > 0) & (xy < size)).all(-1) & (xyz[..., 2] > _NEAR_M)
    return Truth(xyz, xy, valid.all(-1) & (inside.sum(-1) >= _INSIDE) & judged)


def score(take: Take, truth: Truth) -> dict[str, float | None]:
    """Person-frames found in per cent and errors in millimetres.

    ``pa_mm`` after Procrustes alignment of each frame, ``scaled_mm`` root-relative with one scale
    a person, ``root_mm`` at the size as estimated.
    """
    xyz, xy = _predicted(take)
    rows = take.source_frame
    if not len(rows) or rows.max() >= len(truth.scored):
        raise ClipError("The truth is of another clip: it has fewer frames than the take.")
    true_xyz, true_xy = truth.xyz_camera[rows], truth.xy_px[rows]
    scored = truth.scored[rows]
    match = _match(xy, true_xy, scored)
    errors: dict[str, list[Floats]] = {"pa_mm": [], "scaled_mm": [], "root_mm": []}
    for i in range(scored.shape[1]):
        t = np.flatnonzero(match[:, i] >= 0)
        if not len(t):
            continue
        P, G = xyz[t, match[t, i]], true_xyz[t, i]
        about_p, about_g = _rooted(P), _rooted(G)
        scale = (about_p * about_g).sum() / (about_p**2).sum()
        errors["root_mm"].append(_distance(about_p, about_g))
        errors["scaled_mm"].append(_distance(scale * about_p, about_g))
        errors["pa_mm"].append(_distance(_aligned(P, G), G))
    total = int(scored.sum())
    found = 100 * int((match >= 0).sum()) / total if total else None
    out: dict[str, float | None] = {"found_percent": found}
    for name, parts in errors.items():
        out[name] = float(1000 * np.concatenate(parts).mean()) if parts else None
    return {name: None if v is None else round(v, 2) for name, v in out.items()}


def _limbs(xyz: Floats) -> Floats:
    return xyz[:, [joint(name) for name in LIMBS]]


def _predicted(take: Take) -> tuple[F64, F64]:
    """Camera-space joints (T, people, 12, 3) and pixels (T, people, 12, 2); NaN where nobody is."""
    shape = (len(take.time_s), len(take.people), len(LIMBS))
    xyz, xy = np.full((*shape, 3), np.nan), np.full((*shape, 2), np.nan)
    for slot, person in enumerate(take.people):
        world = _limbs(person_joints_world(person)).astype(np.float64)
        seen = seen_in(take, person.frames, world)
        xyz[person.frames, slot], xy[person.frames, slot] = seen, project_camera(take.camera, seen)
    return xyz, xy


def _match(xy: Floats, true_xy: Floats, scored: Bools) -> np.ndarray:
    """Which slot (T, p) shows each true person, -1 for none."""
    out = np.full(scored.shape, -1)
    present = np.asarray(np.isfinite(xy).all((2, 3)))
    for t in range(len(scored)):
        people, slots = np.flatnonzero(scored[t]), np.flatnonzero(present[t])
        if not len(people) or not len(slots):
            continue
        G, P = true_xy[t, people][:, None], xy[t, slots][None]
        overlap = _overlap(P, G)
        size = np.maximum(np.linalg.norm(np.ptp(G, axis=2), axis=-1), 1e-9)
        away = np.linalg.norm(P - G, axis=-1).mean(-1) / size
        for a, b in assign(1 - overlap + 0.5 * np.minimum(away, 1)):
            if overlap[a, b] >= _OVERLAP:
                out[t, people[a]] = slots[b]
    return out


def _overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union of the boxes round points (..., 12, 2)."""
    low = np.maximum(a.min(-2), b.min(-2))
    high = np.minimum(a.max(-2), b.max(-2))
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = np.prod(np.ptp(a, axis=-2), axis=-1) + np.prod(np.ptp(b, axis=-2), axis=-1)
    return shared / (areas - shared + 1e-9)


def _rooted(xyz: Floats) -> Floats:
    return xyz - xyz[:, list(_HIPS)].mean(1, keepdims=True)


def _distance(a: Floats, b: Floats) -> Floats:
    return np.linalg.norm(a - b, axis=-1).ravel()


def _aligned(P: Floats, G: Floats) -> Floats:
    """``P`` (t, 12, 3) brought onto ``G`` by the best similarity of each frame, no reflections."""
    mp, mg = P.mean(1, keepdims=True), G.mean(1, keepdims=True)
    A, B = P - mp, G - mg
    U, S, Vt = np.linalg.svd(A.swapaxes(1, 2) @ B)
    sign = np.sign(np.linalg.det(U @ Vt))
    S = S.copy()
    S[:, 2] *= sign
    D = np.repeat(np.eye(3)[None], len(P), axis=0)
    D[:, 2, 2] = sign
    scale = S.sum(1) / (A**2).sum((1, 2))
    return scale[:, None, None] * (A @ U @ D @ Vt) + mg
