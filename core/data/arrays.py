"""Array aliases and the checks that every stage type runs on construction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import EllipsisType
from typing import Any, Final, NoReturn, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]
F64: TypeAlias = NDArray[np.float64]
Floats: TypeAlias = NDArray[Any]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
U8: TypeAlias = NDArray[np.uint8]
Bools: TypeAlias = NDArray[np.bool_]
Axis: TypeAlias = int | str | EllipsisType | None
_SMALL: Final = 2048
"""Numbers up to which a product is quicker than looking at each; larger ones start threads."""


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
    if array.size <= _SMALL and array.dtype.kind == "f" and math.isfinite(np.vdot(array, array)):
        # Finite squares are those of finite numbers; this takes a third of the time.
        return
    if not np.isfinite(array).all():
        raise ValueError(f"{owner} holds values that are not finite")


_RULE: Final = "of_shape"


@dataclass(frozen=True, slots=True)
class _Rule:
    axes: tuple[int | str | None, ...]
    has_leading: bool
    has_gaps: bool

    def check(self, owner: str, array: NDArray[Any], sizes: dict[str, int]) -> None:
        """Raise ValueError unless ``array`` fits; ``sizes`` of its names are noted."""
        leading = array.ndim - len(self.axes)
        if leading < 0 or (leading and not self.has_leading):
            self._refuse(owner, array, sizes)
        got = array.shape[leading:]
        for axis, size in zip(self.axes, got, strict=True):
            wanted = sizes.get(axis) if isinstance(axis, str) else axis
            if wanted is not None and wanted != size:
                self._refuse(owner, array, sizes)
        for axis, size in zip(self.axes, got, strict=True):
            if isinstance(axis, str):
                sizes[axis] = size
        if not self.has_gaps and array.dtype.kind in "fc":
            check_finite(owner, array)

    def _refuse(self, owner: str, array: NDArray[Any], sizes: dict[str, int]) -> NoReturn:
        axes = tuple(sizes.get(axis) if isinstance(axis, str) else axis for axis in self.axes)
        if self.has_leading:
            axes = (None,) * (array.ndim - len(axes)) + axes
        check_shape(owner, array, axes)
        raise AssertionError(f"{owner} fits {axes}")


def of_shape(
    *axes: int | str | EllipsisType | None, has_gaps: bool = False
) -> Mapping[str, object]:
    """The metadata of a dataclass' field that holds an array, for ``check_fields``.

    ``axes`` are lengths, None for any, or names: one name is one length in the whole instance;
    "..." in front stands for any axes. ``has_gaps`` allows NaN and infinity, which mark what is
    unknown.
    """
    own = tuple(axis for axis in axes if not isinstance(axis, EllipsisType))
    return {_RULE: _Rule(own, len(own) < len(axes), has_gaps)}


def check_fields(owner: object, **sizes: int) -> None:
    """Raise ValueError unless the arrays of a dataclass are as their fields' ``of_shape`` says.

    A field may hold an array, a list of them or None. ``sizes`` gives axes by name their length.
    """
    for name, title, rule in _rules(type(owner)):
        value = cast(object, getattr(owner, name))
        if value is None:
            continue
        for array in cast(list[NDArray[Any]], value if isinstance(value, list) else [value]):
            rule.check(title, array, sizes)


@cache
def _rules(kind: type[Any]) -> tuple[tuple[str, str, _Rule], ...]:
    return tuple(
        (one.name, f"{kind.__name__}.{one.name}", one.metadata[_RULE])
        for one in fields(kind)
        if _RULE in one.metadata
    )
