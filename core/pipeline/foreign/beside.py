"""Another tool's motion of a clip that Limn's own networks look at too."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ...data.errors import SettingsError
from ...data.foreign.motion import Foreign
from ...data.settings import Settings
from ...data.timing import frame_rate
from ...data.types import FrameSource, Progress, Take
from ...importing.beside import Pair, in_camera, pairs_of, with_pass, with_rotations
from ...importing.keypoints.beside import same_people, with_keypoints
from ...importing.keypoints.sightings import KeypointMotion
from ...importing.keypoints.tracks import observed_in, ranked
from ..estimate import observe_clip, solve
from ..networks import Networks

_NOBODY: Final = (
    "Nobody whom Limn sees in {} moves as the people of {} do: it is another clip, or its frames "
    "are counted otherwise; without Limn's networks (--networks off) it is imported all the same."
)
_UNSEEN: Final = "{} of the file was found by none of Limn's networks in the clip and left out."


@dataclass(frozen=True, slots=True)
class Looking:
    """A clip that is looked at: its ``source``, the ``networks`` and how they are used."""

    source: FrameSource
    networks: Networks
    settings: Settings


def take_beside(path: Path, imported: Take, looking: Looking) -> Generator[Progress, None, Take]:
    """The take of what Limn's networks see of a clip and of the ``imported`` motion, as it is, as
    one pass more; its people are those of the file who are seen.

    Raises SettingsError where nobody of the one is anybody of the other, and what ``estimate``
    raises.
    """
    source, networks, settings = looking.source, looking.networks, looking.settings
    seen, told = yield from observe_clip(source, networks, settings)
    own = yield from solve(source.info, seen, settings, None, lifter=networks.lifter)
    pairs = pairs_of(imported, own)
    if not pairs:
        raise SettingsError(_NOBODY.format(source.info.path, path))
    pairs.sort(key=lambda pair: pair.person)
    assert imported.observed is not None
    foreign = imported.observed.foreign
    assert foreign is not None
    people = tuple(
        in_camera(foreign.people[pair.person], pair.R_camera_world, who)
        for who, pair in enumerate(pairs)
    )
    beside = Foreign(foreign.tool, people, sigma_m=foreign.sigma_m, is_beside=True)
    tracks = tuple(
        with_pass(seen.tracks[pair.track], one, foreign.tool, foreign.sigma_m, own.camera)
        for pair, one in zip(pairs, people, strict=True)
    )
    seen = replace(seen, tracks=tracks, foreign=beside)
    take = yield from solve(source.info, seen, settings, None, lifter=networks.lifter)
    names = [imported.people[pair.person].name for pair in pairs]
    take = replace(
        take,
        people=tuple(replace(p, name=n) for p, n in zip(take.people, names, strict=True)),
        warnings=(*told, *_unseen(imported, pairs), *imported.warnings, *take.warnings),
    )
    return with_rotations(take, beside)


def keypoints_beside(
    path: Path, motion: KeypointMotion, sigma_px: float | None, looking: Looking
) -> Generator[Progress, None, Take]:
    """The take of what Limn's networks see and of a file's keypoints, in the clip's pixels, as one
    pass more; its people are those of the file who are seen. Errors as ``take_beside``."""
    source, networks, settings = looking.source, looking.networks, looking.settings
    seen, told = yield from observe_clip(source, networks, settings)
    fps = frame_rate(seen.time_s, source.info.fps)
    theirs, _ = observed_in(motion, fps, settings, sigma_px)
    pairs = same_people(ranked(theirs, fps, settings).tracks, seen.tracks)
    if not pairs:
        raise SettingsError(_NOBODY.format(source.info.path, path))
    tracks = tuple(with_keypoints(seen.tracks[j], one) for one, j in pairs)
    beside = replace(seen, tracks=tracks)
    take = yield from solve(source.info, beside, settings, None, lifter=networks.lifter)
    return replace(take, warnings=(*told, *motion.notes, *take.warnings))


def _unseen(imported: Take, pairs: list[Pair]) -> list[str]:
    found = {pair.person for pair in pairs}
    return [_UNSEEN.format(p.name) for i, p in enumerate(imported.people) if i not in found]
