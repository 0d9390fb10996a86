"""The one table of formats, and what comes from it."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path

import limn
import pytest
from limn.cli.main import make_parser
from limn.cli.takes import export as export_command
from limn.core.data.errors import OutputError, SettingsError
from limn.core.data.types import Take
from limn.core.data.writing import write_text
from limn.core.formats import table
from limn.core.formats.asked import Asked
from limn.core.formats.table import Format, export_take, format_of

sys.path.insert(0, str(Path(__file__).parent))

from motion_takes import two_people

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def take() -> Take:
    return two_people()


def export_heights(asked: Asked) -> list[Path]:
    lines = [f"{one.person.name} {one.xyz[0, 0, 2]:.3f}" for one in asked.placed()]
    write_text(asked.path, "\n".join(lines) + "\n")
    return [asked.path]


HEIGHTS = Format(
    ".hgt", "Heights", "how high each pelvis starts", "m, z up", export_heights, has_space=True
)


@pytest.fixture
def heights(monkeypatch: pytest.MonkeyPatch) -> Format:
    """A format of which nothing but its row is known."""
    monkeypatch.setattr(table, "FORMATS", (*table.FORMATS, HEIGHTS))
    return HEIGHTS


def _help() -> str:
    (subs,) = (a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return subs.choices["export"].format_help()


def test_a_row_is_all_that_a_format_needs(
    heights: Format, take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from limn.cli.main import run

    written = limn.export(take, tmp_path / "two.hgt")
    assert written.files == (tmp_path / "two.hgt",)
    names = [line.rpartition(" ")[0] for line in written.files[0].read_text().splitlines()]
    assert names == [person.name for person in take.people]
    saved, out = tmp_path / "two.take.npz", tmp_path / "shell.hgt"
    limn.save(replace(take, report={}), saved)
    command = ["export", str(saved), "--to", str(out), "--person", "1", "--progress", "none"]
    assert run([*command, "--space", "camera"]) == 0, capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 1
    assert run([*command, "--smplx", "model.npz"]) == 2
    assert ".hgt files hold no body" in capsys.readouterr().err
    assert ".hgt" in _help()
    assert "| `.hgt` | Heights | how high each pelvis starts; world" in table.as_markdown()


def test_without_the_row_there_is_no_such_format(take: Take, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"can't write two\.hgt"):
        export_take(take, tmp_path / "two.hgt")
    assert ".hgt" not in _help()


def test_suffixes_are_unlike_and_the_longest_counts() -> None:
    suffixes = [row.suffix for row in table.FORMATS]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)
    for row in table.FORMATS:
        assert format_of(f"some.where/A B{row.suffix.upper()}") is row
    assert format_of("a.coco.json").title == "COCO keypoints"


def test_a_row_says_who_writes() -> None:
    for row in table.FORMATS:
        assert row.write is not None or row.by_blender, row.suffix
        assert row.by_blender <= row.from_scene, row.suffix
    assert format_of("a.glb").blender_writes()
    assert not format_of("a.glb").blender_writes(still=True)


@pytest.mark.parametrize("row", table.FORMATS, ids=lambda row: row.suffix)
def test_what_a_format_cant_say_is_refused(row: Format, take: Take, tmp_path: Path) -> None:
    path = tmp_path / f"a{row.suffix}"
    if row.write is None:
        with pytest.raises(OutputError, match="written by Blender"):
            export_take(take, path)
        return
    if row.one_person:
        with pytest.raises(OutputError, match="holds one person; choose one of"):
            export_take(take, path)
    if not row.has_space:
        with pytest.raises(OutputError, match="world space only"):
            export_take(take, path, take.people[0].name, space="camera")
    if not row.has_body:
        with pytest.raises(OutputError, match="hold no body"):
            export_take(take, path, take.people[0].name, smplx=object())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_still_is_for_what_both_can_write() -> None:
    for row in table.FORMATS:
        given = argparse.Namespace(
            still=True, space=None, smplx=None, blender=None, gender=None, to=Path("a")
        )
        if row.suffix == ".glb":
            export_command._check_choices(given, row)
        else:
            with pytest.raises(SettingsError, match=r"--still is for \.glb files"):
                export_command._check_choices(given, row)


def test_the_documents_table_is_the_tables_own() -> None:
    """``table.as_markdown()`` prints what belongs there."""
    head = table.as_markdown().splitlines()[0]
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    (text,) = (t for page in pages if head in (t := page.read_text("utf-8")))
    (shown,) = re.findall(rf"^{re.escape(head)}\n(?:\|.*\n)+", text, re.MULTILINE)
    assert shown.rstrip("\n") == table.as_markdown()


def test_the_guide_to_adding_a_format_shows_this_very_writer() -> None:
    import inspect

    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert inspect.getsource(export_heights) in guide
