"""What a take holds, as data for programs and as text for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

from ..core.data.footage.places import name_of
from ..core.data.safe_text import MOST_OF_A_NAME, showable
from ..core.data.timing import take_frame_rate
from ..core.data.types import Person, Take
from ..core.data.views.view import View
from ..core.evaluation.wording import figure_of, label_of
from ..core.geometry.camera import fov_doubt


def describe(take: Take, path: Path) -> dict[str, Any]:
    """Return the facts of a take as JSON values; frames are numbers of the source."""
    info, camera = take.clip, take.camera
    doubt = fov_doubt(camera, moves=len(take.turns) > 0)
    return {
        "take": str(path),
        "clip": info.path,
        "size_px": list(info.size_px),
        "fps": float(info.fps),
        "frames": len(take.time_s),
        "step_s": 1 / take_frame_rate(take),
        "duration_s": float(take.time_s[-1] + 1 / info.fps) if len(take.time_s) else 0.0,
        "camera": {
            "focal_px": float(camera.K[0, 0]),
            "is_estimated": bool(camera.is_estimated),
            "focal_doubt": round(float(camera.focal_doubt), 4),
            "doubt": "" if doubt is None else doubt.says(),
        },
        "views": [_describe_view(view, take, k) for k, view in enumerate(take.views)],
        "people": [_describe_person(person, take) for person in take.people],
        "settings": take.settings,
        "report": take.report,
        "warnings": list(take.warnings),
    }


def _describe_view(view: View, take: Take, k: int) -> dict[str, Any]:
    """Of the ``k``-th further camera: its clip, when it begins, how it agrees, what it sees and
    where it stands."""
    told = cast("list[dict[str, Any]]", take.report.get("views", []))
    report = told[k] if len(told) == len(take.views) else {}
    camera, agreement = view.part.camera, view.agreement
    away = camera.T_world_camera[:3, 3] - take.camera.T_world_camera[:3, 3]
    return {
        "clip": view.part.clip.path,
        "starts_s": round(view.starts_s, 4),
        "shift_s": round(view.shift_s, 6),
        "rate": float(view.rate),
        "fps": float(view.part.clip.fps),
        "is_used": view.is_used,
        "agreement": agreement.word,
        "correlation": round(agreement.correlation, 3),
        "off": round(agreement.off, 3),
        "angle_deg": round(agreement.angle_deg, 1),
        "joints_seen": report.get("joints_seen"),
        "distance_m": round(float(np.linalg.norm(away)), 2),
        "focal_px": float(camera.K[0, 0]),
        "T_world_camera": camera.T_world_camera.tolist(),
    }


def _describe_person(person: Person, take: Take) -> dict[str, Any]:
    source = take.source_frame[person.frames]
    return {
        "name": person.name,
        "frames": len(person.frames),
        "first": int(source[0]) if len(source) else -1,
        "last": int(source[-1]) if len(source) else -1,
        "bridged": int(person.bridged.sum()),
        "height_m": round(float(person.height_m), 3),
        "confidence": round(float(person.confidence.mean()), 3) if len(source) else 0.0,
    }


def as_text(outcome: dict[str, Any]) -> str:
    """Return the summary a person reads after a run and from ``limn info``."""
    width, height = outcome["size_px"]
    guess = " (estimated)" if outcome["camera"]["is_estimated"] else ""
    lines = [
        showable(outcome["take"]),
        f"  clip    {showable(outcome['clip'])}",
        f"          {outcome['frames']} frames, {width} x {height} px, {outcome['fps']:.3f} fps, "
        f"{outcome['duration_s']:.2f} s",
        f"  camera  focal length {outcome['camera']['focal_px']:.0f} px{guess}",
    ]
    if outcome["camera"]["doubt"]:
        lines.append(f"          {outcome['camera']['doubt']}")
    lines += [_view_line(view) for view in outcome["views"]]
    for person in outcome["people"]:
        bridged = f", {person['bridged']} of them bridged" if person["bridged"] else ""
        name = showable(person["name"], MOST_OF_A_NAME)
        lines.append(
            f"  {name}: {person['frames']} frames ({person['first']} to {person['last']})"
            f"{bridged}, {person['height_m']:.2f} m tall, confidence {person['confidence']:.2f}"
        )
    lines += [f"    {showable(remark)}" for remark in _remarks(outcome)]
    return "\n".join(lines)


def _view_line(view: dict[str, Any]) -> str:
    name, starts_s = showable(name_of(str(view["clip"]))), view["starts_s"]
    if not view["is_used"]:
        return f"  view    {name}: off"
    when = "after" if starts_s >= 0 else "before"
    return (
        f"  view    {name} starts {abs(starts_s):.2f} s {when} the clip, its camera "
        f"{view['distance_m']:.1f} m and {view['angle_deg']:.0f} degrees apart; "
        f"agreement {view['agreement']}"
        + ("" if view["joints_seen"] is None else f", {view['joints_seen']:.0%} of joints seen")
    )


def _remarks(outcome: dict[str, Any]) -> list[str]:
    """One line for every figure of the quality report that isn't good, with frames to look at."""
    lines = []
    step_s = outcome["step_s"]
    for person in outcome["report"].get("people", ()):
        for name, check in person.get("checks", {}).items():
            if check["word"] != "good":
                where = ", ".join(str(frame) for frame in check["look_at"])
                lines.append(
                    f"{person.get('name', 'Somebody')}, {label_of(name).lower()} "
                    f"{figure_of(name, check['value'], step_s)}: "
                    f"{check['word']}" + (f", look at frames {where}" if where else "")
                )
    return lines
