"""Run one of them and print its outcome: ``python -m limn.tools.farms KIND [OPTIONS]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

_KINDS: Final = {
    "hundred": "many clips, some of them broken, in a batch that is killed on the way",
    "speed": "what workers, a cluster and stretches of a long clip bring",
}


def main(given: Sequence[str] | None = None) -> int:
    """Run the kind that was asked for; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="python -m limn.tools.farms", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, says in _KINDS.items():
        module = import_module(f"{__package__}.{name}")
        one = kinds.add_parser(name, help=says, description=f"{says.capitalize()}.")
        module.add_options(one)
        one.set_defaults(run=module.run)
    arguments = parser.parse_args(given)
    return 1 if arguments.run(arguments) else 0


if __name__ == "__main__":
    sys.exit(main())
