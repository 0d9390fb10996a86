"""The header of a take, JSON that anybody may have written, as checked values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from ..observations import PassWorth
from ..safe_text import MOST_OF_A_NAME, showable
from ..skeletons import BLAZEPOSE_SKELETON, COCO_SKELETON, Skeleton
from ..types import FOCAL_DOUBT, ClipInfo
from .files import Damaged
from .json_fields import flag, mapping, member, number, sequence, text, whole
from .take_layout import FASTEST_FPS, MOST_SOURCE_FRAME

MOST_CHARACTERS: Final = 8_000_000  # of the header, bounds memory
_MOST_SIDE_PX: Final = 1_000_000  # no picture is larger
_MOST_PEOPLE: Final = 10_000  # bounds work on damaged files
_MOST_PASSES: Final = 64  # likewise
_MOST_WARNINGS: Final = 100_000  # likewise
_MOST_SKELETONS: Final = 1000  # likewise
_MOST_KEYPOINTS: Final = 1000  # likewise


Passes: TypeAlias = dict[str, tuple[Skeleton, PassWorth | None]]


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What the header tells of a track: the detector's keypoints, and by name of every pass and
    closeup its keypoints and worth; no worth in version 1, where it goes by what the pass saw."""

    skeleton: Skeleton
    passes: Passes
    closeups: Passes


def clip_of(header: dict[str, Any]) -> ClipInfo:
    """The clip's facts. Raises Damaged for what no clip has."""
    clip = mapping(member(header, "clip", "clip"), "clip")

    def of(key: str) -> Any:  # noqa: ANN401 - JSON
        return member(clip, key, f"clip.{key}")

    return ClipInfo(
        path=_path(of("path"), "clip.path"),
        size_px=_size(of("size_px"), "clip.size_px"),
        fps=number(of("fps"), "clip.fps", 1e-6, FASTEST_FPS),
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


def people_of(
    header: dict[str, Any], skeletons: list[Skeleton]
) -> list[tuple[str, float, Skeleton]]:
    """Everybody's name, height in metres and keypoints of the 2D evidence. Raises Damaged."""
    people = sequence(member(header, "people", "people"), "people", _MOST_PEOPLE)
    out: list[tuple[str, float, Skeleton]] = []
    for i, given in enumerate(people):
        one = mapping(given, f"people.{i}")
        name = text(member(one, "name", f"people.{i}.name"), f"people.{i}.name")
        what = f"people.{i}.height_m"
        height_m = number(member(one, "height_m", what), what, 0, 1000)
        is_first = header["version"] < 2
        skeleton = BLAZEPOSE_SKELETON if is_first else _one_of(one, f"people.{i}", skeletons)
        # Goes into scenes, pictures, files and panels, each of which breaks at something else.
        out.append((showable(name, MOST_OF_A_NAME), height_m, skeleton))
    return out


def skeletons_in(header: dict[str, Any]) -> list[Skeleton]:
    """The skeletons, none in version 1. Raises ValueError."""
    if header["version"] < 2:
        return []
    given = sequence(member(header, "skeletons", "skeletons"), "skeletons", _MOST_SKELETONS)
    return [_skeleton(mapping(one, "skeletons"), f"skeletons.{i}") for i, one in enumerate(given)]


def tracks_of(
    header: dict[str, Any], skeletons: list[Skeleton], people: int | None
) -> list[TrackFacts] | None:
    """What is told of every track, None where a take holds no observations. Raises Damaged.

    A take has a track of each of its ``people``, a further view (None) of whomever it shows.
    """
    if "tracks" not in header:
        return None
    most, least = (_MOST_PEOPLE, 0) if people is None else (people, people)
    if "foreign" in header:
        least = 0  # an imported motion may have been seen by no network
    tracks = sequence(header["tracks"], "tracks", most, least)
    if header.get("version", 2) < 2:
        return [_first_track(given, f"tracks.{i}") for i, given in enumerate(tracks)]
    return [_track(given, f"tracks.{i}", skeletons) for i, given in enumerate(tracks)]


def settings_in(header: dict[str, Any]) -> dict[str, object]:
    """The settings: plain values or lists of numbers by name. Raises Damaged."""
    settings = mapping(member(header, "settings", "settings"), "settings")
    for name, value in settings.items():
        if isinstance(value, list):
            for one in sequence(cast("list[object]", value), f"settings.{name}", _MOST_PEOPLE):
                number(one, f"settings.{name}")
        elif not (value is None or isinstance(value, str | bool)):
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


def _path(value: object, name: str) -> str:
    """A path; a byte of it that isn't UTF-8 is half a surrogate pair in Python."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise Damaged(f"{name} must be a path")
    return value


def _size(value: object, name: str) -> tuple[int, int]:
    width, height = sequence(value, name, 2, 2)
    return whole(width, name, 1, _MOST_SIDE_PX), whole(height, name, 1, _MOST_SIDE_PX)


def _skeleton(entry: dict[str, Any], name: str) -> Skeleton:
    names = sequence(member(entry, "names", f"{name}.names"), f"{name}.names", _MOST_KEYPOINTS, 1)
    most = len(names)

    def numbers(key: str) -> tuple[int, ...]:
        what = f"{name}.{key}"
        values = sequence(member(entry, key, what), what, most, most)
        return tuple(whole(value, what, -1, most) for value in values)

    spelt = tuple(text(one, f"{name}.names") for one in names)
    return Skeleton(spelt, numbers("parents"), numbers("mirror"))


def _one_of(entry: dict[str, Any], name: str, skeletons: list[Skeleton]) -> Skeleton:
    what = f"{name}.skeleton"
    return skeletons[whole(member(entry, "skeleton", what), what, 0, len(skeletons) - 1)]


def _first_track(given: object, name: str) -> TrackFacts:
    """Version 1 listed the passes' names; all of them had BlazePose's keypoints."""
    passes = [text(one, name) for one in sequence(given, name, _MOST_PASSES, 1)]
    return TrackFacts(COCO_SKELETON, dict.fromkeys(passes, (BLAZEPOSE_SKELETON, None)), {})


def _track(given: object, name: str, skeletons: list[Skeleton]) -> TrackFacts:
    entry = mapping(given, name)
    passes = _passes(member(entry, "passes", f"{name}.passes"), f"{name}.passes", skeletons)
    if not passes:
        raise Damaged(f"{name}.passes must have 1 to {_MOST_PASSES} entries")
    closeups = _passes(entry.get("closeups", {}), f"{name}.closeups", skeletons)
    if both := sorted(passes.keys() & closeups.keys()):
        raise Damaged(f"{name}.closeups has '{both[0]}', which is a pass")
    return TrackFacts(_one_of(entry, name, skeletons), passes, closeups)


def _passes(given: object, name: str, skeletons: list[Skeleton]) -> Passes:
    passes = mapping(given, name)
    if len(passes) > _MOST_PASSES:
        raise Damaged(f"{name} must have at most {_MOST_PASSES} entries")
    out: Passes = {}
    for which, told in passes.items():
        what = f"{name}.{which}"
        one = mapping(told, what)
        worth = PassWorth(
            text(member(one, "network", f"{what}.network"), f"{what}.network"),
            flag(member(one, "is_precise", f"{what}.is_precise"), f"{what}.is_precise"),
            flag(member(one, "has_3d", f"{what}.has_3d"), f"{what}.has_3d"),
            number(member(one, "sigma_3d", f"{what}.sigma_3d"), f"{what}.sigma_3d", 1e-3, 1e3),
            number(one.get("sigma_2d", 0.0), f"{what}.sigma_2d", 0.0, 10.0),
        )
        out[which] = (_one_of(one, what, skeletons), worth)
    return out
