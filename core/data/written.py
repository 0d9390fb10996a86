"""What an export or another program wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """The ``files`` that were written, and in ``warnings`` what there is to know about them."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
