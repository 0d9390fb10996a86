"""What a hand network tells of one hand in one picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..data.arrays import F32, U8, check_fields, of_shape
from ..data.hand_points import POINTS
from ..data.types import Region


@dataclass(frozen=True, slots=True, eq=False)
class HandSeen:
    """A hand in a picture: ``xy_px`` (21, 2) pixels; ``xyz_m`` (21, 3) metres around its middle,
    x right, y down, z away, as if it were seen straight ahead; ``presence`` of a hand and the
    chance that it is somebody's ``right`` one."""

    xy_px: F32 = field(metadata=of_shape(POINTS, 2))
    xyz_m: F32 = field(metadata=of_shape(POINTS, 3))
    presence: float
    right: float

    def __post_init__(self) -> None:
        check_fields(self)


class HandModel(Protocol):
    """Places the points of the one hand in a region. Called from several threads at once."""

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        """The hand in ``region`` of a (h, w, 3) picture, looked at in a mirror if wanted."""
        ...
