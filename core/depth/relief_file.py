"""Reliefs on their way into Blender: a ``.npz`` of numbers beside the take, in half precision."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np

from ..data.errors import TakeError
from ..data.types import Take
from ..data.writing import write_npz
from .relief import Relief

SUFFIX: Final = ".depth.npz"
_MOST_BYTES: Final = 1 << 30


def save_relief(relief: Relief, take: Take, path: str | Path) -> None:
    """Write ``relief`` of ``take`` to ``path``. Raises OutputError."""
    arrays = {"z_m": relief.z_m.astype(np.float16), "source_frame": take.source_frame}
    write_npz(path, arrays)


def load_relief(path: str | Path, take: Take) -> Relief:
    """Read the relief of ``take``. Raises TakeError when the file is none, or another take's."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise TakeError(f"The depth {path} is too large to be one of Limn's.")
        with np.load(path, allow_pickle=False) as npz:
            z_m, frames = npz["z_m"], npz["source_frame"]
    except OSError as error:
        raise TakeError(f"Can't read the depth {path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise TakeError(f"{path} is damaged or no depth that Limn wrote ({error}).") from error
    is_relief = z_m.dtype == np.float16 and z_m.ndim == 3 and min(z_m.shape[1:], default=0) > 1
    if not is_relief or not np.isfinite(z_m).all() or (z_m <= 0).any():
        raise TakeError(f"{path} is damaged or no depth that Limn wrote.")
    if len(z_m) != len(take.time_s) or not np.array_equal(frames, take.source_frame):
        raise TakeError(f"The depth {path} was made of another take; make it anew.")
    return Relief(z_m.astype(np.float32))
