"""Everybody's colour, the same in previews and in scenes, and the mannequin's skin."""

from __future__ import annotations

from typing import Final, TypeAlias

Srgb: TypeAlias = tuple[int, int, int]
Linear: TypeAlias = tuple[float, float, float]

PERSON_SRGB: Final[tuple[Srgb, ...]] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
    (0, 114, 178),
)
"""Okabe and Ito's colours for every kind of colour vision ("Color Universal Design", 2008)."""
SKIN_SRGB: Final[Srgb] = (203, 155, 126)
"""A mannequin's skin: a middle tone, nobody's in particular."""


def person_srgb(number: int) -> Srgb:
    """The colour of person ``number`` from 0; after the last they start over."""
    return PERSON_SRGB[number % len(PERSON_SRGB)]


def linear(rgb: Srgb) -> Linear:
    """A colour of 0 to 255 as linear light, 0 to 1 (IEC 61966-2-1)."""
    r, g, b = (_decoded(value / 255) for value in rgb)
    return (r, g, b)


def _decoded(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
