"""Arrays of numbers by name out of a stranger's ``.npz``, such as a SMPL-X model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import ModelError
from .files import Damaged, refusing
from .npz import Array, open_npz


def read_numbers(
    path: Path, allowed: Callable[[str, tuple[int, ...]], bool], names: tuple[str, ...]
) -> dict[str, Array]:
    """Read those of ``names`` that the file has; ``allowed(name, shape)`` says which shapes may be.

    Raises ModelError when the file is no whole ``.npz``, or an array holds anything but numbers,
    has a shape that isn't allowed or values that are not finite.
    """
    with refusing(path, "the model", "no SMPL-X model", ModelError), open_npz(path) as archive:
        present = [name for name in names if name in archive]
        for name in present:
            header = archive.header(name)
            if header.dtype.kind not in "fiu":
                raise Damaged(f"{name} holds no numbers")
            if not allowed(name, header.shape):
                raise Damaged(f"{name} has the shape {header.shape}")
        out = {name: archive.read(name) for name in present}
        for name, array in out.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise Damaged(f"{name} holds values that are not finite")
    return out
