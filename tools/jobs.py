"""Runs the product's jobs, which are generators of progress, to their end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def finished(job: Generator[object, None, T]) -> T:
    """What the job returns."""
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value
