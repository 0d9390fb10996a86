"""Solve Again of an imported motion: cleaned anew of what its file told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..data.arrays import F64
from ..data.foreign.motion import Foreign, ForeignPerson
from ..data.settings import Settings
from ..data.timing import take_frame_rate
from ..data.types import Take
from .as_take import ImportSettings, height_of, take_of
from .markers.points import MarkerMotion, PlacedMotion, PlacedPoints
from .markers.take import marker_take, scaled
from .motion import ImportedCamera, ImportedMotion, ImportedPerson


def cleaned_again(
    take: Take, told: Foreign, settings: Settings, held: Mapping[int, F64] | None = None
) -> Take:
    """``take`` with the motion that its file ``told`` cleaned by these settings.

    Of these, body heights and contacts apply; ``held`` are contacts (t, 2) set by hand, by person.
    """
    asked = ImportSettings(
        fps=take_frame_rate(take),
        sigma_m=told.sigma_m or None,
        contacts="off" if settings.contacts == "off" else "auto",
    )
    is_known = not take.camera.is_estimated
    camera = ImportedCamera(
        K=take.camera.K if is_known else None,
        size_px=take.camera.size_px,
        T_file_camera=told.T_world_camera if len(told.T_world_camera) else None,
    )
    names = [take.people[one.who].name for one in told.people]
    if all(one.points is not None for one in told.people):
        placed = tuple(_placed(one, names[i], settings.height_of(i))
                       for i, one in enumerate(told.people))  # fmt: skip
        motion = MarkerMotion(told.tool, ())
        again = marker_take(motion, PlacedMotion(placed, camera), take.clip, asked, held)
    else:
        people = tuple(_person(one, names[i], settings.height_of(i))
                       for i, one in enumerate(told.people))  # fmt: skip
        motion = ImportedMotion(told.tool, people, camera=camera)
        again = take_of(motion, take.clip, asked, held=held)
    seen = take.observed if again.observed is None else replace(again.observed, foreign=told)
    kept = take.settings | {
        "height_m": settings.height_m,
        "heights_m": list(settings.heights_m),
        "contacts": settings.contacts,
    }
    return replace(
        again,
        settings=kept,
        observed=seen,
        time_s=take.time_s[: len(again.time_s)],
        source_frame=take.source_frame[: len(again.time_s)],
        warnings=take.warnings,
    )


def _person(one: ForeignPerson, name: str, height_m: float | None) -> ImportedPerson:
    assert one.rest_xyz_body is not None
    assert one.root_xyz is not None
    assert one.quat_parent_joint is not None
    rest = one.rest_xyz_body
    if height_m is not None:
        rest = (rest * (height_m / height_of(rest))).astype(np.float32)
    return ImportedPerson(
        name=name,
        frames=one.frames,
        quat_parent_joint=one.quat_parent_joint.astype(np.float64),
        root_xyz=one.root_xyz.astype(np.float64),
        confidence=one.confidence.astype(np.float64),
        rest_xyz_body=rest,
    )


def _placed(one: ForeignPerson, name: str, height_m: float | None) -> PlacedPoints:
    assert one.points is not None
    assert one.score is not None
    placed = PlacedPoints(
        name,
        one.frames,
        one.points.astype(np.float64),
        one.score.astype(np.float64),
        None if one.hands is None else one.hands.astype(np.float64),
        None if one.face is None else one.face.astype(np.float64),
    )
    return placed if height_m is None else scaled(placed, height_m)
