"""A table of one network's answers, found by exactly what was asked, or by nearly that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.types import Region

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Answer: TypeAlias = tuple[Array, ...]
"""Arrays of one or more dimensions; those in one place are alike but for their length."""

PICTURE_BYTES: Final = 16  # of a digest: no two pictures share one
_NEAR: Final = 0.05
"""By how much, in pixels, two questions about one picture may differ to be taken as one. Where the
next look goes by the last one's answer, two runs that began elsewhere come as near to each other
and no nearer: pictures are sampled at 1/32 pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What was asked: the digest of a ``picture``, its ``frame`` (-1: none of a clip's own) and
    the ``numbers`` (n,) of where to look, in pixels."""

    picture: bytes
    frame: int
    numbers: F64 = field(metadata=of_shape("n", has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def key(self) -> bytes:
        """What only the very same question has."""
        told = hashlib.blake2b(self.picture, digest_size=PICTURE_BYTES)
        told.update(self.numbers.tobytes())
        return told.digest()


def numbers_of(region: Region) -> F64:
    """A region as numbers, all of them in pixels or nearly so."""
    limbs = [
        value
        for limb in region.limbs
        for value in (*limb.start_px, *limb.end_px, limb.radius_px, float(limb.is_own))
    ]
    turned = region.rotation_rad * region.side_px / 2
    looked = (*region.center_px, region.side_px, turned, region.rotation_rad, *region.mask_px)
    return np.array([*looked, *limbs], np.float64)


class AnswerTable:
    """Answers of one network, one row a question."""

    def __init__(self) -> None:
        self._questions: list[Question] = []
        self._answers: list[Answer] = []
        self._by_key: dict[bytes, int] = {}
        self._by_picture: dict[bytes, list[int]] = {}

    def __len__(self) -> int:
        return len(self._questions)

    @property
    def frames(self) -> list[int]:
        """The frames that were asked about, those of a clip alone."""
        return [one.frame for one in self._questions if one.frame >= 0]

    def add(self, question: Question, answer: Answer) -> None:
        """Append an answer."""
        row = len(self._questions)
        self._questions.append(question)
        self._answers.append(answer)
        self._by_key[question.key] = row
        self._by_picture.setdefault(question.picture, []).append(row)

    def exact(self, question: Question) -> Answer | None:
        """The answer to this very question."""
        row = self._by_key.get(question.key)
        return None if row is None else self._answers[row]

    def near(self, question: Question) -> Answer | None:
        """The answer to the nearest question about the picture, if that is near enough."""
        best, least = -1, _NEAR
        for row in self._by_picture.get(question.picture, ()):
            other = self._questions[row].numbers
            if len(other) == len(question.numbers) and len(other):
                off = float(np.abs(other - question.numbers).max())
                if off <= least:
                    best, least = row, off
        return None if best < 0 else self._answers[best]

    def as_arrays(self) -> dict[str, Array]:
        """Everything as arrays by name, for ``from_arrays``."""
        asked = self._questions
        out: dict[str, Array] = {
            "pictures": np.frombuffer(b"".join(one.picture for one in asked), np.uint8).reshape(
                -1, PICTURE_BYTES
            ),
            "frames": np.array([one.frame for one in asked], np.int32),
            "numbers": np.concatenate([np.zeros(0), *(one.numbers for one in asked)]),
            "counts": np.array([len(one.numbers) for one in asked], np.int32),
        }
        for k, column in enumerate(zip(*self._answers, strict=True)):
            out[f"values_{k}"] = np.concatenate(column)
            out[f"counts_{k}"] = np.array([len(values) for values in column], np.int32)
        return out


def from_arrays(arrays: Mapping[str, Array]) -> AnswerTable:
    """The table of ``as_arrays``. Raises ValueError and KeyError for what isn't one."""
    pictures = arrays["pictures"]
    m = len(pictures)
    if pictures.dtype != np.uint8 or pictures.shape != (m, PICTURE_BYTES):
        raise ValueError("the pictures' digests are none")
    frames = arrays["frames"].astype(np.int64)
    numbers = _split(arrays["numbers"].astype(np.float64), arrays["counts"], m)
    columns: list[Sequence[Array]] = []
    while f"values_{len(columns)}" in arrays:
        k = len(columns)
        columns.append(_split(arrays[f"values_{k}"], arrays[f"counts_{k}"], m))
    if frames.shape != (m,) or not columns:
        raise ValueError("it lacks answers")
    table = AnswerTable()
    for row, answer in enumerate(zip(*columns, strict=True)):
        question = Question(pictures[row].tobytes(), int(frames[row]), numbers[row])
        table.add(question, answer)
    return table


def _split(values: Floats, counts: Array, rows: int) -> list[Array]:
    """``values`` cut into ``rows`` parts of so many each."""
    if counts.shape != (rows,) or counts.dtype.kind != "i" or (counts < 0).any():
        raise ValueError("its counts make no sense")
    ends = np.cumsum(counts)
    if len(values) != (int(ends[-1]) if rows else 0):
        raise ValueError("its values are cut off")
    return list(np.split(values, ends[:-1])) if rows else []
