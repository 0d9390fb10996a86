"""Run one kind of fault and print the counts: ``python -m limn.tools.faults KIND [OPTIONS]``.

A kind is a module of this package with ``add_options(parser)`` and ``run(arguments) -> int``, the
number of what failed, and a row of the table below.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

_KINDS: Final = {
    "writers": "two runs that write one file at the same time",
    "kills": "commands that are killed at some moment, then run again",
    "files": "files of others through every command that reads them",
    "fuzz": "mutants of good files through the commands that read them",
    "full-disk": "every format onto a disk that fills at some point",
}


def main(given: Sequence[str] | None = None) -> int:
    """Run the kind that was asked for; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="python -m limn.tools.faults", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, says in _KINDS.items():
        module = import_module(f"{__package__}.{name.replace('-', '_')}")
        one = kinds.add_parser(name, help=says, description=f"{says.capitalize()}.")
        module.add_options(one)
        one.set_defaults(run=module.run)
    arguments = parser.parse_args(given)
    return 1 if arguments.run(arguments) else 0


if __name__ == "__main__":
    sys.exit(main())
