"""Mutants of good files through the commands that read them, in this process."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .judging import Outcome, run_here
from .runs import CLIP, run_limn

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Line = tuple[str, ...]
"""A command's arguments; FILE is the mutant, GOOD the good take, OUT a folder, CLIP a clip."""

_TAKE_LINES: Final[tuple[Line, ...]] = (
    ("info", "FILE"),
    ("people", "FILE"),
    ("people", "FILE", "--rename", "1", "Anna", "-o", "OUT/renamed.take.npz"),
    ("solve", "FILE", "-o", "OUT/solved.take.npz"),
    ("edit", "FILE", "--mirror", "--origin", "--facing", "90", "-o", "OUT/edited.take.npz"),
    ("edit", "FILE", "--loop", "4", "-o", "OUT/looped.take.npz"),
    ("export", "FILE", "--to", "OUT/o.bvh"),
    ("export", "FILE", "--to", "OUT/o.csv"),
    ("export", "FILE", "--space", "camera", "--to", "OUT/o.json"),
    ("export", "FILE", "--to", "OUT/o.coco.json"),
    ("export", "FILE", "--to", "OUT/o.trc"),
    ("export", "FILE", "--to", "OUT/o.pc2"),
    ("preview", "FILE", "--clip", "CLIP", "-o", "OUT/o.png"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its mutants, the mutant's name, the commands that read it."""

    says: str
    mutants: Callable[[Path], SearchStrategy[tuple[str, bytes]]]
    name: str
    lines: tuple[Line, ...]


def _takes(good: Path) -> SearchStrategy[tuple[str, bytes]]:
    from . import mutants

    return mutants.takes(good.read_bytes())


def _maps(good: Path) -> SearchStrategy[tuple[str, bytes]]:
    from ...core.retargeting.bonemap import FORMAT
    from . import mutants

    bones = {"pelvis": "hips", "left_leg": ["thigh", "shin"], "head": ["neck", "head"]}
    switches = [["hips", "IK_FK", 1.0]]
    return mutants.documents(
        {"format": FORMAT, "version": 1, "convention": "x", "bones": bones, "switches": switches}
    )


def _edits(good: Path) -> SearchStrategy[tuple[str, bytes]]:
    from . import mutants

    frames = {"0": [0, 0, 1, 1], "3": [1, 1, 0.5, 0.2]}
    return mutants.documents({"contacts": {"0": frames}})


def _descriptors(good: Path) -> SearchStrategy[tuple[str, bytes]]:
    from ...models.user.descriptor import shipped_descriptors
    from . import mutants

    first = next(iter(shipped_descriptors().values()))
    return mutants.documents(json.loads(first.to_json()))


KINDS: Final[dict[str, Kind]] = {
    "takes": Kind("takes", _takes, "m.take.npz", _TAKE_LINES),
    "edits": Kind(
        "contacts set by hand", _edits, "m.json",
        (("solve", "GOOD", "--edits", "FILE", "-o", "OUT/solved.take.npz"),),
    ),
    "descriptors": Kind(
        "descriptors of networks", _descriptors, "m.json",
        (("models", "add", "MODEL", "--descriptor", "FILE", "--models-folder", "OUT/models"),),
    ),
}  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is tried, and how often."""
    parser.add_argument("what", choices=(*KINDS, "all"), help="of which files")
    parser.add_argument("--runs", type=int, default=200, help="how many mutants of each kind")
    parser.add_argument("--take", type=Path, help="the good take; by default a short clip's")


def run(arguments: argparse.Namespace) -> int:
    """Try mutants of each kind, print the counts, return how many failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        good = arguments.take or make_take(folder)
        for what in KINDS if arguments.what == "all" else (arguments.what,):
            tried = try_kind(KINDS[what], good.resolve(), folder, arguments.runs)
            faults = tried.report(what)
            failed += faults
    return failed


def make_take(folder: Path) -> Path:
    """The take of the first frames of the example clip."""
    line = ("estimate", str(CLIP), "--quality", "fast", "--last-frame", "13", "-o", "good.take.npz")
    ended = run_limn(line, folder, folder)
    if ended.code:
        raise RuntimeError(ended.said)
    return folder / "good.take.npz"


class Tried:
    """Counts of what was tried; a fault is counted once for each of its mutants."""

    def __init__(self) -> None:
        self.mutants = 0
        self.commands = 0
        self.codes: Counter[str] = Counter()
        self.faults: dict[str, list[str]] = {}

    def add(self, what: str, line: Line, outcome: Outcome) -> None:
        """Count one command's end."""
        self.commands += 1
        self.codes[str(outcome.code)] += 1
        if outcome.fault:
            self.faults.setdefault(f"{line[0]}: {outcome.fault}", []).append(what)

    def report(self, name: str) -> int:
        """Print the counts; how many commands failed."""
        failed = sum(map(len, self.faults.values()))
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(self.codes.items()))
        for fault, mutants in sorted(self.faults.items()):
            print(f"  {len(mutants)} x {fault!a} ({mutants[0]!a})", flush=True)
        print(
            f"fuzz {name}: {self.mutants} mutants, {self.commands} commands, {failed} failed; "
            f"exit codes {codes}",
            flush=True,
        )
        return failed


def try_kind(
    kind: Kind, good: Path, folder: Path, runs: int, lines: Sequence[Line] | None = None
) -> Tried:
    """Put ``runs`` mutants through the commands of ``kind``; always the same ones."""
    from hypothesis import HealthCheck, Phase, given, settings

    tried = Tried()
    out = folder / "out"
    out.mkdir(exist_ok=True)
    names = {"FILE": str(folder / kind.name), "GOOD": str(good), "CLIP": str(CLIP)}
    (folder / "none.onnx").write_bytes(b"no network")
    names["MODEL"] = str(folder / "none.onnx")

    def told(part: str) -> str:
        return names.get(part, part.replace("OUT/", f"{out}/"))

    @settings(
        max_examples=runs,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(kind.mutants(good))
    def try_one(mutant: tuple[str, bytes]) -> None:
        what, data = mutant
        (folder / kind.name).write_bytes(data)
        tried.mutants += 1
        for line in lines or kind.lines:
            tried.add(what, line, run_here([told(part) for part in line]))

    try_one()
    return tried
