"""From the panel's fields to what the worker is asked."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import bpy

from ...core.data.errors import ClipError, SettingsError
from ...core.data.settings import Settings
from ...core.data.types import Take
from ...core.data.writing import write_text
from ...core.pipeline.request import Request
from ...scene.given_camera import camera_table
from ..settings.preferences import fresh_take, preferences, take_path
from ..settings.props import LIMN_PG_settings, settings_of
from ..views.props import view_options


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
    named = _networks(settings)
    given = {
        "clips": [str(clip)],
        "output": str(fresh_take(take_path(context, clip))),
        **_network_options(named),
        **_common(context, settings, clip),
        **view_options(context.scene, clip),
        **camera_options(context, settings, clip),
    }
    return Request("estimate", _chosen(given))


def batch_options(context: bpy.types.Context) -> dict[str, Any]:
    """The panel's settings as options of ``limn batch``, without those of its one clip.

    Raises SettingsError.
    """
    settings = settings_of(context.scene)
    named = _networks(settings)
    return _chosen(
        {
            "quality": settings.quality,
            "max_people": settings.max_people,
            "min_confidence": round(settings.min_confidence, 4),
            **_network_options(named),
            **_solve_options(settings),
        }
    )


def make_comparison(context: bpy.types.Context) -> Request:
    """Ask for all estimators on the panel's clip side by side, as a picture beside its take.

    Raises SettingsError and ClipError.
    """
    settings = settings_of(context.scene)
    clip = _checked_clip(settings)
    take = take_path(context, clip)
    picture = take.with_name(f"{take.name.removesuffix('.npz').removesuffix('.take')}.compare.png")
    given = {"clip": str(clip), "output": str(picture), **depth_options(settings)}
    given |= _common(context, settings, clip)
    if given["camera"] == "given":
        given["camera"] = Settings().camera  # one clip's, and this runs it several times
    return Request("compare", _chosen(given))


def camera_options(
    context: bpy.types.Context, settings: LIMN_PG_settings, clip: Path, *, is_known: bool = False
) -> dict[str, Any]:
    """The option that names the camera: of Blender's own a file that is written for the worker.

    Raises SettingsError where Blender has none, unless the take knows one already.
    """
    if settings.camera != "given":
        return {"camera": settings.camera}
    try:
        text = camera_table(context.scene, clip)
    except SettingsError:
        if is_known:
            return {"camera": settings.camera}
        raise
    file = Path(bpy.app.tempdir) / "limn_camera.csv"
    write_text(file, text)
    return {"camera": str(file)}


def _common(context: bpy.types.Context, settings: LIMN_PG_settings, clip: Path) -> dict[str, Any]:
    """Options of every command that runs networks on a clip; what is left to it is None."""
    device = preferences(context).device
    return {
        "quality": settings.quality,
        "max_people": settings.max_people,
        "min_confidence": round(settings.min_confidence, 4),
        "device": None if device == Settings().device else device,
        **_solve_options(settings),
        **_range(settings),
        **_rate(context, clip),
    }


def _chosen(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "")}


def _checked_clip(settings: LIMN_PG_settings) -> Path:
    if reason := why_not(settings):
        raise ClipError(f"{reason}.")
    clip = clip_of(settings)
    if not os.path.exists(clip) and not re.search(r"#|%0?\d*d", clip.name):
        raise ClipError(f"The clip {clip} does not exist.")
    return clip


def _rate(context: bpy.types.Context, clip: Path) -> dict[str, float]:
    """Image sequences have no rate of their own; the scene's is taken."""
    rate = context.scene.render.fps / context.scene.render.fps_base
    return {} if os.path.isfile(clip) else {"fps": round(rate, 6)}


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


def solve_options(settings: LIMN_PG_settings) -> dict[str, Any]:
    """The options of ``limn solve`` for the panel's fields, automatic ones included."""
    given = _solve_options(settings)
    return {name: "auto" if value is None else value for name, value in given.items()}


def show_settings(settings: LIMN_PG_settings, take: Take) -> None:
    """Set the panel's fields to what ``take`` was solved with, to be changed from there."""
    from ...core.pipeline.solve_again import settings_of as settings_of_take

    made_with = settings_of_take(take)
    settings.contacts, settings.gaps = made_with.contacts, made_with.gaps
    settings.hands, settings.face = made_with.hands, made_with.face
    settings.body = made_with.body
    settings.camera = made_with.camera
    settings.use_height = made_with.height_m is not None
    settings.use_fov = made_with.fov_deg is not None
    settings.height_m = made_with.height_m or settings.height_m
    settings.fov_deg = made_with.fov_deg or settings.fov_deg


def _networks(settings: LIMN_PG_settings) -> Settings:
    """The chosen networks. Raises SettingsError where one needs another that isn't named."""
    estimator = settings.estimator.strip() or Settings().estimator
    model, fed = _depth(settings)
    shapes = settings.face_shapes.strip() if settings.face != "off" else ""
    return Settings(estimator=estimator, depth_model=model, depth_input=fed, face_shapes=shapes)


def _network_options(named: Settings) -> dict[str, Any]:
    """The options of the networks in ``named``, empty where they are the default's."""
    return {
        "estimator": "" if named.estimator == Settings().estimator else named.estimator,
        "depth_model": named.depth_model,
        "depth_input": named.depth_input,
        "face_shapes": named.face_shapes,
    }


def depth_options(settings: LIMN_PG_settings) -> dict[str, Any]:
    """The options that name the panel's depth network; none where it names none."""
    return _chosen(dict(zip(("depth_model", "depth_input"), _depth(settings), strict=True)))


def _depth(settings: LIMN_PG_settings) -> tuple[str, str]:
    """The depth network in the panel, by name or file, and how it is fed; both may be empty."""
    model = settings.depth_model.strip()
    if model.endswith(".onnx"):
        model = bpy.path.abspath(model)
    return model, settings.depth_input.strip() if model else ""


def _solve_options(settings: LIMN_PG_settings) -> dict[str, Any]:
    """Options of the solver; those left to it are None. Raises SettingsError."""
    chosen = Settings(
        quality=settings.quality,
        max_people=settings.max_people,
        min_confidence=settings.min_confidence,
        height_m=settings.height_m if settings.use_height else None,
        fov_deg=settings.fov_deg if settings.use_fov else None,
        contacts=settings.contacts,
        gaps=settings.gaps,
        hands=settings.hands,
        face=settings.face,
        body=settings.body,
        camera=settings.camera,
    )
    return {
        "contacts": chosen.contacts,
        "gaps": chosen.gaps,
        "hands": chosen.hands,
        "face": chosen.face,
        "body": chosen.body,
        "camera": chosen.camera,
        "height_m": None if chosen.height_m is None else round(chosen.height_m, 4),
        "fov_deg": None if chosen.fov_deg is None else round(chosen.fov_deg, 4),
    }


def _range(settings: LIMN_PG_settings) -> dict[str, int]:
    if not settings.use_range:
        return {"step": settings.step}
    if settings.last_frame < settings.first_frame:
        raise SettingsError(
            f"The last frame ({settings.last_frame}) lies before the first "
            f"({settings.first_frame})."
        )
    # People count from 1, as Blender does; the command line counts from 0.
    first, last = settings.first_frame - 1, settings.last_frame - 1
    return {"step": settings.step, "first_frame": first, "last_frame": last}
