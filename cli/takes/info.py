"""``limn info``: what a take holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ...core.data.take_file import load_take
from ..cancelling import Cancellation
from ..outcome import as_text, describe
from ..reporting import Reporter


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn info``."""
    parser = commands.add_parser(
        "info", help="show what a take holds", description="Show what a take holds."
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(execute=_info)


def _info(arguments: argparse.Namespace, reporter: Reporter, _cancellation: Cancellation) -> int:
    outcome = describe(load_take(arguments.take), arguments.take)
    reporter.done(outcome, as_text(outcome))
    return 0
