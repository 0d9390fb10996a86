"""The whole job, a list of passes: a clip and networks in, a take out.

``estimate`` reads the clip and solves; ``solve`` alone starts from what the networks saw, so that
other settings, chosen people or edited contacts never need the networks again.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..baselines.per_frame import BASELINES
from ..data.arrays import Floats
from ..data.collector import Collector
from ..data.errors import ClipError, NoPersonError
from ..data.observations import SECOND_LOOK, GivenCamera, Observed
from ..data.profiling.resting import let_rest
from ..data.settings import Settings
from ..data.timing import frame_rate
from ..data.types import Camera, ClipInfo, FrameSource, Progress, Take
from ..depth.collecting import DepthCollector
from ..evaluation.quality import report_on
from ..geometry.camera import camera_from_fov
from ..lifting.lifter import Lifter
from ..perspective.background import STILL_EVERY, STILL_SELDOM, BackgroundCollector
from ..perspective.collecting import scene_collectors
from ..tracking.following.turned_looks import TurnedLooks
from ..tracking.track_merging import settle_tracks
from .doubts import doubts_about
from .films.film import Film, KnownFilm
from .films.hearing import heard_together
from .keeping.memory import Memory
from .keeping.remembering import remembering
from .networks import Networks, closeups_by, with_parts
from .observe import observe
from .pace.thinning import thinned
from .second_look import told_with_detector
from .whole_track import WholeTrack

if TYPE_CHECKING:
    from .films.scene import Scene

_DAMAGED: Final = 0.1
"""Where more of a clip can't be read, that is why nobody is found."""
_PICTURES: Final = "Somebody who never moves, as only a picture does, was left out."


def estimate(
    source: FrameSource,
    networks: Networks,
    settings: Settings,
    camera: Camera | GivenCamera | None = None,
) -> Generator[Progress, None, Take]:
    """Estimate everybody's motion in a clip; ``close()`` on the generator cancels.

    ``camera`` gives known intrinsics; without it the field of view is that of ``settings``, what
    straight lines tell of it, or a guess. Raises ClipError when nothing can be read and
    NoPersonError when nobody is found in a clip that isn't damaged. A ``GivenCamera`` stays in the
    take and is what the settings' "given" camera is.
    """
    given = camera if isinstance(camera, GivenCamera) else None
    camera = None if isinstance(camera, GivenCamera) else camera
    seen, told = yield from observe_clip(source, networks, settings, camera)
    seen = replace(seen, given=given)
    take = yield from solve(source.info, seen, settings, camera, lifter=networks.lifter)
    return replace(take, warnings=(*told, *take.warnings))


def observe_clip(
    source: FrameSource, networks: Networks, settings: Settings, camera: Camera | None = None
) -> Generator[Progress, None, tuple[Observed, tuple[str, ...]]]:
    """What the networks see of a clip, with tracks settled, and sentences about how it was read.

    With a ``memory`` it keeps what they answer, also when it is closed or fails. Raises ClipError
    as ``estimate``; nobody may be found.
    """
    if networks.memory is None:
        return (yield from _observe_clip(source, networks, settings, camera, None))
    memory, is_over = networks.memory(), False
    try:
        own = remembering(networks, memory)
        seen = yield from _observe_clip(source, own, settings, camera, memory)
        is_over = True
    finally:
        if not is_over:
            memory.write()
    return seen


def _observe_clip(
    source: FrameSource,
    networks: Networks,
    settings: Settings,
    camera: Camera | None,
    memory: Memory | None,
) -> Generator[Progress, None, tuple[Observed, tuple[str, ...]]]:
    sparse = thinned(source, settings.quality, has_models=bool(networks.landmark_models))
    source = source if sparse is None else sparse
    info = source.info
    collectors: list[Collector] = [] if memory is None else [memory]
    still_every = STILL_SELDOM if settings.quality == "fast" else STILL_EVERY
    if networks.scene_finder is not None:
        filming = camera or camera_from_fov(info.size_px, settings.fov_deg)
        collectors += scene_collectors(networks.scene_finder(), info, filming, still_every)
    if networks.background is not None and not info.is_still:
        collectors.append(BackgroundCollector(networks.background(), info, still_every))
    if networks.depth is not None:
        collectors.append(DepthCollector(networks.depth, info.size_px))
    turned = None
    if networks.landmark_models and not info.is_still:
        models = [one for one in networks.landmark_models if one.name != SECOND_LOOK]
        turned = TurnedLooks(networks.detector, models, info.fps / info.step)
        collectors.append(turned)
    collectors += closeups_by(networks, settings, info.fps / info.step)
    eyes = networks.detector, networks.landmark_models
    seen = yield from observe(source, *eyes, settings, collectors)
    seen = replace(seen, tracks=tuple(map(told_with_detector, seen.tracks)))
    if turned is not None:
        seen = yield from turned.look(seen)
    seen = replace(seen, tracks=with_parts(seen.tracks, settings))
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
    if sparse is not None:
        seen = sparse.at_all_frames(seen)
    told = (_PICTURES,) if settled.pictures else ()
    told += networks.remarks() if networks.remarks is not None else ()
    return seen, (*source.warnings, *told)


def solve(
    info: ClipInfo,
    seen: Observed,
    settings: Settings,
    camera: Camera | None = None,
    edits: Mapping[int, Floats] | None = None,
    lifter: Lifter | None = None,
) -> Generator[Progress, None, Take]:
    """Solve the tracks of ``seen``, one person each, the most important first, by the motion
    estimator that the settings name.

    ``edits`` holds for some people, by index, foot contacts (t, 2) set by hand, from their track's
    first frame to its last. Raises NoPersonError when there are no tracks.
    """
    if not seen.tracks:
        raise NoPersonError(f"No person found in {info.path}.")
    estimator = BASELINES.get(settings.estimator, WholeTrack(lifter))
    found = yield from estimator.estimate(info, seen, settings, camera, edits or {})
    doubts = doubts_about(found.take, found.floor_is_measured) + found.doubts
    take = replace(found.take, warnings=doubts)
    let_rest()
    report = report_on(take, found.floor_is_measured, found.floors_m)
    return replace(take, report=report)


def estimate_together(
    sources: Sequence[FrameSource],
    networks: Networks,
    settings: Settings,
    known: Sequence[KnownFilm],
) -> Generator[Progress, None, Take]:
    """One take of several clips of one scene, at the times of the first; one clip is estimated by
    itself. ``known`` tells of every clip what is known of its camera.

    Raises what ``estimate`` and ``together.scene_of`` raise.
    """
    if len(sources) == 1:
        one = known[0]
        return (yield from estimate(sources[0], networks, settings, one.path or one.camera))
    # What several clips need takes as long to load as a quarter of everything else.
    from .films.scene import solve_films

    films, told = yield from _observe_films(sources, networks, settings, known)
    take = yield from solve_films(films, settings, lifter=networks.lifter)
    return replace(take, warnings=(*told, *take.warnings))


def scene_of_clips(
    sources: Sequence[FrameSource],
    networks: Networks,
    settings: Settings,
    known: Sequence[KnownFilm],
) -> Generator[Progress, None, Scene]:
    """Several clips of one scene with their cameras found; errors as ``estimate_together``."""
    from .films.scene import scene_of

    films, _ = yield from _observe_films(sources, networks, settings, known)
    return (yield from scene_of(films, settings, networks.lifter))


def _observe_films(
    sources: Sequence[FrameSource],
    networks: Networks,
    settings: Settings,
    known: Sequence[KnownFilm],
) -> Generator[Progress, None, tuple[list[Film], tuple[str, ...]]]:
    """What the networks see of several clips, one after another; errors as ``observe_clip``."""
    films: list[Film] = []
    every: list[str] = []
    for source, one in zip(sources, known, strict=True):
        seen, told = yield from observe_clip(source, networks, settings, one.camera)
        films.append(Film(source.info, seen, one.camera, one.given, one.pose))
        every += told
    return heard_together(films, networks.ear), tuple(every)
