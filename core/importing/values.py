"""Arrays out of the values of a stranger's file, under whichever name and shape a tool used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import numpy as np

from ..data.arrays import F64
from ..data.reading.files import Damaged

Value: TypeAlias = Any
Values: TypeAlias = Mapping[Any, Any]

MOST_FRAMES: Final = 2_000_000  # a day at 24 frames a second
FRAME_RATES: Final = (0.1, 1000.0)
"""Frames a second that a file may tell, and --fps."""
_FARTHEST: Final = 1e5  # metres, radians or pixels; no result lies farther out


def as_mapping(value: Value, what: str) -> Values:
    """``value`` if it is a dictionary. Raises Damaged."""
    if not isinstance(value, Mapping):
        raise Damaged(f"{what} is no dictionary")
    return cast(Values, value)


def first_of(values: Values, names: Sequence[str]) -> Value:
    """The value under the first of ``names`` that is there, None without any."""
    return next((values[name] for name in names if name in values), None)


def numbers(value: Value, what: str, shape: Sequence[int | None]) -> F64:
    """``value`` as finite numbers of ``shape``, None for any size; lists of arrays are stacked.

    Axes of one that the file has before or after are left out: (t, 1, 3) serves for (t, 3).
    Raises Damaged.
    """
    if isinstance(value, list | tuple) and len(cast(list[Value], value)) > MOST_FRAMES:
        raise Damaged(f"{what} has more than {MOST_FRAMES} frames")
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise Damaged(f"{what} is no array of numbers") from error
    array = _squeezed(array, shape)
    if array.ndim != len(shape) or any(
        want is not None and got != want for got, want in zip(array.shape, shape, strict=True)
    ):
        raise Damaged(f"{what} has the shape {array.shape}, not {_spelt(shape)}")
    if len(shape) and array.shape[0] > MOST_FRAMES:
        raise Damaged(f"{what} has more than {MOST_FRAMES} frames")
    if not np.isfinite(array).all() or (array.size and np.abs(array).max() > _FARTHEST):
        raise Damaged(f"{what} holds values that are no motion")
    return array


def number_in(values: Values, names: Sequence[str]) -> float | None:
    """The one positive number under one of ``names``, None where there is none."""
    number = any_number_in(values, names)
    return number if number is not None and 0 < number < _FARTHEST else None


def any_number_in(values: Values, names: Sequence[str]) -> float | None:
    """The number under one of ``names``, also 0 or NaN; None where there is none."""
    value = first_of(values, names)
    if value is None:
        return None
    try:
        return float(np.asarray(value, np.float64).ravel()[0])
    except (TypeError, ValueError, IndexError):
        return None


def _squeezed(array: F64, shape: Sequence[int | None]) -> F64:
    """Without axes of one, as many as there are too many."""
    for axis in range(array.ndim - 1, -1, -1):
        if array.ndim <= len(shape):
            break
        wants_one = array.ndim == len(shape)
        if array.shape[axis] == 1 and not wants_one and axis > 0:
            array = array.squeeze(axis)
    if array.ndim == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]
    return array


def _spelt(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"


def intrinsics(values: Values) -> tuple[F64 | None, tuple[int, int] | None]:
    """``K`` (3, 3) and the picture's size of ``img_focal`` and ``img_center``, None without."""
    focal = number_in(values, ("img_focal",))
    if focal is None or "img_center" not in values:
        return None, None
    center = numbers(values["img_center"], "its camera's middle", (2,))
    K = np.array([[focal, 0, center[0]], [0, focal, center[1]], [0, 0, 1.0]])
    return K, (round(2 * center[0]), round(2 * center[1]))
