"""Another tool's motion in a take file, arrays and JSON that anybody may have made."""

from __future__ import annotations

from typing import Any, Final

from ..foreign.motion import Foreign, ForeignPerson
from .fields import Field, Sizes, read_fields
from .files import Damaged
from .json_fields import flag, mapping, member, number, sequence, text, whole
from .npz import Archive
from .take_layout import MOST, check_rigid

_MOST_PEOPLE: Final = 1000  # bounds work on damaged files
_M: Final = 1e6  # nobody is farther away
_PERSON: Final = (
    Field("frames", "int", ("t",), 0, MOST["T"], increases=True),
    Field("confidence", "float", ("t",), -1e-3, 1 + 1e-3),
    Field("rest_xyz_body", "float", (55, 3), -1e3, 1e3, is_needed=False),
    Field("root_xyz", "float", ("t", 3), -_M, _M, is_needed=False),
    Field("quat_parent_joint", "float", ("t", 55, 4), -2, 2, is_needed=False),
    Field("points", "float", ("t", 19, 3), -_M, _M, is_needed=False),
    Field("score", "float", ("t", 19), 0, 1 + 1e-3, is_needed=False),
    Field("hands", "float", ("t", 2, 21, 3), -_M, _M, may_be_nan=True, is_needed=False),
    Field("face", "float", ("t", 68, 3), -_M, _M, may_be_nan=True, is_needed=False),
)
_CAMERA: Final = (Field("T_world_camera", "float", ("given", 4, 4), -_M, _M, is_needed=False),)


def foreign_in(header: dict[str, Any], archive: Archive, frames: int) -> Foreign | None:
    """What another tool told, None of a take that wasn't imported. Raises Damaged.

    ``frames`` is how many the clip has.
    """
    if "foreign" not in header:
        return None
    told = mapping(header["foreign"], "foreign")
    listed = sequence(member(told, "people", "foreign.people"), "foreign.people", _MOST_PEOPLE)
    people = [
        _person(whole(who, f"foreign.people.{i}", 0, _MOST_PEOPLE), archive, i, frames)
        for i, who in enumerate(listed)
    ]
    if len({one.points is None for one in people}) > 1:
        raise Damaged("foreign.people are told by rotations and by points")
    camera = read_fields(archive, "foreign.", _CAMERA, {}, MOST)
    if "T_world_camera" in camera:
        check_rigid("foreign.T_world_camera", camera["T_world_camera"])
    return Foreign(
        tool=text(member(told, "tool", "foreign.tool"), "foreign.tool"),
        people=tuple(people),
        sigma_m=number(told.get("sigma_m", 0.0), "foreign.sigma_m", 0.0, 1e3),
        is_beside=flag(told.get("is_beside", False), "foreign.is_beside"),
        **camera,
    )


def _person(who: int, archive: Archive, i: int, frames: int) -> ForeignPerson:
    sizes: Sizes = {}
    arrays = read_fields(archive, f"foreign_{i}.", _PERSON, sizes, MOST)
    if len(arrays["frames"]) and arrays["frames"][-1] >= frames:
        raise Damaged(f"foreign_{i}.frames goes beyond the clip")
    return ForeignPerson(who=who, **arrays)
