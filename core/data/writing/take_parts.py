"""Parts of a take as arrays and as entries of its header."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Final

from ..foreign.motion import Foreign
from ..observations import (
    PASS_ARRAYS,
    PER_FRAME,
    Observed,
    PassObservations,
    TrackObservations,
)
from ..skeletons import Skeleton
from ..types import Take
from ..views.view import View

OPTIONAL_ARRAYS: Final = ("colours", "depth")
"""Of a track."""


def clip_arrays(take: Take) -> dict[str, Any]:
    """A clip's times and camera."""
    return {
        "time_s": take.time_s,
        "source_frame": take.source_frame,
        "cuts": take.cuts,
        "T_world_shots": take.T_world_shots,
        "camera.turns": take.turns,
        "camera.path": take.path,
        "camera.zoom": take.zoom,
        "camera.K": take.camera.K,
        "camera.dist": take.camera.dist,
        "camera.T_world_camera": take.camera.T_world_camera,
    }


def part_arrays(part: Take) -> dict[str, Any]:
    """A further view's arrays, by the names that a take of its own would have."""
    return clip_arrays(part) | ({} if part.observed is None else track_arrays(part.observed))


def view_entry(view: View, skeletons: list[Skeleton]) -> dict[str, Any]:
    """What the header tells of a further view; its keypoints come into ``skeletons``."""
    part = view.part
    seen = {}
    if part.observed is not None:
        seen["tracks"] = [track_entry(track, skeletons) for track in part.observed.tracks]
    return {
        "clip": asdict(part.clip),
        "camera": {"size_px": part.camera.size_px, "focal_doubt": part.camera.focal_doubt},
        "shift_s": view.shift_s,
        "rate": view.rate,
        "is_used": view.is_used,
        "agreement": asdict(view.agreement),
        "given": asdict(view.given),
        **({} if view.heard is None else {"heard": asdict(view.heard)}),
        **seen,
    }


def track_arrays(seen: Observed) -> dict[str, Any]:
    """What was seen."""
    clipwide = {"depth_grid": seen.depth_grid, "lines": seen.lines, "turns": seen.turns}
    out: dict[str, Any] = {name: v for name, v in clipwide.items() if v is not None}
    for name, group in (("background", seen.background), ("given", seen.given)):
        if group is not None:
            out |= {f"{name}.{f.name}": getattr(group, f.name) for f in fields(group)}
    if seen.foreign is not None:
        out["foreign.T_world_camera"] = seen.foreign.T_world_camera
        for i, person in enumerate(seen.foreign.people):
            told = {f.name: getattr(person, f.name) for f in fields(person) if f.name != "who"}
            out |= {f"foreign_{i}.{name}": v for name, v in told.items() if v is not None}
    for i, track in enumerate(seen.tracks):
        out |= {f"track_{i}.{name}": getattr(track, name) for name in PER_FRAME}
        given = {name: getattr(track, name) for name in OPTIONAL_ARRAYS}
        out |= {f"track_{i}.{name}": v for name, v in given.items() if v is not None}
        for name, one in (track.passes | track.closeups).items():
            out |= {f"track_{i}.{name}.{field}": getattr(one, field) for field in PASS_ARRAYS}
    return out


def foreign_entry(foreign: Foreign) -> dict[str, Any]:
    """What the header tells of another tool's motion."""
    return {
        "tool": foreign.tool,
        "people": [person.who for person in foreign.people],
        "sigma_m": foreign.sigma_m,
        "is_beside": foreign.is_beside,
    }


def listed(skeleton: Skeleton, skeletons: list[Skeleton]) -> int:
    """The place of ``skeleton`` in ``skeletons``, at whose end it is put if it isn't there."""
    if skeleton not in skeletons:
        skeletons.append(skeleton)
    return skeletons.index(skeleton)


def track_entry(track: TrackObservations, skeletons: list[Skeleton]) -> dict[str, Any]:
    """What the header tells of a track; its keypoints come into ``skeletons``."""

    def entries(passes: dict[str, PassObservations]) -> dict[str, Any]:
        return {
            name: {**asdict(one.worth), "skeleton": listed(one.skeleton, skeletons)}
            for name, one in passes.items()
        }

    seen = {"passes": entries(track.passes)}
    if track.closeups:
        seen["closeups"] = entries(track.closeups)
    return {"skeleton": listed(track.detected_skeleton, skeletons), **seen}
