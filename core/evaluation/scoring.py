"""Figures of takes side by side: what can be told without the truth, and against a known one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..data.arrays import Floats
from ..data.skeletons import joint
from ..data.types import Take
from ..geometry.kinematics import person_joints_world
from .accuracy import LIMBS, bone_change, evaluate
from .predictions import prediction_of
from .truth import Truth

_SCORES: Final = ("found_percent", "pa_mm", "scaled_mm", "root_mm")
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


def score(take: Take, truth: Truth) -> dict[str, float | None]:
    """Person-frames found in per cent and errors in millimetres, as ``evaluation.accuracy`` has
    them; None for what can't be had. Raises ClipError when the truth is of another clip."""
    accuracy = evaluate(truth.frames(take.source_frame), prediction_of(take)).as_json()
    figures = ((name, accuracy[name]) for name in _SCORES)
    return {name: None if value is None else round(value, 2) for name, value in figures}


def _limbs(xyz: Floats) -> Floats:
    return xyz[:, [joint(name) for name in LIMBS]]
