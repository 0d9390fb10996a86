"""How much time lies between frames, for whom velocities and detections are followed."""

from __future__ import annotations

from typing import Final

_WHOLE: Final = 0.1
"""Times this near to the clip's own rate, in frames, are on it: containers round them."""


class Ticks:
    """Frame numbers as they would be if none were missing: ticks of a clip of ``fps``.

    In an even clip every frame's tick is its number; so it is where no times were told.
    """

    def __init__(self, fps: float = 1.0) -> None:
        self._fps = fps
        self._time_s = 0.0
        self._ticks: list[float] = []

    def add(self, time_s: float) -> float:
        """Tell the next frame's time; returns its tick."""
        if self._ticks:
            passed = (time_s - self._time_s) * self._fps
            whole = max(round(passed), 1)
            passed = whole if abs(passed - whole) < _WHOLE else passed
            self._ticks.append(self._ticks[-1] + passed)
        else:
            self._ticks.append(0.0)
        self._time_s = time_s
        return self._ticks[-1]

    def of(self, frame: int) -> float:
        """The tick of a frame, by its position."""
        return self._ticks[frame] if frame < len(self._ticks) else float(frame)

    def between(self, before: int, after: int) -> float:
        """How many ticks lie between two frames."""
        return self.of(after) - self.of(before)
