"""Small takes kept in the .blend itself, for when the file on the disk is gone.

A text block holds the file's bytes as a custom property and figures point to it, so that saving,
undo, copies and appending carry both; several figures share one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.data.errors import LimnError, TakeError
from ...core.data.safe_text import showable
from ...core.data.take_file import take_id
from ...core.data.writing import write_bytes

PACKED_KEY: Final = "limn_take_packed"
"""Custom property of an armature: the text block that holds its take."""
MOST_MB: Final = 20.0
"""Takes that are larger stay on the disk only, unless somebody chose another size."""
_BYTES, _ID = "limn_take_bytes", "limn_take_id"
_IDENTITY: Final = re.compile("[0-9a-f]{16}")
_SAID: Final = (
    "Limn keeps a take here, so that the motion can be solved again when its file is gone.\n"
    "Tidy Takes in Limn's tab removes it where no figure uses it.\n"
)


def pack(owners: list[bpy.types.Object], path: Path, identity: str, most_mb: float) -> bool:
    """Keep the take file at ``path``, whose id is ``identity``, in the open file for ``owners``.

    False where it is larger than ``most_mb``: then they keep none, as the file is there.
    """
    try:
        is_small = bool(identity) and os.path.getsize(path) <= 1e6 * most_mb
        block = _find(identity)
        data = path.read_bytes() if is_small and block is None else b""
    except OSError:
        return False
    if not is_small:
        for owner in owners:
            owner.pop(PACKED_KEY, None)
        return False
    if block is None:
        block = bpy.data.texts.new(showable(path.name))
        block.from_string(_SAID)
        block[_BYTES], block[_ID] = data, identity
        block.use_fake_user = False  # it goes with the last figure that points to it
    for owner in owners:
        owner[PACKED_KEY] = block
    return True


def unpack(owner: bpy.types.Object, identity: str, name: str) -> Path | None:
    """A file called ``name`` with the take kept for ``owner``, in Blender's own temporary folder.

    None where none is kept, or another one than ``identity`` tells. Raises TakeError when it can't
    be written.
    """
    kept = _id_of(owner)
    if not kept or (identity and kept != identity):
        return None
    folder = Path(bpy.app.tempdir) / f"limn_take_{kept}"
    path = folder / (Path(name).name or "kept.take.npz")
    if take_id(path) == kept:
        return path
    try:
        folder.mkdir(exist_ok=True)
        write_packed(owner, path)
    except (OSError, LimnError) as error:
        raise TakeError(f"The take kept in this file can't be unpacked: {error}") from error
    return path if take_id(path) == kept else None  # somebody changed the bytes


def write_packed(owner: bpy.types.Object, path: Path) -> None:
    """Write the take that is kept for ``owner`` to ``path``. Raises OutputError."""
    write_bytes(path, bytes(owner[PACKED_KEY][_BYTES]))


def is_packed(owner: bpy.types.Object) -> bool:
    """Whether the file keeps a take for ``owner``."""
    return bool(_id_of(owner))


def is_unpacked(path: Path) -> bool:
    """Whether ``path`` is where ``unpack`` puts takes, which is gone when Blender ends."""
    return path.parent.name.startswith("limn_take_") and path.parent.parent == Path(bpy.app.tempdir)


def unused_blocks() -> list[bpy.types.Text]:
    """Takes kept in the open file that nothing points to any more."""
    return [one for one in bpy.data.texts if _BYTES in one and not one.users]


def _id_of(owner: bpy.types.Object) -> str:
    """The id of the take kept for ``owner``, empty without one; a stranger's file may say
    anything."""
    block: Any = owner.get(PACKED_KEY)
    if not isinstance(block, bpy.types.Text) or not isinstance(block.get(_BYTES), bytes):
        return ""
    identity = str(block.get(_ID, ""))
    return identity if _IDENTITY.fullmatch(identity) else ""


def _find(identity: str) -> bpy.types.Text | None:
    kept = (one for one in bpy.data.texts if _BYTES in one and one.library is None)
    return next((one for one in kept if one.get(_ID) == identity), None)
