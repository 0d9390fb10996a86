"""What the sounds of several films tell of their clocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...data.types import ClipInfo
from ...together.clocks.sound import Sound, hear_all
from .film import Film

Ear = Callable[[ClipInfo], Sound | None]
"""Reads a clip's sound, None where it has none."""


def heard_together(films: Sequence[Film], ear: Ear | None) -> list[Film]:
    """``films`` with what their sounds tell, of those that have any."""
    if ear is None or len(films) < 2:
        return list(films)
    sounds = [ear(film.info) for film in films]
    told = hear_all(sounds)
    return [replace(film, heard=heard) for film, heard in zip(films, told, strict=True)]
