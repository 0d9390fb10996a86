"""Which frames of a clip are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.data.errors import ClipError


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames ``first``, ``first + step`` … up to and including ``last`` (None = the clip's end)."""

    first: int = 0
    last: int | None = None
    step: int = 1

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ClipError(f"The frame step is {self.step}; it must be 1 or more.")
        if self.first < 0:
            raise ClipError(f"The first frame is {self.first}; frames are counted from 0.")
        if self.last is not None and self.last < self.first:
            raise ClipError(f"The last frame ({self.last}) lies before the first ({self.first}).")

    def wants(self, index: int) -> bool:
        """Whether the frame is one of the range."""
        return (
            not self.is_past(index)
            and index >= self.first
            and (index - self.first) % self.step == 0
        )

    def is_past(self, index: int) -> bool:
        """Whether the range ends before the frame."""
        return self.last is not None and index > self.last

    def count_of(self, total: int) -> int:
        """How many frames the range takes from a clip of ``total`` frames."""
        end = total if self.last is None else min(total, self.last + 1)
        return len(range(self.first, end, self.step))

    def check_within(self, total: int, path: Path) -> None:
        """Raise ClipError when the range begins after a clip of ``total`` frames has ended."""
        if self.first >= total:
            raise outside(self.first, total, path)

    def warnings_for(self, total: int) -> list[str]:
        """A sentence when the range asks for more than ``total`` frames."""
        if self.last is None or self.last < total:
            return []
        return [
            f"The clip has {total} frames; the range up to frame {self.last} ends at its last one."
        ]


def outside(first: int, total: int, path: Path) -> ClipError:
    """The error for a range that begins after the clip's end."""
    plural = "frame" if total == 1 else "frames"
    return ClipError(
        f"{path} has {total} {plural}, counted from 0; the range can't begin at {first}."
    )
