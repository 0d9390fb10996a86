"""Make every odd clip of one and tell what Limn makes of it: ``python -m limn.tools.corpus``.

    python -m limn.tools.corpus --clip examples/walk.mp4 --frames 48 --only torn mirrored
    python -m limn.tools.corpus --read-only

Each kind is read, and estimated unless told otherwise; the table shows frames, seconds, how far the
joints of the people of the clip that it should equal (the plain one, of interlaced ones the same
deinterlaced by another filter) are from those of the nearest person (about the pelvis, where both
show the same picture), and what was said. Exit code 1 when a kind ended otherwise than with a take
or a sentence.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...media.clips import open_clip
from .comparing import LIKE, NO_RATE, off_mm
from .kinds import KINDS, RATE, Film

_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 600


@dataclass(frozen=True)
class Outcome:
    """What came of one kind; ``off_mm`` NaN where nothing can be compared."""

    kind: str
    code: int
    frames: int
    lasts_s: float
    off_mm: float
    said: str

    def row(self) -> str:
        """A line of the table."""
        off = "-" if np.isnan(self.off_mm) else f"{self.off_mm:.1f}"
        return (
            f"{self.kind:<25}{self.code:>5}{self.frames:>8}{self.lasts_s:>9.3f}{off:>9}  "
            f"{self.said[:110]}"
        )


def main() -> int:
    """Make, run and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m limn.tools.corpus", description=__doc__)
    parser.add_argument("--clip", type=Path, default=_ROOT / "examples" / "walk.mp4")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--only", nargs="+", choices=tuple(KINDS), metavar="KIND")
    parser.add_argument("--read-only", action="store_true", help="read the clips, run no network")
    parser.add_argument("--quality", default="fast")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave clips and takes there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        film = [frame.bgr for frame in islice(open_clip(arguments.clip).frames(), arguments.frames)]
        quality = None if arguments.read_only else arguments.quality
        return run(arguments.only or list(KINDS), film, folder, quality)


def run(kinds: list[str], film: Film, folder: Path, quality: str | None) -> int:
    """Do ``kinds`` of a film in a folder and print a line each; ``quality`` None only reads."""
    print(f"{'kind':<25}{'exit':>5}{'frames':>8}{'seconds':>9}{'mm off':>9}  said")
    takes: dict[str, Take] = {}
    odd = 0
    wanted = [kind for one in kinds for kind in (LIKE.get(one, "plain"), one)]
    for kind in dict.fromkeys(["plain", *wanted]):
        path = KINDS[kind](folder / kind, film)
        if quality is None:
            outcome = read(kind, path)
        else:
            outcome, take = estimate(kind, path, quality, takes.get(LIKE.get(kind, "plain")))
            if take is not None and kind in ("plain", *LIKE.values()):
                takes[kind] = take
        print(outcome.row(), flush=True)
        odd += outcome.code not in (0, 3, 6)
    return 1 if odd else 0


def read(kind: str, path: Path) -> Outcome:
    """Read a clip to its end."""
    try:
        clip = open_clip(path, sequence_fps=_rate(kind))
        times = [frame.time_s for frame in clip.frames()]
    except LimnError as error:
        return Outcome(kind, error.exit_code, 0, 0.0, float("nan"), str(error))
    return Outcome(kind, 0, len(times), times[-1], float("nan"), " ".join(clip.warnings))


def estimate(kind: str, path: Path, quality: str, like: Take | None) -> tuple[Outcome, Take | None]:
    """Estimate a clip in a process of its own and compare it with what it should be ``like``."""
    out = path.parent / f"{kind}.take.npz"
    command = [sys.executable, "-m", "limn.cli", "estimate", str(path), "-o", str(out), "--json"]
    rate = _rate(kind)
    command += [] if rate is None else ["--fps", str(rate)]
    done = subprocess.run(
        [*command, "--quality", quality, "--progress", "none"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        last = said[-1] if said else ""
        return Outcome(kind, done.returncode, 0, 0.0, float("nan"), last), None
    told: dict[str, Any] = json.loads(done.stdout)
    take = load_take(out)
    off = float("nan") if like is None else off_mm(like, take, kind)
    said = " ".join(told.get("warnings", []))
    return Outcome(kind, 0, len(take.time_s), float(take.time_s[-1]), off, said), take


def _rate(kind: str) -> float | None:
    return float(RATE) if kind in NO_RATE else None


if __name__ == "__main__":
    sys.exit(main())
