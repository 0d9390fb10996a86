"""The whole job, one list of passes: a clip and networks in, a take out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict, replace
from typing import Final

import numpy as np

from .camera import camera_from_fov
from .errors import NoPersonError
from .observing import observe
from .quality import report_on
from .settings import Settings
from .solving.ground import find_ground, world_from_ground
from .solving.person import Solved, ground_person, make_person, solve_person
from .tracking.merge import settle_tracks
from .types import Camera, Detector, FrameSource, LandmarkModel, Person, Progress, Take

_SOLVING: Final = "Solving motion"


def estimate(
    source: FrameSource,
    detector: Detector,
    landmark_models: Sequence[LandmarkModel],
    settings: Settings,
    camera: Camera | None = None,
) -> Generator[Progress, None, Take]:
    """Estimate everybody's motion in a clip; ``close()`` on the generator cancels.

    ``camera`` gives known intrinsics; without it the field of view is that of ``settings`` or a
    guess. Raises ClipError when nothing can be read and NoPersonError when nobody is found.
    """
    info = source.info
    observed = yield from observe(source, detector, landmark_models, settings)
    fps = _rate(observed.time_s, info.fps / info.step)
    tracks = settle_tracks(observed.tracks, fps, info.is_still, settings)
    if not tracks:
        raise NoPersonError(f"No person found in {info.path}.")
    if camera is None:
        camera = camera_from_fov(info.size_px, settings.fov_deg)
    solved: list[Solved] = []
    steps = 2 * len(tracks)
    for track in tracks:
        yield Progress(_SOLVING, len(solved), steps)
        solved.append(solve_person(track, camera, fps, settings))
    ground = find_ground([s.X for s in solved], [s.contacts for s in solved])
    for i in range(len(solved)):
        yield Progress(_SOLVING, len(tracks) + i, steps)
        solved[i] = ground_person(solved[i], ground, settings)
    origin = solved[0].X[:, 6:8].mean(1)[0]
    camera = replace(camera, T_world_camera=world_from_ground(ground, origin))
    people = tuple(
        make_person(f"Person {i + 1}", one, camera, settings) for i, one in enumerate(solved)
    )
    yield Progress(_SOLVING, steps, steps)
    take = Take(
        clip=info,
        camera=camera,
        time_s=observed.time_s,
        source_frame=observed.source_frame,
        people=people,
        settings=asdict(settings),
        warnings=tuple(source.warnings) + _doubts(people, ground.is_measured),
    )
    return replace(take, report=report_on(take, ground.is_measured))


def _rate(time_s: np.ndarray, claimed: float) -> float:
    """Frames a second as they came, for clips whose header lies."""
    if len(time_s) < 3 or time_s[-1] <= time_s[0]:
        return claimed
    return float((len(time_s) - 1) / (time_s[-1] - time_s[0]))


def _doubts(people: Sequence[Person], floor_is_measured: bool) -> tuple[str, ...]:
    out: list[str] = []
    if not floor_is_measured:
        out.append("No foot was seen standing, so the floor is a guess.")
    for person in people:
        share = float(person.bridged.mean()) if len(person.frames) else 0.0
        if share > 0.1:
            out.append(f"{person.name} could not be seen in {share:.0%} of their frames.")
    return tuple(out)
