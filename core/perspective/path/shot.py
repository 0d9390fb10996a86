"""What is known of one shot's camera before its path is looked for, and after."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...data.arrays import F64, I64, Bools, check_fields, of_shape


@dataclass(frozen=True, slots=True, eq=False)
class ShotPath:
    """How a shot's camera moves; n looks at ``frames`` (n,).

    ``model`` is "turns", "zooms" or "carried" (perhaps zooming); ``R`` (n, 3, 3) from the scene's
    axes to the camera's, ``centers`` (n, 3) in a unit of the path's own, ``focal`` (n,) pixels.
    ``held`` (n,) where too few points were seen and the camera goes on from its neighbours;
    ``agree`` is the share of sightings that it explains; ``skew`` (2,) how many frames it would
    take to read a picture's longer side along x or y, where pictures aren't read at once;
    ``focal_doubt`` is by what share a focal length that turning tells may be wrong, None where it
    doesn't.
    """

    model: str
    frames: I64 = field(metadata=of_shape("n"))
    R: F64 = field(metadata=of_shape("n", 3, 3))
    centers: F64 = field(metadata=of_shape("n", 3))
    focal: F64 = field(metadata=of_shape("n"))
    held: Bools = field(metadata=of_shape("n"))
    agree: float
    skew: F64 | None = field(default=None, metadata=of_shape(2))
    focal_doubt: float | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is known of a shot: m sightings, by look, in order: ``look`` (m,), ``point`` (m,),
    ``xy`` (m, 2) pixels about the middle; the looks' ``frames`` (n,); the focal length expected
    and its doubt; ``longer_px`` of the picture. ``is_read_at_once``: its rows are known to be, or
    were put right."""

    look: I64 = field(metadata=of_shape("m"))
    point: I64 = field(metadata=of_shape("m"))
    xy: F64 = field(metadata=of_shape("m", 2))
    frames: I64 = field(metadata=of_shape("n"))
    focal: float
    focal_doubt: float
    longer_px: float
    is_read_at_once: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
