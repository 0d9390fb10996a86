"""A part of the corpus of rigs in Blender; the whole of it is a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from limn.tools.corpus.rigs.namings import NAMINGS
from limn.tools.corpus.rigs.oddities import ODDITIES
from limn.tools.corpus.rigs.skeleton import skeleton

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "retargeting.md"
PART = {
    ("mixamo", "biped_old", "unknown"): ("a-pose", "dressed", "y-up", "turned", "upright-tails"),
    ("rigify_deform", "daz_genesis_8"): ("copied", "comma", "rolled"),
}


def table(namings: tuple[str, ...], oddities: tuple[str, ...]) -> tuple[int, list[list[str]]]:
    command = [sys.executable, "-m", "limn.tools.corpus.rigs", "--frames", "4"]
    done = subprocess.run(
        [*command, "--namings", *namings, "--only", *oddities],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    return done.returncode, [row for row in rows if len(row) > 4 and row[0] in namings]


@pytest.mark.bpy
def test_a_part_of_the_corpus_moves_as_the_person() -> None:
    pytest.importorskip("bpy")
    for namings, oddities in PART.items():
        code, rows = table(namings, oddities)
        assert code == 0, rows
        assert len(rows) == len(namings) * len(oddities)
        for row in rows:
            assert float(row[3]) < 30, row  # mm; none of these may be refused


@pytest.mark.bpy
def test_what_hinders_is_told() -> None:
    pytest.importorskip("bpy")
    code, rows = table(("mixamo",), ("limits", "drivers", "no-hands"))
    assert code == 0
    said = [" ".join(row[5:]) for row in rows]
    assert "Constraints of" in said[0]
    assert "Drivers set rotations" in said[1]
    assert "no bone for left wrist" in said[2]


@pytest.mark.parametrize("naming", NAMINGS)
def test_every_kind_of_rig_is_whole(naming: str) -> None:
    """Bones have names of their own, a length, and parents that are there."""
    for label, oddity in ODDITIES.items():
        bones = oddity.change(skeleton(NAMINGS[naming]), NAMINGS[naming])
        names = [bone.name for bone in bones]
        assert len(set(names)) == len(names), label
        assert {bone.parent for bone in bones} <= {"", *names}, label
        assert min(float(np.linalg.norm(bone.tail - bone.head)) for bone in bones) > 1e-3, label


def test_the_guide_counts_what_the_corpus_makes() -> None:
    words = GUIDE.read_text("utf-8")
    assert f"{len(NAMINGS)} namings with {len(ODDITIES)} oddities" in words
    assert f"All {len(NAMINGS) * len(ODDITIES):,} rigs" in words
    plain = next(line for line in words.splitlines() if line.startswith("| as made;"))
    assert f"| {5 * len(NAMINGS)} |" in plain
