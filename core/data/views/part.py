"""A part of somebody, such as a hand or a face, as one of several cameras saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from ..arrays import F64, check_fields, of_shape

MotionT = TypeVar("MotionT")

CHANGE_S: Final = 0.15
"""Seconds over which one view takes over a part from another; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class PartView(Generic[MotionT]):
    """A view's ``motion`` of the part at the frames of the take, and ``R`` (3, 3) from its axes to
    those of the take's own camera."""

    motion: MotionT
    R: F64 = field(metadata=of_shape(3, 3))

    def __post_init__(self) -> None:
        check_fields(self)
