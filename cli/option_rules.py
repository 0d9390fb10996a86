"""Options that can't apply are refused: nothing that was asked for is left out without a word."""

from __future__ import annotations

import argparse
import os
from typing import Final

from ..core.baselines.per_frame import BASELINES
from ..core.data.errors import SettingsError
from ..core.data.settings import Settings

NEUTRAL: Final = "neutral"


def check_applies(*options: tuple[str, object, bool, str]) -> None:
    """Raise SettingsError for the first option that was given and can't apply.

    An option is its spelling, its value (None or False: not given), whether it applies, and what
    its sentence says: "goes with --depth-model, which isn't given".
    """
    for option, value, applies, why in options:
        if value is not None and value is not False and not applies:
            raise SettingsError(f"{option} {why}.")


def check_smplx(given: argparse.Namespace) -> str:
    """The gender of ``add_smplx``' options. Raises SettingsError where it chooses nothing."""
    check_applies(
        ("--gender", given.gender, given.smplx is not None, goes_with("--smplx")),
        ("--gender", given.gender, given.smplx is not None and os.path.isdir(given.smplx),
         "chooses a model of a folder, and --smplx names a file"),
    )  # fmt: skip
    return given.gender or NEUTRAL


def check_reporting(given: argparse.Namespace) -> None:
    """Raise SettingsError for ``--json`` where every line is JSON already."""
    lines = getattr(given, "progress", None) == "json"
    told = "has no use with --progress json, which ends in the result as JSON"
    check_applies(("--json", getattr(given, "json", False), not lines, told))


def goes_with(other: str) -> str:
    """What the sentence says of an option that needs another one."""
    return f"goes with {other}, which isn't given"


def check_settings(
    given: argparse.Namespace,
    settings: Settings,
    *,
    has_intrinsics: bool = False,
    is_one_clip: bool = False,
) -> None:
    """Raise SettingsError for an option of ``add_settings`` that an estimator or a given camera
    leaves no use for, or for one clip's camera where ``is_one_clip`` is False."""
    _, named, _, why = given_of(given, settings)
    check_applies(
        ("--depth-input", given.depth_input, bool(given.depth_model), goes_with("--depth-model")),
        contacts_of(settings),
        hands_of(settings),
        face_of(settings),
        face_shapes_of(settings),
        body_of(settings),
        camera_of(settings),
        ("--camera", named, named != "given", "given is for takes that have one; name a file"),
        ("--camera", None if is_one_clip else named, False, why),
        ("--fov", given.fov_deg, not has_intrinsics,
         "has no use for a clip whose intrinsics are given"),
    )  # fmt: skip


def contacts_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--contacts`` for ``check_applies``; the default asks for nothing."""
    asked = None if settings.contacts == Settings().contacts else settings.contacts
    why = f"has no use for the estimator '{settings.estimator}', which holds no feet"
    return ("--contacts", asked, settings.estimator not in BASELINES, why)


def camera_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--camera`` for ``check_applies``; the default asks for nothing."""
    asked = None if settings.camera == Settings().camera else settings.camera
    why = f"has no use for the estimator '{settings.estimator}', whose camera stands still"
    return ("--camera", asked, settings.estimator not in BASELINES, why)


def given_of(given: argparse.Namespace, settings: Settings) -> tuple[str, object, bool, str]:
    """``--camera`` that names a file, for ``check_applies`` where several clips or runs are."""
    named = given.camera if settings.camera == "given" else None
    return ("--camera", named, False, "names one clip's camera; it goes with one clip and -o")


def hands_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--hands`` for ``check_applies``; the default asks for nothing."""
    asked = None if settings.hands == Settings().hands else settings.hands
    why = f"has no use for the estimator '{settings.estimator}', which poses no fingers"
    return ("--hands", asked, settings.estimator not in BASELINES, why)


def face_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--face`` for ``check_applies``; the default asks for nothing."""
    asked = None if settings.face == Settings().face else settings.face
    why = f"has no use for the estimator '{settings.estimator}', which reads no faces"
    return ("--face", asked, settings.estimator not in BASELINES, why)


def face_shapes_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--face-shapes`` for ``check_applies``."""
    if settings.face == "off":
        why = "has no use with --face off"
    else:
        why = f"has no use for the estimator '{settings.estimator}', which knows no faces"
    has_face = settings.face != "off" and settings.estimator not in BASELINES
    return ("--face-shapes", settings.face_shapes or None, has_face, why)


def body_of(settings: Settings) -> tuple[str, object, bool, str]:
    """``--body`` for ``check_applies``; the default asks for nothing."""
    asked = None if settings.body == Settings().body else settings.body
    why = f"has no use for the estimator '{settings.estimator}', which poses what it sees"
    return ("--body", asked, settings.estimator not in BASELINES, why)
