"""Another tool's file, of whichever kind, to a take."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ...bodies.smplx_model import SmplxModel
from ...data.errors import SettingsError
from ...data.types import ClipInfo, Progress, Take
from ...importing.as_take import ImportSettings
from ...importing.keypoints.sightings import KeypointMotion
from ...importing.opening import read_motion, take_of_motion
from ...importing.placing import AUTO
from ...lifting.lifter import Lifter
from .beside import Looking, keypoints_beside, take_beside
from .keypoints import sized, take_of_keypoints

_IN_PICTURES: Final = "{} has no use for keypoints in pictures{}."
_IN_SPACE: Final = "{} has no use for a motion in three dimensions{}."


def import_file(
    path: str | Path,
    asked: ImportSettings,
    *,
    clip: ClipInfo | None = None,
    up: str = AUTO,
    model: SmplxModel | None = None,
    lifter: Lifter | None = None,
    looking: Looking | None = None,
) -> Generator[Progress, None, Take]:
    """The take of another tool's motion, or of the keypoints that it found in pictures.

    ``clip`` is the footage; ``up`` and ``model`` as in ``take_of_motion``; a ``lifter`` tells depth
    of keypoints. With ``looking`` Limn's own networks look at the footage too, and what the file
    tells is one pass beside theirs. Raises TakeError, SettingsError and what ``estimate`` raises.
    """
    motion = read_motion(path)
    if isinstance(motion, KeypointMotion):
        _check(
            _IN_PICTURES,
            ("--as-is", asked.is_as_it_is, ", which are no motion yet"),
            ("--sigma", asked.sigma_m is not None, "; --sigma-px tells how far they are off"),
            ("--up", up != AUTO, ""),
        )
        if looking is not None:
            motion, _ = sized(Path(path), motion, asked, looking.source.info)
            return (yield from keypoints_beside(Path(path), motion, asked.sigma_px, looking))
        return (yield from take_of_keypoints(Path(path), motion, asked, clip, lifter))
    _check(
        _IN_SPACE,
        ("--sigma-px", asked.sigma_px is not None, "; --sigma tells how far it is off"),
        ("--size", asked.size_px is not None, ""),
        ("--fov", asked.fov_deg is not None and looking is None, ""),
    )
    if looking is None:
        return take_of_motion(path, motion, asked, clip=clip, up=up, model=model)
    plain = replace(asked, is_as_it_is=True)
    told = take_of_motion(path, motion, plain, clip=looking.source.info, up=up, model=model)
    return (yield from take_beside(Path(path), told, looking))


def _check(sentence: str, *options: tuple[str, bool, str]) -> None:
    for name, is_given, instead in options:
        if is_given:
            raise SettingsError(sentence.format(name, instead))
