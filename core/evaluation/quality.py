"""The quality report: what an animator checks first, in numbers and a plain word each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..data.arrays import Floats
from ..data.profiling.stages import staged
from ..data.skeletons import joint
from ..data.types import Person, Take
from ..geometry.camera import fov_doubt, project_seen, seen_in
from ..geometry.kinematics import person_joints_world
from .face_checks import face_checks
from .hand_checks import hand_checks

_BODY: Final = 22  # joints before the hands and face
_CONTACT: Final = 0.9  # from it a foot is held to stand; by hand
_LISTED_FRAMES: Final = 8  # worst ones that a report names
_BALLS: Final = [joint("left_foot"), joint("right_foot")]
_BALL_M: Final = 0.025
"""A standing foot's ball lies this high over the floor."""
_STEP_M: Final = 0.1
"""Floors differ by more than this; by less, a foot is wrong."""

_GRADES: Final[dict[str, tuple[float, float]]] = {
    "missing_share": (0.02, 0.15),
    "bridged_share": (0.05, 0.20),
    "jitter_10m_s3": (15.0, 40.0),
    "foot_slide_mm_per_frame": (2.0, 6.0),
    "floor_penetration_mm": (20.0, 50.0),
    "reprojection_share": (0.05, 0.10),
    "hands_unread_share": (0.25, 1.0),
    "fingers_shake_deg": (1.0, 3.0),
    "face_unread_share": (0.25, 1.0),
    "face_shake": (0.02, 0.06),
}
"""Up to the first bound a figure is good, up to the second worth a check, beyond it poor."""


@staged("report")
def report_on(
    take: Take, floor_is_measured: bool, floors_m: Sequence[Sequence[float]] = ()
) -> dict[str, object]:
    """JSON values: per person the figures of ``_GRADES``, with words and frames to look at.

    ``floors_m`` are for everybody the heights that they stand on, () for all where nobody looked.
    """
    K = take.camera.K
    width = take.camera.size_px[0]
    doubt = fov_doubt(take.camera)
    told: dict[str, object] = (
        {}
        if doubt is None
        else {
            "fov_range_deg": [round(deg, 2) for deg in doubt.range_deg],
            "distance_range": [round(factor, 3) for factor in doubt.distance],
        }
    )
    return {
        "frames": len(take.time_s),
        "floor": "measured" if floor_is_measured else "guessed",
        **({"floor_levels_m": distinct_levels(floors_m)} if floors_m else {}),
        "horizontal_fov_deg": round(float(np.degrees(2 * np.arctan(width / 2 / K[0, 0]))), 2),
        "field_of_view": (
            "given" if doubt is None else "measured" if doubt.is_measured else "guessed"
        ),
        **told,
        "people": [
            _report_person(take, i, floors_m[i] if floors_m else ())
            for i in range(len(take.people))
        ],
    }


def distinct_levels(floors_m: Sequence[Sequence[float]]) -> list[float]:
    """The heights of everybody's floors, ascending, those that are hardly apart once."""
    out: list[float] = []
    for level in sorted({level for floors in floors_m for level in floors}, key=abs):
        if all(abs(level - other) > _STEP_M for other in out):
            out.append(round(level, 3))
    return sorted(out)


def floors_told(take: Take) -> list[list[float]]:
    """What the take's report says of everybody's floors, by name; [] where it doesn't of all."""
    entries: Any = take.report.get("people", [])
    told = {entry["name"]: entry["floors_m"] for entry in entries if "floors_m" in entry}
    names = [person.name for person in take.people]
    return [told[name] for name in names] if set(names) <= set(told) else []


def _report_person(take: Take, index: int, floors_m: Sequence[float]) -> dict[str, object]:
    person = take.people[index]
    frames = person.frames
    entry: dict[str, object] = {
        "name": person.name,
        "frames": len(frames),
        "first_frame": int(take.source_frame[frames[0]]) if len(frames) else 0,
        "last_frame": int(take.source_frame[frames[-1]]) if len(frames) else 0,
        "height_m": round(person.height_m, 3),
        **({"floors_m": [round(level, 3) for level in floors_m]} if floors_m else {}),
    }
    if len(frames) == 0:
        return entry
    xyz = person_joints_world(person).astype(np.float64)
    per_frame = {
        "missing_share": np.append(0.0, np.diff(frames) > 1),
        "bridged_share": person.bridged.astype(float),
        "jitter_10m_s3": _jitter(xyz, take.time_s[frames]),
        "foot_slide_mm_per_frame": _slide(xyz, person, take.time_s[frames]),
        "floor_penetration_mm": _penetration(
            xyz, floors_m or [0.0 if index == 0 else _level(xyz, person)]
        ),
        "reprojection_share": _reprojection(take, person, xyz),
        **hand_checks(person),
        **face_checks(person),
    }
    checks: dict[str, object] = {}
    if not person.xy_score.any():
        del per_frame["reprojection_share"]  # nobody looked at a picture: the motion was imported
    for name, values in per_frame.items():
        if name == "missing_share":
            span = int(frames[-1] - frames[0]) + 1
            figure = 1 - len(frames) / span
        else:
            known = values[np.isfinite(values)]
            figure = float(known.mean()) if len(known) else 0.0
        good, poor = _GRADES[name]
        word = "good" if figure <= good else "check" if figure <= poor else "poor"
        checks[name] = {
            "value": round(figure, 4),
            "word": word,
            "look_at": [] if word == "good" else _worst(take, person, values, good),
        }
    entry["checks"] = checks
    return entry


def _worst(take: Take, person: Person, values: Floats, good: float) -> list[int]:
    """Numbers in the file of the frames that are worst, those that are good left out."""
    values = np.nan_to_num(values)
    order = np.argsort(-values)[: min(_LISTED_FRAMES, int((values > good).sum()))]
    return sorted(int(take.source_frame[person.frames[i]]) for i in order)


def _jitter(xyz: Floats, time_s: Floats) -> Floats:
    """Mean |third derivative| / 10 over the body's joints, the field's unit (10 m/s^3)."""
    t = len(xyz)
    out = np.full(t, np.nan)
    if t >= 4:
        step = float(np.median(np.diff(time_s)))
        change = xyz[:, :_BODY]
        for order in (1, 2, 3):  # divided differences: frames needn't come evenly
            apart_s = (time_s[order:] - time_s[:-order]) / order
            change = np.diff(change, axis=0) / apart_s[:, None, None]
        jerk = np.linalg.norm(change, axis=-1).mean(1) / 10
        whole = (time_s[3:] - time_s[:-3]) < 3.5 * step
        out[1 : t - 2] = np.where(whole, jerk, np.nan)
    return out


def _slide(xyz: Floats, person: Person, time_s: Floats) -> Floats:
    """Millimetres per usual frame that a standing ankle moves; NaN where no foot stands."""
    out = np.full(len(xyz), np.nan)
    if len(xyz) < 2:
        return out
    steps_s = np.diff(time_s)
    frames = steps_s / np.median(steps_s)
    steady = np.diff(person.frames) == 1
    for k, side in enumerate(("left", "right")):
        stands = person.contact[:, 2 * k] > _CONTACT
        both = stands[1:] & stands[:-1] & steady
        moved = np.linalg.norm(np.diff(xyz[:, joint(f"{side}_ankle")], axis=0), axis=-1) * 1000
        moved = moved / frames
        out[1:] = np.where(both, np.fmax(out[1:], moved), out[1:])
    return out


def _penetration(xyz: Floats, floors_m: Sequence[float]) -> Floats:
    """Millimetres by which the lower ball of the foot lies under the floor: of several the highest
    that it is not far under, as who falls off a roof has left it, or else the lowest."""
    over = xyz[:, _BALLS, 2].min(1)[:, None] - np.sort(floors_m)
    last = np.maximum((over > -_STEP_M).sum(1) - 1, 0)
    return np.maximum(-over[np.arange(len(over)), last], 0) * 1000


def _level(xyz: Floats, person: Person) -> float:
    """Where someone's own floor is: not everybody stands on that of the first, who made it Z = 0.

    0 for who stands on that, or nowhere.
    """
    stands = person.contact[:, [0, 2]] > _CONTACT
    standing = xyz[:, _BALLS, 2][stands]
    level = float(np.median(standing)) - _BALL_M if len(standing) else 0.0
    return level if abs(level) > _STEP_M else 0.0


_COMPARED: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def _reprojection(take: Take, person: Person, xyz: Floats) -> Floats:
    """Distance between posed joints and 2D evidence, as a share of the body's size in pixels."""
    names = [f"{side}_{part}" for part in _COMPARED for side in ("left", "right")]
    seen = xyz[:, [joint(n) for n in names]]
    xy = project_seen(take, person.frames, seen_in(take, person.frames, seen))
    pick = person.xy_skeleton.select(names)
    evidence, score = pick.of(person.xy_px), pick.scores(person.xy_score)
    weight = score + 1e-6
    error = (np.linalg.norm(xy - evidence, axis=-1) * weight).sum(1) / weight.sum(1)
    size = np.ptp(xy[..., 1], axis=1) + np.ptp(xy[..., 0], axis=1)
    out = error / np.maximum(size / 2, 1.0)
    return np.where(score.max(1) > 0.05, out, np.nan)
