"""Tools of several kinds, a module each: ``python -m limn.tools.TOOL KIND [OPTIONS]``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module


def run_kind(
    tool: str, description: str | None, kinds: Mapping[str, str], given: Sequence[str] | None
) -> int:
    """Run the kind that was asked for; 1 when anything failed.

    ``kinds`` are what each of ``limn.tools.TOOL``'s modules does, by its name with hyphens; a
    module has ``add_options(parser)`` and ``run(arguments)``, the number of faults.
    """
    parser = argparse.ArgumentParser(prog=f"python -m limn.tools.{tool}", description=description)
    parsers = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, says in kinds.items():
        module = import_module(f"{__package__}.{tool}.{name.replace('-', '_')}")
        one = parsers.add_parser(name, help=says, description=f"{says.capitalize()}.")
        module.add_options(one)
        one.set_defaults(run=module.run)
    arguments = parser.parse_args(given)
    return 1 if arguments.run(arguments) else 0
