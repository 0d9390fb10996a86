"""Run one kind of fault and print the counts: ``python -m limn.tools.faults KIND [OPTIONS]``.

A kind is a module of this package with ``add_options(parser)`` and ``run(arguments) -> int``, the
number of what failed, and a row of the table below.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from ..kinds import run_kind

_KINDS: Final = {
    "writers": "two runs that write one file at the same time",
    "kills": "commands that are killed at some moment, then run again",
    "files": "files of others through every command that reads them",
    "fuzz": "mutants of good files through the commands that read them",
    "full-disk": "every format onto a disk that fills at some point",
}


def main(given: Sequence[str] | None = None) -> int:
    """Run the kind that was asked for; 1 when anything failed."""
    return run_kind("faults", __doc__, _KINDS, given)


if __name__ == "__main__":
    sys.exit(main())
