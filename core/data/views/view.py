"""A further camera of a take: its clip, where it stood, and how far it agrees with the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ..types import Take

AGREEMENTS: Final = ("good", "check", "poor")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a view fits what the others saw.

    * ``word``: one of ``AGREEMENTS``;
    * ``correlation`` of people's movements with those in the view that it was matched to, to 1;
    * ``off`` how far rays miss the joints, in standard deviations of a landmark (median);
    * ``cost`` of its rays per joint: below 0.4 where cameras fit, above 1 for strangers;
    * ``angle_deg`` between it and the first camera, as people see them;
    * ``overlap_s`` seconds in which both clips show somebody.
    """

    word: str = "good"
    correlation: float = 1.0
    off: float = 0.0
    cost: float = 0.0
    angle_deg: float = 0.0
    overlap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GivenOfView:
    """What somebody told of a view: ``shift_s`` of its clock, that its lens is known, that its pose
    is that of a calibration, and its distance in metres from the first camera."""

    shift_s: float | None = None
    intrinsics: bool = False
    pose: bool = False
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sounds of two clips tell: the further one's clock shows ``shift_s`` more at the
    first one's 0 and gains ``rate`` seconds a second; ``doubt_s`` is the standard deviation,
    without what sound takes to come and how far pictures lag behind it; ``clearness`` how far the
    shift stands out of all others, in standard deviations."""

    shift_s: float
    rate: float = 0.0
    doubt_s: float = 0.01
    clearness: float = 0.0

    def at(self, first_s: float) -> float:
        """The shift in seconds when the first one's clock shows ``first_s``."""
        return self.shift_s + self.rate * first_s


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A further camera.

    ``part`` is its clip as a take without people: footage, times, what the networks saw, and its
    camera in the world of the take that it belongs to. When that take's time is s, this one's is
    ``shift_s`` + (1 + ``rate``) s. A view that isn't used (``is_used``) is kept and not asked.
    ``heard`` is what both clips' sounds tell of that, None where they tell nothing.
    """

    part: Take
    shift_s: float
    rate: float = 0.0
    is_used: bool = True
    agreement: Agreement = field(default_factory=Agreement)
    given: GivenOfView = field(default_factory=GivenOfView)
    heard: Heard | None = None

    @property
    def starts_s(self) -> float:
        """Seconds after the take's first frame at which this clip begins."""
        return -self.shift_s / (1 + self.rate)
