"""What a take of version 1 holds: tables of its arrays and the checks of its header.

Bounds are far wider than any run's results, and narrow enough that nothing that is computed of them
overflows. What no run can have made is refused when a take is read.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .arrays import Floats
from .reading import Damaged
from .reading.fields import Field
from .reading.json_fields import flag, mapping, member, number, sequence, text, whole
from .types import FOCAL_DOUBT, ClipInfo

MOST_SOURCE_FRAME: Final = 1_000_000_000
MOST_SIDE_PX: Final = 1_000_000
MOST_HEADER: Final = 8_000_000
"""Characters of the header."""
MOST: Final = {"T": 20_000_000, "t": 20_000_000, "cuts": 1_000_000, "lines": 10_000_000}
"""The most that a name in a table's shapes may stand for."""
_MOST_PEOPLE: Final = 10_000
_MOST_PASSES: Final = 64
_MOST_WARNINGS: Final = 100_000
_FASTEST_FPS: Final = 100_000.0

_PX: Final = 1e7
_M: Final = 1e6
_SCORE: Final = 1e3
"""Scores are in [0, 1]; those of a user's own network are whatever it tells."""
_SLACK: Final = 1e-3

CLIP_ARRAYS: Final = (
    Field("time_s", "float", ("T",), 0, 1e9, increases=True),
    Field("source_frame", "int", ("T",), 0, MOST_SOURCE_FRAME, increases=True),
    Field("cuts", "int", ("cuts",), 1, MOST["T"], increases=True),
    Field("T_world_shots", "float", ("cuts", 4, 4), -_M, _M),
    Field("camera.K", "float", (3, 3), -1e9, 1e9),
    Field("camera.dist", "float", (4,), -1e3, 1e3),
    Field("camera.T_world_camera", "float", (4, 4), -_M, _M),
    Field("camera.turns", "float", ("T?", 3), -1e3, 1e3, is_needed=False),
)

PERSON_ARRAYS: Final = (
    Field("frames", "int", ("t",), 0, MOST["T"], increases=True),
    Field("rest_xyz_body", "float", (55, 3), -1e3, 1e3),
    Field("root_xyz_world", "float", ("t", 3), -_M, _M),
    Field("quat_parent_joint", "float", ("t", 55, 4), -2, 2),
    Field("confidence", "float", ("t", 55), -_SLACK, 1 + _SLACK),
    Field("contact", "float", ("t", 4), -_SLACK, 1 + _SLACK),
    Field("bridged", "bool", ("t",), 0, 1),
    Field("xy_px", "float", ("t", 33, 2), -_PX, _PX),
    Field("xy_score", "float", ("t", 33), -_SCORE, _SCORE),
)

OBSERVED_ARRAYS: Final = (
    Field("depth_grid", "float", ("T", 12, 16), -1e9, 1e9, may_be_nan=True, is_needed=False),
    Field("lines", "float", ("lines", 5), -_PX, _PX, is_needed=False),
    Field("turns", "float", ("T", 3), -1e3, 1e3, is_needed=False),
)

TRACK_ARRAYS: Final = (
    Field("frames", "int", ("t",), 0, MOST["T"], increases=True),
    Field("detected_xy_px", "float", ("t", 17, 2), -_PX, _PX),
    Field("detected_score", "float", ("t", 17), -_SCORE, _SCORE),
    Field("boxes_px", "float", ("t", 4), -_PX, _PX),
    Field("center_px", "float", ("t", 2), -_PX, _PX),
    Field("side_px", "float", ("t",), -_PX, _PX),
    Field("colours", "float", (64,), -_SCORE, _SCORE, is_needed=False),
    Field("depth", "float", ("t", 40, 3), -1e9, 1e9, may_be_nan=True, is_needed=False),
)

PASS_ARRAYS: Final = (
    Field("xy_px", "float", ("t", 33, 2), -_PX, _PX),
    Field("score", "float", ("t", 33), -_SCORE, _SCORE),
    Field("xyz_m", "float", ("t", 33, 3), -_M, _M),
    Field("presence", "float", ("t",), -_SCORE, _SCORE),
)


def clip_of(header: dict[str, Any]) -> ClipInfo:
    """The clip's facts. Raises Damaged for what no clip has."""
    clip = mapping(member(header, "clip", "clip"), "clip")

    def of(key: str) -> Any:  # noqa: ANN401 - JSON
        return member(clip, key, f"clip.{key}")

    return ClipInfo(
        path=text(of("path"), "clip.path"),
        size_px=_size(of("size_px"), "clip.size_px"),
        fps=number(of("fps"), "clip.fps", 1e-6, _FASTEST_FPS),
        frame_count=whole(of("frame_count"), "clip.frame_count", 0, MOST_SOURCE_FRAME),
        first_frame=whole(of("first_frame"), "clip.first_frame", 0, MOST_SOURCE_FRAME),
        step=whole(of("step"), "clip.step", 1, MOST_SOURCE_FRAME),
        is_still=flag(of("is_still"), "clip.is_still"),
    )


def camera_facts(header: dict[str, Any]) -> tuple[tuple[int, int], float]:
    """The camera's picture size and the doubt about its focal length. Raises Damaged."""
    camera = mapping(member(header, "camera", "camera"), "camera")
    size = _size(member(camera, "size_px", "camera.size_px"), "camera.size_px")
    # Earlier takes knew only whether the field of view was a guess.
    earlier = FOCAL_DOUBT if camera.get("is_estimated") else 0.0
    return size, number(camera.get("focal_doubt", earlier), "camera.focal_doubt", 0, 10)


def people_of(header: dict[str, Any]) -> list[tuple[str, float]]:
    """Everybody's name and height in metres. Raises Damaged."""
    people = sequence(member(header, "people", "people"), "people", _MOST_PEOPLE)
    out = []
    for i, given in enumerate(people):
        one = mapping(given, f"people.{i}")
        name = text(member(one, "name", f"people.{i}.name"), f"people.{i}.name")
        what = f"people.{i}.height_m"
        out.append((name, number(member(one, "height_m", what), what, 0, 1000)))
    return out


def passes_of(header: dict[str, Any], people: int) -> list[list[str]] | None:
    """The networks' names by track, None where a take holds no observations. Raises Damaged."""
    if "tracks" not in header:
        return None
    tracks = sequence(header["tracks"], "tracks", people, people)
    out = []
    for i, given in enumerate(tracks):
        names = [text(n, f"tracks.{i}") for n in sequence(given, f"tracks.{i}", _MOST_PASSES, 1)]
        if len(set(names)) != len(names):
            raise Damaged(f"tracks.{i} names a network twice")
        out.append(names)
    return out


def settings_in(header: dict[str, Any]) -> dict[str, object]:
    """The settings: plain values by name. Raises Damaged."""
    settings = mapping(member(header, "settings", "settings"), "settings")
    for name, value in settings.items():
        if not (value is None or isinstance(value, str | bool)):
            number(value, f"settings.{name}")
    return settings


def warnings_in(header: dict[str, Any]) -> tuple[str, ...]:
    """The warnings. Raises Damaged."""
    given = sequence(member(header, "warnings", "warnings"), "warnings", _MOST_WARNINGS)
    return tuple(text(one, "warnings") for one in given)


def report_in(header: dict[str, Any]) -> dict[str, object]:
    """The quality report; words and figures that this version doesn't know are kept.

    Raises Damaged.
    """
    report = mapping(member(header, "report", "report"), "report")
    for name in ("floor", "field_of_view"):
        text(report.get(name, ""), f"report.{name}")
    for name in ("frames", "horizontal_fov_deg"):
        number(report.get(name, 0), f"report.{name}")
    for name in ("fov_range_deg", "distance_range"):
        for value in sequence(report.get(name, [0, 0]), f"report.{name}", 2, 2):
            number(value, f"report.{name}")
    people = sequence(report.get("people", []), "report.people", _MOST_PEOPLE)
    for i, given in enumerate(people):
        _check_entry(mapping(given, f"report.people.{i}"), f"report.people.{i}")
    return report


def check_clip_arrays(arrays: dict[str, Floats]) -> None:
    """Raise Damaged unless times, cuts and cameras make sense together."""
    time_s, cuts = arrays["time_s"], arrays["cuts"]
    if not len(time_s):
        raise Damaged("it has no frames")
    if len(time_s) > 1 and (time_s[-1] - time_s[0]) * _FASTEST_FPS < len(time_s) - 1:
        raise Damaged("time_s passes too slowly for any clip")
    if len(cuts) and cuts[-1] >= len(time_s):
        raise Damaged("cuts lie outside the clip's frames")
    K = arrays["camera.K"]
    if K[0, 0] < 1e-3 or K[1, 1] < 1e-3 or (K[[1, 2, 2], [0, 0, 1]] != 0).any() or K[2, 2] != 1:
        raise Damaged("camera.K is no matrix of intrinsics")
    check_rigid("camera.T_world_camera", arrays["camera.T_world_camera"][None])
    check_rigid("T_world_shots", arrays["T_world_shots"])


def check_person_arrays(arrays: dict[str, Floats], i: int, frames: int) -> None:
    """Raise Damaged unless somebody's poses are rotations in the clip's ``frames``."""
    check_within_clip(f"person_{i}.frames", arrays["frames"], frames)
    length = np.linalg.norm(arrays["quat_parent_joint"], axis=-1)
    if (np.abs(length - 1) > 0.1).any():
        raise Damaged(f"person_{i}.quat_parent_joint holds what is no rotation")


def check_within_clip(name: str, positions: Floats, frames: int) -> None:
    """Raise Damaged when the last of increasing ``positions`` isn't one of the clip's frames."""
    if len(positions) and positions[-1] >= frames:
        raise Damaged(f"{name} lie outside the clip's frames")


def check_track_arrays(arrays: dict[str, Floats], i: int, frames: int) -> None:
    """Raise Damaged unless somebody was seen in some of the clip's ``frames``."""
    if not len(arrays["frames"]):
        raise Damaged(f"track_{i} has no frames")
    check_within_clip(f"track_{i}.frames", arrays["frames"], frames)


def check_lines(lines: Floats, frames: int) -> None:
    """Raise Damaged unless every line (n, 5) was seen in one of the clip's ``frames``."""
    at = lines[:, 0]
    if len(at) and not (0 <= at.min() and at.max() < frames):
        raise Damaged("lines lie outside the clip's frames")


def check_rigid(name: str, T: Floats) -> None:
    """Raise Damaged unless the matrices (n, 4, 4) turn and move, and do nothing else."""
    R = T[:, :3, :3]
    is_turn = np.abs(np.swapaxes(R, 1, 2) @ R - np.eye(3)) < 1e-3
    is_proper = np.linalg.det(R) > 0
    if not (is_turn.all() and is_proper.all() and (np.abs(T[:, 3] - [0, 0, 0, 1]) < 1e-6).all()):
        raise Damaged(f"{name} is no rotation with a translation")


def _check_entry(entry: dict[str, Any], where: str) -> None:
    """One person's part of the report."""
    text(entry.get("name", ""), f"{where}.name")
    for name in ("frames", "first_frame", "last_frame", "height_m"):
        number(entry.get(name, 0), f"{where}.{name}")
    checks = mapping(entry.get("checks", {}), f"{where}.checks")
    for name, given in checks.items():
        what = f"{where}.checks.{name}"
        check = mapping(given, what)
        number(member(check, "value", f"{what}.value"), f"{what}.value")
        text(member(check, "word", f"{what}.word"), f"{what}.word")
        look_at = member(check, "look_at", f"{what}.look_at")
        for frame in sequence(look_at, f"{what}.look_at", 1000):
            whole(frame, f"{what}.look_at", 0, MOST_SOURCE_FRAME)


def _size(value: object, name: str) -> tuple[int, int]:
    width, height = sequence(value, name, 2, 2)
    return whole(width, name, 1, MOST_SIDE_PX), whole(height, name, 1, MOST_SIDE_PX)
