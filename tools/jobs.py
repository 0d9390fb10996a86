"""Runs the product's jobs, which are generators of progress, to their end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from ..core.data.types import Progress
from ..core.pipeline.job import Job

T = TypeVar("T")


def finished(job: Generator[Progress, None, T]) -> T:
    """What the job returns."""
    return Job(job).result
