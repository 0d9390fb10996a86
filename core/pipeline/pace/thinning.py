"""In "fast", clips of high frame rates are looked at about 25 to 30 times a second.

What the networks see in between adds nothing that the solve's smoothness doesn't: a body under
40 m/s² is off a straight line through two frames 33 ms apart by 5 mm at most, a share of what the
networks err by. Frames passed over aren't even converted to BGR. What was seen is interpolated for
them afterwards, the solve runs on those that were looked at, and poses are curves through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

import numpy as np

from ...data.arrays import I32
from ...data.observations import Background, Observed
from ...data.types import ClipInfo, Frame, FrameSource
from ...geometry.even_time import EvenTime

_LEAST_FPS: Final = 25.0
"""No fewer frames a second are looked at."""
_MOST: Final = 4
"""At least one frame in so many is looked at: who films at 240 a second films something quick."""


PARTS_FPS: Final[Mapping[str, float]] = {"hands": 10.0, "face": 15.0}
"""In "fast" parts of people are looked at so often: fits are smoother than that."""
_ALL_PARTS_FPS: Final = 30.0
"""Otherwise so often."""


def frames_per_part(quality: str, part: str, fps: float) -> int:
    """One frame in how many a ``part`` is looked at, of those that come ``fps`` times a second."""
    wanted = PARTS_FPS[part] if quality == "fast" else _ALL_PARTS_FPS
    return max(round(fps / wanted), 1)


def frames_per_look(quality: str, fps: float) -> int:
    """One frame in how many is looked at of a clip of ``fps``."""
    return int(np.clip(fps // _LEAST_FPS, 1, _MOST)) if quality == "fast" else 1


@dataclass(slots=True)
class PassedOver:
    """Of all frames in order, looked at or not: index, seconds, and whether it was looked at."""

    index: list[int] = field(default_factory=list[int])
    time_s: list[float] = field(default_factory=list[float])
    is_looked_at: list[bool] = field(default_factory=list[bool])

    def note(self, index: int, time_s: float, *, is_looked_at: bool) -> None:
        """The next frame."""
        self.index.append(index)
        self.time_s.append(time_s)
        self.is_looked_at.append(is_looked_at)


@runtime_checkable
class ThinningSource(FrameSource, Protocol):
    """A source that passes frames over cheaply."""

    def thinned(self, every: int, passed: PassedOver) -> Iterator[Frame]:
        """Every ``every``-th frame of the range from its first on, and its last; all of them are
        noted in ``passed``, at the latest when the next one comes out."""
        ...


class ThinnedSource:
    """A ``FrameSource`` of every ``every``-th frame of another, and of its last."""

    def __init__(self, source: FrameSource, every: int) -> None:
        self._source, self._every = source, every
        self.passed = PassedOver()

    @property
    def info(self) -> ClipInfo:
        """The clip's facts, with the frames that are looked at."""
        info = self._source.info
        count = -(-info.frame_count // self._every) + (info.frame_count % self._every != 1)
        is_known = info.frame_count > 0
        return replace(info, step=info.step * self._every, frame_count=count if is_known else 0)

    @property
    def warnings(self) -> Sequence[str]:
        """The source's own."""
        return self._source.warnings

    @property
    def damaged_share(self) -> float:
        """The source's own."""
        return self._source.damaged_share

    def frames(self) -> Iterator[Frame]:
        """The frames that are looked at, in order."""
        self.passed = PassedOver()
        if isinstance(self._source, ThinningSource):
            return self._source.thinned(self._every, self.passed)
        return self._chosen()

    def _chosen(self) -> Iterator[Frame]:
        held: Frame | None = None
        for number, frame in enumerate(self._source.frames()):
            if held is not None:
                self.passed.note(held.index, held.time_s, is_looked_at=False)
            held = frame
            if number % self._every == 0:
                held = None
                self.passed.note(frame.index, frame.time_s, is_looked_at=True)
                yield frame
        if held is not None:
            self.passed.note(held.index, held.time_s, is_looked_at=True)
            yield held

    def at_all_frames(self, seen: Observed) -> Observed:
        """What was ``seen`` in the frames looked at, for all frames, interpolated in between."""
        at = np.flatnonzero(self.passed.is_looked_at).astype(np.int32)
        if len(at) == len(self.passed.index):
            return seen
        fps = 1.0  # of no matter: only positions are used
        clock = EvenTime(
            fps,
            at.astype(np.float64),
            seen.cuts,
            at[seen.cuts],
            len(self.passed.index),
            close=self._every + 0.5,
        )
        return replace(
            clock.spread(seen),
            time_s=np.array(self.passed.time_s),
            source_frame=np.array(self.passed.index, np.int32),
            background=_moved(seen.background, at),
            given=seen.given,
        )


def _moved(background: Background | None, at: I32) -> Background | None:
    if background is None:
        return None
    return replace(background, frames=at[background.frames])


def thinned(source: FrameSource, quality: str, *, has_models: bool) -> ThinnedSource | None:
    """``source`` as far as it is looked at; None where that is all of it.

    Without landmark models the detector looks at every frame.
    """
    info = source.info
    every = frames_per_look(quality, info.fps / info.step)
    is_wanted = every > 1 and has_models and not info.is_still
    return ThinnedSource(source, every) if is_wanted else None
