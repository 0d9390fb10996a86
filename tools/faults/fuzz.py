"""Mutants of good files through the commands that read them, in this process."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...core.data.errors import TakeError
from ...core.retargeting.bonemap import FORMAT, load_map
from .judging import Outcome, read_here, run_apart, run_here
from .runs import CLIP, ROOT, run_limn

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
    ("export", "FILE", "--person", "1", "--to", "OUT/o.bvh"),
    ("export", "FILE", "--to", "OUT/o.csv"),
    ("export", "FILE", "--space", "camera", "--to", "OUT/o.json"),
    ("export", "FILE", "--to", "OUT/o.coco.json"),
    ("export", "FILE", "--to", "OUT/o.trc"),
    ("export", "FILE", "--person", "1", "--to", "OUT/o.pc2"),
    ("preview", "FILE", "--clip", "CLIP", "-o", "OUT/o.png"),
)


Start = tuple[bytes, "SearchStrategy[tuple[str, bytes]]"]
"""A good file and its mutants."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: where its mutants start from, its name, and what reads it.

    ``start`` gets the path of a good take. The good file itself ends in the exit code ``good``.
    ``reader`` reads the file where the command runs in Blender. A mutant with which the first
    command ends in ``refused`` is not given to the others. What native code reads (``is_native``)
    gets a process of its own.
    """

    start: Callable[[Path], Start]
    name: str
    lines: tuple[Line, ...] = ()
    reader: Callable[[Path], object] | None = None
    good: int = 0
    refused: int | None = None
    is_native: bool = False


def _takes(good: Path) -> Start:
    from . import mutants

    data = good.read_bytes()
    return data, mutants.takes(data)


def _document(value: object) -> Start:
    from . import mutants

    return json.dumps(value).encode(), mutants.documents(value)


def _maps(good: Path) -> Start:
    bones = {"pelvis": "hips", "left_hip": "thigh", "spine": ["spine1", "spine2"]}
    switches = [["hips", "IK_FK", 1.0]]
    return _document(
        {"format": FORMAT, "version": 1, "convention": "x", "bones": bones, "switches": switches}
    )


def _edits(good: Path) -> Start:
    frames = {"1": [0, 0, 1, 1], "3": [1, 1, 0.5, 0.2]}
    return _document({"contacts": {"0": frames}})


def _descriptor() -> dict[str, object]:
    from ...models.user.descriptor import shipped_descriptors

    return json.loads(next(iter(shipped_descriptors().values())).to_json()) | {"name": "mine"}


def _descriptors(good: Path) -> Start:
    return _document(_descriptor())


def _smplx(good: Path) -> Start:
    from . import mutants

    data = mutants.small_smplx()
    return data, mutants.npz_files(data)


def _archives(good: Path) -> Start:
    from . import mutants

    data = mutants.packed({"model.onnx": b"no network" * 100})
    return data, mutants.damaged(data)


def _networks(good: Path) -> Start:
    from . import mutants

    data = (ROOT / "models" / "weights" / "joints_full.onnx").read_bytes()
    return data, mutants.damaged(data)


def _clips(good: Path) -> Start:
    from . import mutants

    data = CLIP.read_bytes()
    return data, mutants.damaged(data)


_ADD: Final = ("models", "add", "--models-folder", "OUT/models")
_FIT: Final = ("export", "GOOD", "--person", "1", "--last-frame", "1", "--to", "OUT/o.pc2")
KINDS: Final[dict[str, Kind]] = {
    "takes": Kind(_takes, "m.take.npz", _TAKE_LINES, refused=TakeError.exit_code),
    "maps": Kind(_maps, "m.json", reader=load_map),
    "smplx": Kind(_smplx, "m.npz", ((*_FIT, "--smplx", "FILE"),)),
    "archives": Kind(_archives, "m.zip", ((*_ADD, "FILE", "--as", "vitpose-b"),), good=4),
    "networks": Kind(
        _networks,
        "m.onnx",
        ((*_ADD, "FILE", "--descriptor", "DESCRIPTOR"),),
        good=4,
        is_native=True,
    ),
    "clips": Kind(
        _clips,
        "m.mp4",
        (("estimate", "FILE", "--quality", "fast", "--last-frame", "2", "-o", "OUT/m.take.npz"),),
        is_native=True,
    ),
    "edits": Kind(
        _edits, "m.json", (("solve", "GOOD", "--edits", "FILE", "-o", "OUT/solved.take.npz"),)
    ),
    "descriptors": Kind(
        _descriptors, "m.json", ((*_ADD, "MODEL", "--descriptor", "FILE"),), good=4
    ),
}


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
            print(f"  {line[0]}: {outcome.fault!a} ({what!a})", flush=True)
            self.faults.setdefault(f"{line[0]}: {outcome.fault}", []).append(what)

    def report(self, name: str) -> int:
        """Print the counts; how many commands failed."""
        failed = sum(map(len, self.faults.values()))
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(self.codes.items()))
        print(
            f"fuzz {name}: {self.mutants} mutants, {self.commands} commands, {failed} failed; "
            f"exit codes {codes}",
            flush=True,
        )
        return failed


def try_kind(kind: Kind, good: Path, folder: Path, runs: int) -> Tried:
    """Put ``runs`` mutants through the commands of ``kind``; always the same ones."""
    from hypothesis import HealthCheck, Phase, given, settings

    tried = Tried()
    out, model = folder / "out", folder / "none.onnx"
    out.mkdir(exist_ok=True)
    model.write_bytes(b"no network")
    names = {"FILE": str(folder / kind.name), "GOOD": str(good), "CLIP": str(CLIP)}
    names |= {"MODEL": str(model), "DESCRIPTOR": str(folder / "mine.json")}
    (folder / "mine.json").write_text(json.dumps(_descriptor()))

    def try_one(what: str, data: bytes) -> None:
        (folder / kind.name).write_bytes(data)
        tried.mutants += 1
        for line in kind.lines:
            arguments = [names.get(part, part.replace("OUT/", f"{out}/")) for part in line]
            outcome = run_apart(arguments, folder) if kind.is_native else run_here(arguments)
            tried.add(what, line, outcome)
            if outcome.code == kind.refused:
                break  # one reader for all of them
        if kind.reader is not None:
            tried.add(what, (kind.name,), read_here(kind.reader, folder / kind.name))

    data, mutants = kind.start(good)
    try_one("as it is", data)
    if set(tried.codes) != {str(kind.good)}:
        tried.add("as it is", (kind.name,), Outcome(None, "", "the good file is not read"))

    @settings(
        max_examples=runs,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(mutants)
    def try_mutant(mutant: tuple[str, bytes]) -> None:
        try_one(*mutant)

    try_mutant()
    return tried
