"""Keypoints that another tool found in pictures, lifted and solved as Limn's own are."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ...data.errors import SettingsError
from ...data.settings import Settings
from ...data.types import ClipInfo, Progress, Take
from ...importing.as_take import ImportSettings
from ...importing.filming import rate_of
from ...importing.keypoints.sightings import KeypointMotion
from ...importing.keypoints.tracks import in_pixels, observed_in, ranked
from ...lifting.lifter import Lifter
from ...tracking.track_merging import settle_tracks
from ..estimate import solve

_NO_SIZE: Final = (
    "{} doesn't tell how large the pictures were; name the clip by --video or their size by --size."
)
_OTHER_SHAPE: Final = (
    "The keypoints of {} are of pictures of {} x {} pixels, the clip's are {} x {}: it is another."
)
_ALIKE: Final = 0.02  # by what share the shapes of a picture and its smaller copy differ


def take_of_keypoints(
    path: Path,
    motion: KeypointMotion,
    asked: ImportSettings,
    clip: ClipInfo | None,
    lifter: Lifter | None,
) -> Generator[Progress, None, Take]:
    """The take of what a file saw, in the clip's pictures or those whose size it tells.

    Raises SettingsError without a size, NoPersonError where nobody is seen for long enough.
    """
    motion, size_px = sized(path, motion, asked, clip)
    fps, remarks = rate_of(motion.fps, asked.fps, clip)
    settings = Settings(
        height_m=asked.height_m, fov_deg=asked.fov_deg, contacts=asked.contacts, camera="still"
    )
    seen, has_numbers = observed_in(motion, fps, settings, asked.sigma_px)
    count = len(seen.time_s)
    if has_numbers:
        seen = ranked(seen, fps, settings)
    else:
        is_glimpse = count < settings.min_track_s * fps
        settled = settle_tracks(seen.tracks, seen.cuts, fps, is_glimpse, settings, count)
        seen = replace(seen, tracks=settled.tracks)
    footage = clip or ClipInfo(str(path.absolute()), size_px, fps, count)
    info = replace(footage, size_px=size_px, fps=fps, frame_count=footage.frame_count or count)
    take = yield from solve(info, seen, settings, None, lifter=lifter)
    return replace(take, warnings=(*motion.notes, *remarks, *take.warnings))


def sized(
    path: Path, motion: KeypointMotion, asked: ImportSettings, clip: ClipInfo | None
) -> tuple[KeypointMotion, tuple[int, int]]:
    """``motion`` in pixels of the clip's pictures, and their size. Raises SettingsError."""
    clip_px = clip.size_px if clip is not None and all(clip.size_px) else None
    own = asked.size_px or motion.size_px
    size_px = clip_px or own
    if size_px is None:
        raise SettingsError(_NO_SIZE.format(path))
    motion = in_pixels(motion, own or size_px)
    if own is None or own == size_px:
        return motion, size_px
    # Tools look at smaller copies of large clips.
    share = np.array(size_px) / np.array(own)
    if abs(share[0] / share[1] - 1) > _ALIKE:
        raise SettingsError(_OTHER_SHAPE.format(path, *own, *size_px))
    return replace(motion, xy=(motion.xy + 0.5) * share - 0.5), size_px
