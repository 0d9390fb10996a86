"""Reads numbers out of a stranger's ``.npz``: headers are judged before any of the data is read.

Nothing is ever unpickled, and no array is larger than its caller allows, whatever a header says.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from .errors import ModelError

_MAX_HEADER = 10_000


def read_numbers(
    path: Path, allowed: Callable[[str, tuple[int, ...]], bool], names: tuple[str, ...]
) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Read those of ``names`` that the file has; ``allowed(name, shape)`` says which shapes may be.

    Raises ModelError when the file is no whole ``.npz``, or an array holds anything but numbers,
    has a shape that isn't allowed or values that are not finite.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            return {
                name: _read_one(archive, path, name, allowed)
                for name in names
                if f"{name}.npy" in members
            }
    except FileNotFoundError as error:
        raise ModelError(f"The model {path} does not exist.") from error
    except (
        OSError,
        EOFError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise ModelError(f"The model {path} is not a whole .npz file ({error}).") from error


def _read_one(
    archive: zipfile.ZipFile,
    path: Path,
    name: str,
    allowed: Callable[[str, tuple[int, ...]], bool],
) -> np.ndarray[Any, np.dtype[Any]]:
    with archive.open(f"{name}.npy") as stream:
        shape, is_fortran, dtype = _read_header(stream)
        if dtype.kind not in "fiu" or dtype.hasobject:
            raise ModelError(
                f"{name} in {path} holds Python objects or text, which Limn never opens; "
                "save it as a plain array of numbers."
            )
        if not allowed(name, shape):
            raise ModelError(f"{name} in {path} has the shape {shape}, which no SMPL-X model has.")
        wanted = math.prod(shape) * dtype.itemsize
        data = stream.read(wanted + 1)
    if len(data) != wanted:
        raise ModelError(f"{name} in {path} is cut off or too long; get the file again.")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"{name} in {path} holds values that are not finite; get the file again.")
    return array


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"unknown array format {version}")
    return readers[version](stream, max_header_size=_MAX_HEADER)
