"""What arrays a file must hold, as a table: their names, kinds, shapes and ranges.

A table is checked against what the arrays' headers say before any data is read, so that sizes that
don't belong together cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from .files import Damaged
from .npz import Archive, Array, ArrayHeader

KINDS: Final[Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "float": ("f", (4, 8)),
    "int": ("i", (4, 8)),
    "bool": ("b", (1,)),
}
"""numpy's letters of a kind and the sizes in bytes that it may have."""


@dataclass(frozen=True, slots=True)
class Field:
    """One array of a file.

    * ``kind``: a key of ``KINDS``;
    * ``shape``: a number, or a name that stands for the same number wherever it appears; a name
      that ends in "?" may be 0 instead;
    * values lie from ``low`` to ``high``, both included, and are finite; ``may_be_nan`` allows NaN;
    * ``increases`` along the first axis, every value larger than the one before;
    * ``is_needed``: a file without it is damaged.
    """

    name: str
    kind: str
    shape: tuple[int | str, ...]
    low: float
    high: float
    may_be_nan: bool = False
    increases: bool = False
    is_needed: bool = True


Sizes = dict[str, int]
"""What the names in shapes stand for; those not told yet are told by the first array."""


def read_fields(
    archive: Archive,
    prefix: str,
    table: Iterable[Field],
    sizes: Sizes,
    most: Mapping[str, int],
) -> dict[str, Array]:
    """The arrays ``prefix`` + name of ``table`` by name; those that may lack, where they are.

    ``sizes`` is added to; ``most`` is the most that a name in a shape may stand for. Raises Damaged
    and what reading an archive raises.
    """
    present = [field for field in table if field.is_needed or prefix + field.name in archive]
    for field in present:
        check_header(prefix + field.name, archive.header(prefix + field.name), field, sizes, most)
    out = {field.name: archive.read(prefix + field.name) for field in present}
    for field in present:
        check_values(prefix + field.name, out[field.name], field)
    return out


def check_header(
    name: str, header: ArrayHeader, field: Field, sizes: Sizes, most: Mapping[str, int]
) -> None:
    """Raise Damaged unless an array of this header can be ``field``; adds to ``sizes``."""
    letters, widths = KINDS[field.kind]
    if header.dtype.kind not in letters or header.dtype.itemsize not in widths:
        raise Damaged(f"{name} holds {header.dtype}, not {field.kind}")
    fits = len(header.shape) == len(field.shape)
    for got, want in zip(header.shape, field.shape, strict=False):
        fits = fits and _fits(got, want, sizes, most)
    if not fits:
        wanted = ", ".join(_spelt(part, sizes) for part in field.shape)
        raise Damaged(f"{name} has the shape {header.shape}, not ({wanted})")


def check_values(name: str, array: Array, field: Field) -> None:
    """Raise Damaged unless every value is one that ``field`` may have."""
    if field.kind == "bool" or not array.size:
        return
    values = array[~np.isnan(array)] if field.may_be_nan else array
    if values.size and not (field.low <= values.min() and values.max() <= field.high):
        raise Damaged(f"{name} holds values outside {field.low:g} to {field.high:g}")
    if field.increases and not (array[1:] > array[:-1]).all():
        raise Damaged(f"{name} does not increase")


def _fits(got: int, want: int | str, sizes: Sizes, most: Mapping[str, int]) -> bool:
    if isinstance(want, int):
        return got == want
    if want.endswith("?"):
        return got == 0 or _fits(got, want[:-1], sizes, most)
    if want not in sizes:
        if got > most[want]:
            raise Damaged(f"it has {got} {want}, more than {most[want]}")
        sizes[want] = got
    return got == sizes[want]


def _spelt(part: int | str, sizes: Sizes) -> str:
    if isinstance(part, int):
        return str(part)
    return str(sizes.get(part, part))
