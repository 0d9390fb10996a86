"""Reliefs on their way into Blender: a ``.npz`` of numbers beside the take, in half precision."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..data.errors import TakeError
from ..data.reading import open_npz, refusing
from ..data.types import Take
from ..data.writing import write_npz
from .relief import Relief

SUFFIX: Final = ".depth.npz"
_MOST_BYTES: Final = 1 << 30
"""Bytes of a relief that is read: it lies in memory whole."""


def save_relief(relief: Relief, take: Take, path: str | Path) -> None:
    """Write ``relief`` of ``take`` to ``path``. Raises OutputError."""
    arrays = {"z_m": relief.z_m.astype(np.float16), "source_frame": take.source_frame}
    write_npz(path, arrays)


def load_relief(path: str | Path, take: Take) -> Relief:
    """Read the relief of ``take``. Raises TakeError when the file is none, or another take's."""
    path = Path(path)
    is_not = "no depth that Limn wrote"
    with refusing(path, "the depth", is_not, TakeError), open_npz(path) as archive:
        said = archive.header("z_m")
        if said.data_bytes > _MOST_BYTES:
            raise TakeError(f"The depth {path} is too large to be one of Limn's.")
        if said.dtype != np.float16 or len(said.shape) != 3 or min(said.shape[1:]) < 2:
            raise TakeError(f"{path} is damaged or {is_not}.")
        z_m, frames = archive.read("z_m"), archive.read_as("source_frame", "i")
    if not np.isfinite(z_m).all() or (z_m <= 0).any():
        raise TakeError(f"{path} is damaged or {is_not}.")
    if len(z_m) != len(take.time_s) or not np.array_equal(frames, take.source_frame):
        raise TakeError(f"The depth {path} was made of another take; make it anew.")
    return Relief(z_m.astype(np.float32))
