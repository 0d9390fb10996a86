"""Reads tables of a FlatBuffers file: just enough for TensorFlow Lite's schema."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Table:
    """The table at byte ``at`` of ``content``. A field is known by its number in the schema.

    Every method raises struct.error for places outside the file, which damaged files name.
    """

    content: bytes
    at: int

    @classmethod
    def root(cls, content: bytes) -> Table:
        """The table that a file begins with."""
        return cls(content, _unpack("<I", content, 0))

    def whole(self, field: int, kind: str, default: int = 0) -> int:
        """A number; ``kind`` is its letter of ``struct``."""
        place = self._place(field)
        return default if place is None else _unpack("<" + kind, self.content, place)

    def table(self, field: int) -> Table | None:
        """A table within, None where there is none."""
        place = self._place(field)
        return None if place is None else self._followed(place)

    def tables(self, field: int) -> Iterator[Table]:
        """The tables of a list."""
        first, count = self._list(field)
        for k in range(count):
            yield self._followed(first + 4 * k)

    def numbers(self, field: int, dtype: str = "<i4") -> NDArray[np.generic]:
        """The numbers of a list, (0,) where there is none."""
        first, count = self._list(field)
        kind = np.dtype(dtype)
        if first + count * kind.itemsize > len(self.content):
            raise struct.error("a list ends behind the file")
        return np.frombuffer(self.content, kind, count, first if count else 0)

    def _list(self, field: int) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return 0, 0
        first = self._followed(place).at
        return first + 4, _unpack("<I", self.content, first)

    def _place(self, field: int) -> int | None:
        fields = self.at - _unpack("<i", self.content, self.at)
        known = _unpack("<H", self.content, fields)
        slot = 4 + 2 * field
        offset = _unpack("<H", self.content, fields + slot) if slot < known else 0
        return self.at + offset if offset else None

    def _followed(self, place: int) -> Table:
        return Table(self.content, place + _unpack("<I", self.content, place))


def _unpack(kind: str, content: bytes, at: int) -> int:
    if at < 0:  # struct counts such from the end
        raise struct.error("a place before the file")
    return struct.unpack_from(kind, content, at)[0]
