"""``limn estimate --together``: several clips of one scene in, one take out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ... import api
from ...core.data.errors import SettingsError
from ...core.data.settings import Settings
from ...core.data.types import Camera, FrameSource
from ...core.data.views.view import GivenOfView
from ...core.formats.calibration.rig_file import cameras_for, read_calibration
from ...core.geometry.camera import camera_from_fov
from ...core.pipeline.films.film import KnownFilm
from ..cancelling import Cancellation, drive
from ..option_rules import check_applies, goes_with
from ..outcome import as_text, describe
from ..outputs import check_output
from ..reporting import Reporter
from .parts import kept, remembering
from .range import open_source
from .session import Session, open_session
from .work_item import KEY, WorkItem

_AUTOMATIC: Final = "automatic"
_MOST_S: Final = 36_000.0
"""Seconds between two phones' starts at most, ten hours."""
_FARTHEST_M: Final = 1000.0


def add_together(parser: argparse.ArgumentParser) -> None:
    """Add the options of several clips that go together."""
    group = parser.add_argument_group("several cameras of one scene")
    group.add_argument(
        "--together",
        action="store_true",
        help="the clips show the same people at the same time: one take of all of them, with the "
        "times of the first",
    )
    group.add_argument(
        "--shift",
        nargs="+",
        metavar="CLIP=SECONDS",
        help="how long after the first clip another one starts, by its name or number from 1 "
        "(default: found from movement)",
    )
    group.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="the cameras as another tool calibrated them, taken as they are: TOML of Pose2Sim, "
        "Caliscope or FreeMoCap, or OpenCV's YAML; cameras by name, or in order",
    )
    group.add_argument(
        "--camera-distance",
        type=float,
        dest="camera_distance_m",
        metavar="METRES",
        help="how far the second camera stands from the first: gives the scene its size instead of "
        "people's height",
    )


def check_alone(arguments: argparse.Namespace) -> None:
    """Raise SettingsError for an option that goes with ``--together``."""
    why = goes_with("--together")
    check_applies(
        ("--shift", arguments.shift, False, why),
        ("--camera-distance", arguments.camera_distance_m, False, why),
        ("--calibration", arguments.calibration, False, why),
    )


def take_fovs(arguments: argparse.Namespace) -> tuple[float | None, ...]:
    """The clips' own fields of view, none where one value is for all; they are taken out of
    ``arguments``. Raises SettingsError unless every clip has one."""
    given = arguments.fov_deg
    if not isinstance(given, tuple):
        return ()
    if len(given) != len(arguments.clips):
        raise SettingsError(
            f"--fov has {len(given)} values for {len(arguments.clips)} clips; give one for all or "
            "one for each, 'auto' where it isn't known."
        )
    arguments.fov_deg = None
    out: list[float | None] = []
    for value in given:
        degrees = None if value == _AUTOMATIC else float(value)
        Settings(fov_deg=degrees)  # says what it may be
        out.append(degrees)
    return tuple(out)


def run_together(
    arguments: argparse.Namespace,
    settings: Settings,
    fovs: Sequence[float | None],
    reporter: Reporter,
    cancellation: Cancellation,
) -> int:
    """Estimate the clips as one take. Raises SettingsError, and what estimating raises."""
    check_applies(
        ("--output-dir", arguments.output_dir, False, "makes a take of every clip; with --together "
         "there is one: give -o"),
    )  # fmt: skip
    clips: list[Path] = arguments.clips
    if len(clips) < 2:
        raise SettingsError("--together needs two clips or more of one scene.")
    check_output(arguments.output, (".npz",), clips)
    key = ""
    if arguments.if_changed:
        options = {**vars(arguments), "fov_deg": list(fovs) or arguments.fov_deg}
        item = WorkItem(clips[0], arguments.output, options, films=tuple(clips))
        key = item.key()
        done = item.finished(key)
        if done is not None:
            outcome = describe(done, arguments.output) | {"skipped": True}
            reporter.done(outcome, as_text(outcome))
            return 0
    session = open_session(settings, reporter, cancellation)
    session = replace(session, parts=arguments.parts)
    outcome = run_films(arguments, fovs, session, key)
    reporter.done(outcome, as_text(outcome))
    return 0


def run_films(
    arguments: argparse.Namespace, fovs: Sequence[float | None], session: Session, key: str = ""
) -> dict[str, Any]:
    """Estimate ``arguments.clips`` into the take ``arguments.output``; returns what it holds.

    ``key`` of a batch's item stays in the take's settings. Raises SettingsError, and what
    estimating raises.
    """
    sources = [open_source(clip, arguments) for clip in arguments.clips]
    for source in sources:
        if source.info.is_still:
            raise SettingsError(f"{source.info.path} is a still picture; --together takes videos.")
    known = _known(arguments, sources, fovs)
    settings, parts, cancellation = session.settings, session.parts, session.cancellation
    networks = remembering(session.networks, settings, parts)
    with kept(parts, cancellation, arguments.clips):
        job = api.estimate_job(sources, settings, camera=known, networks=networks)
        take = drive(job, session.reporter, cancellation)
        if key:
            take = replace(take, settings={**take.settings, KEY: key})
        cancellation.check()
        api.save(take, arguments.output)
    return describe(take, arguments.output)


def _known(
    arguments: argparse.Namespace, sources: Sequence[FrameSource], fovs: Sequence[float | None]
) -> list[KnownFilm]:
    starts = shifts_of(arguments.shift or (), arguments.clips)
    distance_m = arguments.camera_distance_m
    if distance_m is not None and not 0 < distance_m <= _FARTHEST_M:
        raise SettingsError(
            f"--camera-distance is {distance_m:g}; it must lie between 0 and {_FARTHEST_M:g}."
        )
    is_known = "is what --calibration tells"
    check_applies(
        ("--camera-distance", distance_m, arguments.calibration is None, is_known),
        ("--fov", fovs or arguments.fov_deg, arguments.calibration is None, is_known),
    )
    if arguments.calibration is not None:
        return _calibrated(arguments, sources, starts)
    out: list[KnownFilm] = []
    for i, source in enumerate(sources):
        camera: Camera | None = None
        if fovs and fovs[i] is not None:
            camera = camera_from_fov(source.info.size_px, fovs[i])
        # The clock of a film that starts later shows less.
        starts_s = starts[i]
        shift_s = None if starts_s is None else -starts_s
        given = GivenOfView(
            shift_s=shift_s,
            intrinsics=camera is not None,
            distance_m=distance_m if i == 1 else None,
        )
        out.append(KnownFilm(camera, given))
    return out


def _calibrated(
    arguments: argparse.Namespace,
    sources: Sequence[FrameSource],
    starts: Sequence[float | None],
) -> list[KnownFilm]:
    read = read_calibration(arguments.calibration)
    chosen = cameras_for(read, arguments.clips, arguments.calibration)
    out: list[KnownFilm] = []
    for one, source, starts_s in zip(chosen, sources, starts, strict=True):
        own = one.for_size(source.info.size_px)
        camera = Camera(K=own.K, size_px=source.info.size_px, dist=own.dist)
        pose = np.asarray(
            own.world_to_camera @ np.linalg.inv(chosen[0].world_to_camera), np.float64
        )
        shift_s = None if starts_s is None else -starts_s
        given = GivenOfView(shift_s=shift_s, intrinsics=True, pose=True)
        out.append(KnownFilm(camera, given, pose))
    return out


def shifts_of(given: Sequence[str], clips: Sequence[Path]) -> list[float | None]:
    """Seconds after the first clip at which each one starts, None where that isn't given.

    ``given`` are texts CLIP=SECONDS, a clip by its path, its name with or without the suffix, or
    its number. Raises SettingsError.
    """
    out: list[float | None] = [None] * len(clips)
    for text in given:
        name, _, seconds = text.rpartition("=")
        at = [
            i
            for i, clip in enumerate(clips)
            if name in (str(clip), clip.name, clip.stem, str(i + 1))
        ]
        try:
            value = float(seconds)
        except ValueError:
            value = float("nan")
        if len(at) != 1 or not abs(value) <= _MOST_S:
            raise SettingsError(
                f"--shift {text} isn't CLIP=SECONDS with one of the clips, such as "
                f"{clips[-1].name}=0.48."
            )
        if at[0] == 0:
            raise SettingsError("--shift tells when a further clip starts, not the first.")
        out[at[0]] = value
    return out
