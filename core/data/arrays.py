"""Array aliases and the checks that every stage type runs on construction."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]
F64: TypeAlias = NDArray[np.float64]
Floats: TypeAlias = NDArray[Any]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
U8: TypeAlias = NDArray[np.uint8]
Bools: TypeAlias = NDArray[np.bool_]


def check_shape(owner: str, array: NDArray[np.generic], shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless ``array`` has ``shape`` (None = any length on that axis)."""
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("any" if s is None else str(s) for s in shape) + ")"
        raise ValueError(f"{owner} has shape {array.shape}, expected {wanted}")


def check_increasing(owner: str, array: NDArray[Any]) -> None:
    """Raise ValueError unless every value of ``array`` (n,) is larger than the one before."""
    if not (array[1:] > array[:-1]).all():
        raise ValueError(f"{owner} must increase")


def check_finite(owner: str, array: Floats) -> None:
    """Raise ValueError when ``array`` holds a NaN or an infinity."""
    if not np.isfinite(array).all():
        raise ValueError(f"{owner} holds values that are not finite")
