"""Which take file a figure comes from, kept so that undo, save, copy, append and a moved folder
carry it: relative to the .blend once there is one, where it was last, and a mark of its content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bpy

from ...core.data.errors import TakeError
from ...core.data.safe_text import showable
from ...core.data.take_file import take_id
from .packed import pack, unpack

TAKE_KEY: Final = "limn_take"
"""Custom property of an armature: the file of the take."""
_PLACE_KEY: Final = "limn_take_place"
"""Where that file was last, in full: a figure appended to another file still finds it."""
_ID_KEY: Final = "limn_take_id"
"""``take_id`` of that file: another take under its name isn't taken for it."""


def link_take(owner: bpy.types.Object, path: str | Path) -> None:
    """Let the figure ``owner`` come from the take file at ``path``."""
    place = os.path.abspath(bpy.path.abspath(str(path)))
    owner[_PLACE_KEY] = place
    owner[_ID_KEY] = take_id(place)
    owner[TAKE_KEY] = relative_to(place, bpy.data.filepath)


def named_take(owner: bpy.types.Object) -> Path:
    """The file that ``owner`` names as its take, whether it is there or not."""
    return Path(os.path.normpath(bpy.path.abspath(str(owner[TAKE_KEY]))))


def find_take(owner: bpy.types.Object) -> Path:
    """The take file of ``owner``: where it is named, beside the .blend, or where it was last;
    else what the .blend itself keeps of it, unpacked.

    Raises TakeError when it is nowhere, or another take is there under its name.
    """
    wanted = str(owner.get(_ID_KEY, ""))
    path = take_on_disk(owner) or unpack(owner, wanted, _file_name(owner))
    if path is not None:
        return path
    there = [path for path in _places(owner) if os.path.isfile(path)]
    name = named_take(owner)
    if there:
        said = f"The take {there[0]} was changed since {owner.name} was made from it"
    else:
        said = f"The take {name} is not there any more"
    raise TakeError(showable(f"{said}; point to it with Find Take, or estimate again."))


def take_on_disk(owner: bpy.types.Object) -> Path | None:
    """The take file of ``owner`` where it is on the disk and still the same take."""
    wanted = str(owner.get(_ID_KEY, ""))
    for path in _places(owner):
        if os.path.isfile(path) and (not wanted or take_id(path) == wanted):
            return path
    return None


def pack_takes(most_mb: float) -> None:
    """Keep the takes that figures of the open file come from in it, those up to ``most_mb``.

    What is kept of takes that are gone from the disk stays.
    """
    for owner in _linked():
        if owner.library is not None or owner.override_library is not None:
            continue
        path = take_on_disk(owner)
        if path is not None:
            pack([owner], path, take_id(path), most_mb)


def figures_of_take(owner: bpy.types.Object) -> list[bpy.types.Object]:
    """All figures in the open file that come from the take of ``owner``, itself among them."""
    wanted = take_identity(owner)
    return [one for one in _linked() if take_identity(one) == wanted]


def take_identity(owner: bpy.types.Object) -> tuple[Path, str]:
    """What figures of the same take have in common."""
    return named_take(owner), str(owner.get(_ID_KEY, ""))


def takes_in_use() -> set[Path]:
    """The take files that figures of the open file come from."""
    return {path for owner in _linked() for path in _places(owner)}


def relink(saved_as: str, was: str) -> None:
    """Name takes relative to the .blend ``saved_as`` that were named relative to ``was``.

    Either may be empty for a file that isn't saved: then they are named in full.
    """
    for owner in _linked():
        if owner.library is not None or owner.override_library is not None:
            continue
        named = str(owner[TAKE_KEY])
        folder = os.path.dirname(was)
        place = os.path.normpath(bpy.path.abspath(named, start=folder or None))
        relative = relative_to(place, saved_as)
        if relative != named:
            owner[TAKE_KEY] = relative


def relink_imported(owner: bpy.types.Object, source: str) -> None:
    """Name the take of ``owner``, appended from the .blend ``source``, from the open file.

    Its project may have been moved since it was saved, and then only ``source`` tells where it is.
    """
    named = str(owner.get(TAKE_KEY, ""))
    if not named.startswith("//") or owner.library is not None:
        return
    folder = os.path.dirname(bpy.path.abspath(source))
    place = os.path.normpath(bpy.path.abspath(named, start=folder))
    if os.path.isfile(place):
        owner[_PLACE_KEY] = place
        owner[TAKE_KEY] = relative_to(place, bpy.data.filepath)


def _linked() -> Iterator[bpy.types.Object]:
    return (one for one in bpy.data.objects if one.type == "ARMATURE" and TAKE_KEY in one)


def _places(owner: bpy.types.Object) -> list[Path]:
    named = named_take(owner)
    places = [named]
    if bpy.data.filepath:
        places.append(Path(bpy.data.filepath).with_name(_file_name(owner)))
    if owner.get(_PLACE_KEY):
        places.append(Path(str(owner[_PLACE_KEY])))
    return list(dict.fromkeys(places))


def _file_name(owner: bpy.types.Object) -> str:
    # Paths saved on Windows have backslashes, which are no separators elsewhere.
    return str(owner[TAKE_KEY]).replace("\\", "/").rpartition("/")[2]


def rebased(told: str, saved_as: str, was: str) -> str:
    """``told``, a path beside the .blend ``was``, relative to the .blend ``saved_as``.

    In a file that was never saved, ``was`` empty, a full path becomes relative, as Blender's own
    do; in others it is somebody's choice and stays.
    """
    if told.startswith("//") == bool(was):
        place = os.path.normpath(bpy.path.abspath(told, start=os.path.dirname(was) or None))
        return relative_to(place, saved_as)
    return told


def relative_to(place: str, blend: str) -> str:
    """``place`` with // where it can be told relative to ``blend``, else as it is."""
    folder = os.path.dirname(blend)
    if not folder or not os.path.isabs(place):
        return place
    try:
        told = os.path.relpath(place, folder)
    except ValueError:  # another drive
        return place
    return "//" + told.replace(os.sep, "/")
