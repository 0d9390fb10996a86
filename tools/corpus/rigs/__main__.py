"""One motion on rigs of every naming and oddity: ``python -m limn.tools.corpus.rigs``.

    python -m limn.tools.corpus.rigs --namings mixamo biped --only a-pose dressed

Rigs have the person's own proportions, so bones should lie where the person's joints are in the
world. The table shows how far off they are (mean, worst joint and frame), or the sentence with
which a rig was refused. A rig passes below 30 mm on average, or refused; exit code 1 when one
doesn't, or moves wrongly without a word. Needs the bpy module.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from .blender import Result, make, retarget
from .motion import moving_person
from .namings import NAMINGS
from .oddities import ODDITIES
from .skeleton import skeleton

_MOST_MM: Final = 30.0
_HINDERS: Final = ("may overrule", "whatever the keys are", "left posed")


def main() -> int:
    """Make, move and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m limn.tools.corpus.rigs", description=__doc__)
    parser.add_argument("--namings", nargs="+", choices=tuple(NAMINGS), metavar="NAMING")
    parser.add_argument("--only", nargs="+", choices=tuple(ODDITIES), metavar="ODDITY")
    parser.add_argument("--frames", type=int, default=12)
    arguments = parser.parse_args()
    return run(arguments.namings or list(NAMINGS), arguments.only or list(ODDITIES),
               arguments.frames)  # fmt: skip


def run(namings: list[str], oddities: list[str], frames: int) -> int:
    """Print a line for each rig; returns 1 when one moves otherwise than the person does."""
    print(f"{'naming':<20}{'oddity':<15}{'taken for':<20}{'mm off':>7}{'worst':>7} at{'':<14}said")
    wrong = 0
    for naming in namings:
        for oddity in oddities:
            result = one(naming, oddity, frames)
            wrong += not passes(result)
            print(
                f"{naming:<20}{oddity:<15}{result.convention or '-':<20}{result.off_mm:>7.1f}"
                f"{result.worst_mm:>7.1f} {result.worst:<15} {result.said[:100]}",
                flush=True,
            )
    print(f"{wrong} rigs of {len(namings) * len(oddities)} are wrong")
    return 1 if wrong else 0


def one(naming: str, oddity: str, frames: int) -> Result:
    """Make one rig and move it."""
    kind = ODDITIES[oddity]
    bones = kind.change(skeleton(NAMINGS[naming]), NAMINGS[naming])
    return retarget(make(bones, kind), bones, moving_person(frames))


def passes(result: Result) -> bool:
    """Whether the rig moves as the person, was refused in a sentence, or told what hinders it."""
    is_told = any(word in result.said for word in _HINDERS)
    return result.off_mm < _MOST_MM or is_told or bool(not result.convention and result.said)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # bpy's own end may crash
