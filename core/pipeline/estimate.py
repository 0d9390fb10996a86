"""The whole job, a list of passes: a clip and networks in, a take out.

``estimate`` reads the clip and solves; ``solve`` alone starts from what the networks saw, so that
other settings, chosen people or edited contacts never need the networks again.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Final

import numpy as np

from ..baselines.per_frame import BASELINES, solve_baseline
from ..data.arrays import F64, Floats
from ..data.collector import Collector
from ..data.errors import ClipError, NoPersonError
from ..data.observations import Observed, TrackObservations
from ..data.settings import Settings
from ..data.timing import frame_rate
from ..data.types import (
    Camera,
    ClipInfo,
    FrameSource,
    Progress,
    Take,
)
from ..depth.collecting import DepthCollector
from ..depth.depth_fusion import has_depth, place_by_depth
from ..evaluation.quality import report_on
from ..geometry.camera import camera_from_fov, world_from_camera
from ..geometry.even_time import EvenTime, even_time_of
from ..geometry.rotations import log_so3
from ..lifting.lifter import Lifter
from ..perspective.camera_turns import at_focal
from ..perspective.collecting import scene_collectors
from ..perspective.focal import camera_from_lines
from ..perspective.manhattan import Frame
from ..perspective.upright import find_uprights
from ..solving.floor.ground import Ground, find_grounds, world_from_ground
from ..solving.person import Solved, ground_person, make_person, resolve_person, solve_person
from ..solving.shared_floor import share_floor
from ..tracking.track_merging import settle_tracks
from .doubts import doubts_about, turn_doubts
from .networks import Networks
from .observe import observe

_SOLVING: Final = "Solving motion"
_OTHER_DEPTH: Final = "The depth maps don't show the floor that people stand on and were left out."
_DAMAGED: Final = 0.1
"""Where more of a clip can't be read, that is why nobody is found."""
_PICTURES: Final = "Somebody who never moves, as only a picture does, was left out."


def estimate(
    source: FrameSource, networks: Networks, settings: Settings, camera: Camera | None = None
) -> Generator[Progress, None, Take]:
    """Estimate everybody's motion in a clip; ``close()`` on the generator cancels.

    ``camera`` gives known intrinsics; without it the field of view is that of ``settings``, what
    straight lines tell of it, or a guess. Raises ClipError when nothing can be read and
    NoPersonError when nobody is found in a clip that isn't damaged.
    """
    info = source.info
    collectors: list[Collector] = []
    if networks.scene_finder is not None:
        filming = camera or camera_from_fov(info.size_px, settings.fov_deg)
        collectors += scene_collectors(networks.scene_finder(), info, filming)
    if networks.depth is not None:
        collectors.append(DepthCollector(networks.depth, info.size_px))
    eyes = networks.detector, networks.landmark_models
    seen = yield from observe(source, *eyes, settings, collectors)
    fps = frame_rate(seen.time_s, info.fps / info.step)
    is_glimpse = info.is_still or len(seen.time_s) < settings.min_track_s * fps
    count = len(seen.time_s)
    settled = settle_tracks(seen.tracks, seen.cuts, fps, is_glimpse, settings, count)
    seen = replace(seen, tracks=settled.tracks)
    if not seen.tracks and source.damaged_share > _DAMAGED:
        raise ClipError(
            f"{source.damaged_share:.0%} of the frames of {info.path} are damaged and can't be "
            "read; nobody was found in the others."
        )
    take = yield from solve(info, seen, settings, camera, lifter=networks.lifter)
    told = (_PICTURES,) if settled.pictures else ()
    return replace(take, warnings=(*source.warnings, *told, *take.warnings))


def solve(
    info: ClipInfo,
    seen: Observed,
    settings: Settings,
    camera: Camera | None = None,
    edits: Mapping[int, Floats] | None = None,
    lifter: Lifter | None = None,
) -> Generator[Progress, None, Take]:
    """Solve the tracks of ``seen``, one person each, the most important first.

    ``edits`` holds for some people, by index, foot contacts (t, 2) set by hand, from their track's
    first frame to its last. Raises NoPersonError when there are no tracks.
    """
    if not seen.tracks:
        raise NoPersonError(f"No person found in {info.path}.")
    edits = edits or {}
    # Baselines take every frame by itself, as the project they repeat did.
    is_baseline = settings.estimator in BASELINES
    clock = None if is_baseline else even_time_of(seen.time_s, seen.cuts)
    if clock is None:
        take, measured, doubts = yield from _solve(info, seen, settings, camera, edits, lifter)
    else:
        edits = {i: clock.spread_rows(seen.tracks[i], edit) for i, edit in edits.items()}
        even = clock.spread(seen)
        take, measured, doubts = yield from _solve(info, even, settings, camera, edits, lifter)
        take = _at_own_times(take, seen, clock)
    take = replace(take, warnings=doubts_about(take, measured) + doubts)
    return replace(take, report=report_on(take, measured))


def _solve(
    info: ClipInfo,
    seen: Observed,
    settings: Settings,
    camera: Camera | None,
    edits: Mapping[int, Floats],
    lifter: Lifter | None,
) -> Generator[Progress, None, tuple[Take, bool, tuple[str, ...]]]:
    """Solve evenly spaced frames: (take, whether floors were measured, doubts)."""
    if camera is None:
        camera = _camera_of(seen, info.size_px, settings.fov_deg)
    is_baseline = settings.estimator in BASELINES
    turns = None if seen.turns is None or is_baseline else at_focal(seen.turns, camera)
    uprights = find_uprights(seen.lines, seen.cuts, camera, turns)
    fps = frame_rate(seen.time_s, info.fps / info.step)
    steps = 2 * len(seen.tracks)
    if is_baseline:
        solved = solve_baseline(seen, camera, fps, settings)
        shots = [_shot_of(track, seen) for track in seen.tracks]
        grounds, doubts = _grounds(solved, shots, uprights), ()
    else:
        solved, shots, grounds, doubts = yield from _solve_people(
            seen, camera, turns, uprights, fps, settings, edits, lifter
        )
    cameras = _cameras(camera, solved, shots, grounds, len(seen.cuts) + 1)
    people = tuple(
        make_person(
            f"Person {i + 1}",
            one,
            cameras[shot],
            _floor_height(cameras[shot], grounds[i]),
            settings,
        )
        for i, (one, shot) in enumerate(zip(solved, shots, strict=True))
    )
    yield Progress(_SOLVING, steps, steps)
    turned = np.zeros((0, 3), np.float32) if turns is None else log_so3(turns).astype(np.float32)
    doubts += turn_doubts(turned, has_depth(seen))
    measured = all(ground.is_measured for ground in grounds)
    take = Take(
        clip=info,
        camera=cameras[0],
        time_s=seen.time_s,
        source_frame=seen.source_frame,
        people=people,
        cuts=seen.cuts,
        T_world_shots=np.array([c.T_world_camera for c in cameras[1:]]).reshape(-1, 4, 4),
        settings=asdict(settings),
        observed=seen,
        turns=turned,
    )
    return take, measured, doubts


def _at_own_times(take: Take, seen: Observed, clock: EvenTime) -> Take:
    """A take of even ticks at the times of the frames ``seen``."""
    turns = take.turns
    if len(turns) and seen.turns is not None:
        turns = log_so3(at_focal(seen.turns, take.camera)).astype(np.float32)
    people = zip(take.people, seen.tracks, strict=True)
    return replace(
        take,
        time_s=seen.time_s,
        source_frame=seen.source_frame,
        people=tuple(clock.gather(person, track) for person, track in people),
        cuts=seen.cuts,
        observed=seen,
        turns=turns,
    )


def _solve_people(
    seen: Observed,
    camera: Camera,
    turns: F64 | None,
    uprights: Sequence[Frame | None],
    fps: float,
    settings: Settings,
    edits: Mapping[int, Floats],
    lifter: Lifter | None,
) -> Generator[Progress, None, tuple[list[Solved], list[int], list[Ground], tuple[str, ...]]]:
    """Everybody solved, on their floors: (people, their shots, their floors, doubts)."""
    solved: list[Solved] = []
    doubts: tuple[str, ...] = ()
    steps = 2 * len(seen.tracks)
    for track in seen.tracks:
        yield Progress(_SOLVING, len(solved), steps)
        solved.append(solve_person(track, camera, fps, settings, lifter, turns))
    shots = [_shot_of(track, seen) for track in seen.tracks]
    grounds = _grounds(solved, shots, uprights)
    if has_depth(seen) and turns is None:
        placed = place_by_depth(seen, solved, grounds, shots, camera, settings)
        solved = [resolve_person(one.solved, settings) for one in placed]
        if not all(one.is_scene for one in placed):
            doubts = (_OTHER_DEPTH,)
        grounds = _grounds(solved, shots, uprights)
    solved, grounds = share_floor(solved, grounds, shots, settings)
    for i, ground in enumerate(grounds):
        yield Progress(_SOLVING, len(solved) + i, steps)
        solved[i] = ground_person(solved[i], ground, settings, edits.get(i))
    return solved, shots, grounds, doubts


def _floor_height(camera: Camera, ground: Ground) -> float:
    """Height in metres of a person's own floor over the world's, where Z is 0."""
    on_floor = ground.normal * ground.offset
    return float(world_from_camera(camera, on_floor)[2])


def _shot_of(track: TrackObservations, seen: Observed) -> int:
    return int(np.searchsorted(seen.cuts, track.frames[0], side="right"))


def _camera_of(seen: Observed, size_px: tuple[int, int], fov_deg: float | None) -> Camera:
    """The camera of a field of view, or what the scene's straight lines tell of one."""
    if fov_deg is None:
        return camera_from_lines(seen.lines, size_px)
    return camera_from_fov(size_px, fov_deg)


def _grounds(
    solved: Sequence[Solved], shots: Sequence[int], uprights: Sequence[Frame | None]
) -> list[Ground]:
    """Everybody's floor, parallel within a shot."""
    out: dict[int, Ground] = {}
    for shot in set(shots):
        members = [i for i, at in enumerate(shots) if at == shot]
        bodies, stands = [solved[i].X for i in members], [solved[i].contacts for i in members]
        found = find_grounds(bodies, stands, uprights[shot])
        out |= dict(zip(members, found, strict=True))
    return [out[i] for i in range(len(solved))]


def _cameras(
    camera: Camera,
    solved: Sequence[Solved],
    shots: Sequence[int],
    grounds: Sequence[Ground],
    count: int,
) -> list[Camera]:
    """The camera of every shot: on its floor, the shot's first person begins over the origin."""
    placed: dict[int, Camera] = {}
    for one, shot, ground in zip(solved, shots, grounds, strict=True):
        if shot not in placed:
            origin = one.X[:, 6:8].mean(1)[0]
            T = world_from_ground(ground, origin)
            placed[shot] = replace(camera, T_world_camera=T)
    # A shot with nobody in it keeps the camera of a neighbour.
    fallback = placed[min(placed)]
    return [placed.get(shot, fallback) for shot in range(count)]
