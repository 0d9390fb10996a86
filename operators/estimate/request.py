"""From the panel's fields to the worker's arguments."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...core.data.errors import ClipError, SettingsError
from ...core.data.settings import Settings
from ...core.data.types import Take
from ..settings.preferences import take_path
from ..settings.props import LIMN_PG_settings, settings_of
from ..take.take_files import fresh_take


@dataclass(frozen=True, slots=True)
class Request:
    """One run: which clip, which take to write, and the command line's arguments for it."""

    clip: Path
    take: Path
    arguments: tuple[str, ...]


def why_not(settings: LIMN_PG_settings) -> str:
    """Say why no run can start with ``settings``; empty when one can."""
    if settings.source == "MOVIE_CLIP" and settings.movie_clip is None:
        return "Choose a movie clip first, or open one in the Movie Clip editor"
    if settings.source == "FILE" and not settings.clip_path:
        return "Choose a video or a photo first"
    return ""


def make_request(context: bpy.types.Context) -> Request:
    """Read the panel. Raises SettingsError and ClipError for what can be seen to be wrong."""
    settings = settings_of(context.scene)
    clip = _checked_clip(settings)
    take = fresh_take(take_path(context, clip))
    arguments = [
        "estimate", str(clip), "--output", str(take), "--progress", "json",
        *_settings_arguments(settings),
        *_range_arguments(settings),
        *_rate_arguments(context, clip),
    ]  # fmt: skip
    return Request(clip, take, tuple(arguments))


def make_comparison(context: bpy.types.Context) -> tuple[str, ...]:
    """The worker's arguments to compare all estimators on the panel's clip, as a picture beside
    its take. Raises SettingsError and ClipError."""
    settings = settings_of(context.scene)
    clip = _checked_clip(settings)
    take = take_path(context, clip)
    picture = take.with_name(f"{take.name.removesuffix('.npz').removesuffix('.take')}.compare.png")
    given = {
        "--quality": settings.quality,
        "--max-people": str(settings.max_people),
        "--min-confidence": f"{settings.min_confidence:.4f}",
        **_solve_options(settings),
    }
    return (
        "compare", str(clip), "-o", str(picture), "--progress", "json",
        *(part for option, value in given.items() if value for part in (option, value)),
        *depth_options(settings),
        *_range_arguments(settings),
        *_rate_arguments(context, clip),
    )  # fmt: skip


def _checked_clip(settings: LIMN_PG_settings) -> Path:
    if reason := why_not(settings):
        raise ClipError(f"{reason}.")
    clip = clip_of(settings)
    if not os.path.exists(clip) and not re.search(r"#|%0?\d*d", clip.name):
        raise ClipError(f"The clip {clip} does not exist.")
    return clip


def _rate_arguments(context: bpy.types.Context, clip: Path) -> tuple[str, ...]:
    """Image sequences have no rate of their own; the scene's is taken."""
    rate = context.scene.render.fps / context.scene.render.fps_base
    return () if os.path.isfile(clip) else ("--fps", f"{rate:.6f}")


def clip_of(settings: LIMN_PG_settings) -> Path:
    """Return the chosen clip; an image sequence of Blender's becomes a pattern of its names."""
    if settings.source == "FILE" or settings.movie_clip is None:
        return Path(bpy.path.abspath(settings.clip_path))
    movie = settings.movie_clip
    path = Path(bpy.path.abspath(movie.filepath))
    if movie.source != "SEQUENCE":
        return path
    # Blender counts by the last number in the name.
    return path.with_name(
        re.sub(r"\d+(?=\D*$)", lambda digits: "#" * len(digits[0]), path.stem) + path.suffix
    )


def solve_arguments(settings: LIMN_PG_settings) -> list[str]:
    """Return the options of ``limn solve`` for the panel's fields, automatic ones included."""
    given = _solve_options(settings)
    return [part for option, value in given.items() for part in (option, value or "auto")]


def show_settings(settings: LIMN_PG_settings, take: Take) -> None:
    """Set the panel's fields to what ``take`` was solved with, to be changed from there."""
    from ...core.pipeline.solve_again import settings_of as settings_of_take

    made_with = settings_of_take(take)
    settings.contacts, settings.gaps = made_with.contacts, made_with.gaps
    settings.use_height = made_with.height_m is not None
    settings.use_fov = made_with.fov_deg is not None
    settings.height_m = made_with.height_m or settings.height_m
    settings.fov_deg = made_with.fov_deg or settings.fov_deg


def _settings_arguments(settings: LIMN_PG_settings) -> list[str]:
    named = _networks(settings)
    given = {
        "--quality": settings.quality,
        "--max-people": str(settings.max_people),
        "--min-confidence": f"{settings.min_confidence:.4f}",
        "--estimator": "" if named.estimator == Settings().estimator else named.estimator,
        "--depth-model": named.depth_model,
        "--depth-input": named.depth_input,
        **_solve_options(settings),
    }
    return [part for option, value in given.items() if value for part in (option, value)]


def _networks(settings: LIMN_PG_settings) -> Settings:
    """The chosen networks. Raises SettingsError where one needs another that isn't named."""
    estimator = settings.estimator.strip() or Settings().estimator
    model, fed = _depth(settings)
    return Settings(estimator=estimator, depth_model=model, depth_input=fed)


def depth_options(settings: LIMN_PG_settings) -> list[str]:
    """The options that name the panel's depth network; none where it names none."""
    given = zip(("--depth-model", "--depth-input"), _depth(settings), strict=True)
    return [part for option, value in given if value for part in (option, value)]


def _depth(settings: LIMN_PG_settings) -> tuple[str, str]:
    """The depth network in the panel, by name or file, and how it is fed; both may be empty."""
    model = settings.depth_model.strip()
    if model.endswith(".onnx"):
        model = bpy.path.abspath(model)
    return model, settings.depth_input.strip() if model else ""


def _solve_options(settings: LIMN_PG_settings) -> dict[str, str]:
    """Options of the solver; those left to it are empty. Raises SettingsError."""
    chosen = Settings(
        quality=settings.quality,
        max_people=settings.max_people,
        min_confidence=settings.min_confidence,
        height_m=settings.height_m if settings.use_height else None,
        fov_deg=settings.fov_deg if settings.use_fov else None,
        contacts=settings.contacts,
        gaps=settings.gaps,
    )
    return {
        "--contacts": chosen.contacts,
        "--gaps": chosen.gaps,
        "--height": "" if chosen.height_m is None else f"{chosen.height_m:.4f}",
        "--fov": "" if chosen.fov_deg is None else f"{chosen.fov_deg:.4f}",
    }


def _range_arguments(settings: LIMN_PG_settings) -> list[str]:
    arguments = ["--step", str(settings.step)]
    if settings.use_range:
        if settings.last_frame < settings.first_frame:
            raise SettingsError(
                f"The last frame ({settings.last_frame}) lies before the first "
                f"({settings.first_frame})."
            )
        # People count from 1, as Blender does; the command line counts from 0.
        arguments += ["--first-frame", str(settings.first_frame - 1)]
        arguments += ["--last-frame", str(settings.last_frame - 1)]
    return arguments
