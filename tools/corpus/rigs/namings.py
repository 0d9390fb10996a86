"""Every naming of the corpus."""

from __future__ import annotations

from typing import Final

from .artists import ARTISTS
from .engines import ENGINES
from .naming import Naming

NAMINGS: Final[dict[str, Naming]] = {**ARTISTS, **ENGINES}
