"""Run one of them and print its outcome: ``python -m limn.tools.farms KIND [OPTIONS]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from ..kinds import run_kind

_KINDS: Final = {
    "hundred": "many clips, some of them broken, in a batch that is killed on the way",
    "speed": "what workers, a cluster and stretches of a long clip bring",
}


def main(given: Sequence[str] | None = None) -> int:
    """Run the kind that was asked for; 1 when anything failed."""
    return run_kind("farms", __doc__, _KINDS, given)


if __name__ == "__main__":
    sys.exit(main())
