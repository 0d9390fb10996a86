"""Command-line options that several commands share."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, cast

from ..core.data.errors import SettingsError
from ..core.data.settings import (
    ASSUMED_HEIGHT_M,
    BODY_PARTS,
    CAMERA_MODES,
    CLOSEUP_MODES,
    CONTACT_MODES,
    DEVICES,
    ESTIMATORS,
    GAP_MODES,
    QUALITIES,
    Settings,
)

_DEFAULTS: Final = Settings()
_AUTOMATIC: Final = "automatic"
_FIELDS: Final = tuple(f.name for f in fields(Settings))


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add one option for every field of ``Settings``; left out, the field keeps its default."""
    group = parser.add_argument_group("what to estimate")
    group.add_argument(
        "--quality",
        metavar="NAME",
        help=f"{', '.join(QUALITIES)}: how many networks look at a frame "
        f"(default: {_DEFAULTS.quality})",
    )
    _add_networks(group)
    group.add_argument(
        "--max-people",
        type=int,
        metavar="N",
        help=f"keep those N people seen longest and largest (default: {_DEFAULTS.max_people})",
    )
    group.add_argument(
        "--min-confidence",
        type=float,
        metavar="SCORE",
        help=f"detections below this start no person (default: {_DEFAULTS.min_confidence})",
    )
    group.add_argument(
        "--min-track",
        type=float,
        dest="min_track_s",
        metavar="SECONDS",
        help=f"drop people seen for a shorter time (default: {_DEFAULTS.min_track_s})",
    )
    group.add_argument(
        "--device",
        metavar="NAME",
        help=f"{', '.join(DEVICES)}: what the larger networks run on; auto takes a graphics card "
        "that answers as the processor does, and sooner; where the one that is named can't be "
        "used, a sentence says so and the processor does the work; 'limn doctor' tells what is "
        f"here (default: {_DEFAULTS.device})",
    )
    add_solve_settings(parser)


def _add_networks(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--estimator",
        metavar="NAME",
        help=f"{', '.join(ESTIMATORS)}, movenet or an installed pose model of 'limn models' "
        f"(default: {_DEFAULTS.estimator})",
    )
    group.add_argument(
        "--depth-model",
        metavar="NAME|FILE",
        help="a MiDaS-like network, by name or as a .onnx file, whose depth joins any estimator; "
        "centernet-depth and as-published need one",
    )
    group.add_argument(
        "--depth-input",
        metavar="KEY=VALUE,...",
        help="how the depth network is fed, where its file differs: size=384x384, multiple=14, "
        "channels=rgb|bgr, normalise=none|imagenet|half|bytes, fit=stretch|center|corner, "
        "sense=inverse|metric",
    )
    group.add_argument(
        "--face-shapes",
        metavar="NAME",
        help="an installed model of 'limn models' that tells all of ARKit's shapes of a face "
        "(default: Limn's own reader of a few)",
    )


def add_solve_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options that need no network: a take can be solved again with others."""
    group = parser.add_argument_group("how to solve")
    group.add_argument(
        "--height",
        type=_numbers_or_auto,
        dest="height_m",
        metavar="METRES",
        help=f"body height of everyone (default and auto: {ASSUMED_HEIGHT_M}, the mean adult), or "
        "with commas of single people in their order, 1.82,auto,1.65 say",
    )
    group.add_argument(
        "--fov",
        type=_numbers_or_auto,
        dest="fov_deg",
        metavar="DEGREES",
        help="field of view over the picture's longer side (default and auto: estimated)",
    )
    group.add_argument(
        "--contacts",
        metavar="MODE",
        help=f"{', '.join(CONTACT_MODES)}: whether feet are held where they stand "
        f"(default: {_DEFAULTS.contacts})",
    )
    group.add_argument(
        "--gaps",
        metavar="MODE",
        help=f"{', '.join(GAP_MODES)}: long stretches in which a person isn't seen "
        f"(default: {_DEFAULTS.gaps})",
    )
    group.add_argument(
        "--camera",
        metavar="MODE|FILE",
        help=f"{', '.join(CAMERA_MODES)}: how the camera moves; a file gives its path, up to size: "
        "a table .csv, a folder of COLMAP's, or a calibration .toml; given: the one that "
        f"the take has (default: {_DEFAULTS.camera})",
    )
    group.add_argument(
        "--hands",
        metavar="MODE",
        help=f"{', '.join(CLOSEUP_MODES)}: whether hands are looked at closely and fingers posed; "
        f"auto: where they are large enough to be read (default: {_DEFAULTS.hands})",
    )
    group.add_argument(
        "--face",
        metavar="MODE",
        help=f"{', '.join(CLOSEUP_MODES)}: whether faces are looked at closely, for their shapes "
        f"and how the head is turned; auto: where they are large enough to be read (default: "
        f"{_DEFAULTS.face})",
    )
    group.add_argument(
        "--body",
        metavar="PART",
        help=f"{', '.join(BODY_PARTS)}: whether legs are posed; upper: they rest, for people at a "
        f"table or cut off by the picture (default: {_DEFAULTS.body})",
    )


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Make the settings of ``add_settings``' options. Raises SettingsError for a bad value."""
    if isinstance(getattr(arguments, "fov_deg", None), tuple):
        raise SettingsError("--fov has several values, which go with --together.")
    return Settings(**given_settings(arguments))


def given_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of ``Settings`` that were given on the command line."""
    given = {name: getattr(arguments, name, None) for name in _FIELDS}
    if camera_file(arguments) is not None:
        given["camera"] = "given"
    told = {
        name: None if value == _AUTOMATIC else value
        for name, value in given.items()
        if value is not None
    }
    if isinstance(heights := told.get("height_m"), tuple):
        each = cast("tuple[float | str, ...]", heights)
        told |= {
            "height_m": None,
            "heights_m": tuple(0.0 if one == _AUTOMATIC else one for one in each),
        }
    elif "height_m" in told:
        told["heights_m"] = ()
    return told


def camera_file(arguments: argparse.Namespace) -> Path | None:
    """The file that ``--camera`` names, None where it names a mode or isn't given."""
    asked = getattr(arguments, "camera", None)
    return None if asked is None or asked in CAMERA_MODES else Path(asked)


def _number_or_auto(text: str) -> float | str:
    if text == "auto":  # takes back what a take was made with
        return _AUTOMATIC
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from error


def _numbers_or_auto(text: str) -> float | str | tuple[float | str, ...]:
    """One value, or with commas that of every clip or person."""
    if "," not in text:
        return _number_or_auto(text)
    return tuple(_number_or_auto(part.strip()) for part in text.split(","))


def add_reporting(parser: argparse.ArgumentParser) -> None:
    """Add ``--progress`` and ``--json``."""
    group = parser.add_argument_group("what to say")
    group.add_argument(
        "--progress",
        choices=("auto", "bar", "json", "none"),
        default="auto",
        help="a bar, one JSON object per line on stdout, or nothing (default: a bar at a terminal)",
    )
    group.add_argument(
        "--json", action="store_true", help="print the result as one JSON document on stdout"
    )
