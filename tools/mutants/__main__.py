"""How many small deliberate mistakes the tests notice.

    python -m limn.tools.mutants core/solving --sample 40 --seed 1

Takes a sample of the mistakes that can be made in a folder or file, makes each in a copy of the
tree, and runs the tests that import the file, nearest first, until one fails. Prints every mistake
with the test that noticed it, those that nobody noticed once more, and the share noticed by room.
Some survivors change nothing that anybody could see: read each before writing a test for it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .changes import Mutant, mutants_of, mutated
from .finding import find_tests, imported_by
from .running import Runner, copied

ROOT = Path(__file__).resolve().parents[2]
_TESTS = 8


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run a sample and print what was noticed. Returns 2 when there is nothing to mutate."""
    parser = argparse.ArgumentParser(
        prog="python -m limn.tools.mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rooms", nargs="+", help="folders or files, relative to the repository")
    parser.add_argument("--sample", type=int, default=40, help="how many mutants (default: 40)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    parser.add_argument(
        "--tests", type=int, default=_TESTS, help=f"most test files for one (default: {_TESTS})"
    )
    parser.add_argument("--json", type=Path, help="write the outcome here too")
    arguments = parser.parse_args(argv)
    chosen = sample(root, arguments.rooms, arguments.sample, arguments.seed)
    if not chosen:
        print(f"There is no Python file to mutate in {', '.join(arguments.rooms)}.")
        return 2
    outcomes = run(root, chosen, arguments.tests)
    print(table(outcomes))
    if arguments.json is not None:
        rows = [{**asdict(mutant), "killed_by": killer} for mutant, killer in outcomes]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0


def sample(root: Path, rooms: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """``count`` mutants of the files below ``rooms``; the same for the same tree and seed."""
    files = {
        path
        for room in rooms
        for path in ([root / room] if (root / room).is_file() else (root / room).rglob("*.py"))
    }
    every = [
        mutant
        for path in sorted(files)
        for mutant in mutants_of(path.relative_to(root).as_posix(), path.read_text("utf-8"))
    ]
    return sorted(
        random.Random(seed).sample(every, min(count, len(every))),
        key=lambda mutant: (mutant.file, mutant.number),
    )


def run(root: Path, mutants: Sequence[Mutant], most_tests: int) -> list[tuple[Mutant, str | None]]:
    """Every mutant with the test file that noticed it, None for a survivor."""
    out: list[tuple[Mutant, str | None]] = []
    with copied(root) as copy:
        users = imported_by(copy)
        runner = Runner(copy)
        for mutant in mutants:
            tests = find_tests(mutant.file, users, most_tests)
            source = mutated((copy / mutant.file).read_text("utf-8"), mutant.number)
            killer = runner.killer(mutant.file, source, tests)
            out.append((mutant, killer))
            fate = f"killed by {killer}" if killer else f"SURVIVED {len(tests)} test files"
            print(f"{mutant.file}:{mutant.line}  {mutant.says}  {fate}", flush=True)
    return out


def table(outcomes: Sequence[tuple[Mutant, str | None]]) -> str:
    """The survivors, then the share noticed by room."""
    lines = ["", "survivors"]
    lines += [f"  {m.file}:{m.line}  {m.says}" for m, killer in outcomes if killer is None]
    lines += ["", f"{'room':<28}{'mutants':>8}{'killed':>8}{'share':>7}"]
    rooms: dict[str, list[bool]] = {}
    for mutant, killer in outcomes:
        rooms.setdefault(Path(mutant.file).parent.as_posix(), []).append(killer is not None)
    rooms["all"] = [killer is not None for _, killer in outcomes]
    for room, killed in rooms.items():
        share = f"{sum(killed) / len(killed):.0%}"
        lines.append(f"{room:<28}{len(killed):>8}{sum(killed):>8}{share:>7}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
