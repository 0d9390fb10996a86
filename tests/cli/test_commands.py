"""Help, README, the Blender door and the progress bar."""

from __future__ import annotations

import argparse
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from fake_networks import SIZE_PX, Result
from limn.cli import main
from limn.core.data.take_file import save_take
from limn.core.data.types import Camera, ClipInfo, Person, Take
from limn.core.evaluation.quality import _GRADES
from limn.media.clips import open_clip

Limn = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
README = "\n".join(
    page.read_text("utf-8")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md")))
)
"""The README and the guide."""
COMMANDS = (
    "estimate",
    "batch",
    "watch",
    "observe",
    "import",
    "solve",
    "build",
    "edit",
    "retarget",
    "export",
    "preview",
    "depth",
    "info",
    "people",
    "models",
    "doctor",
    "compare",
    "bench",
    "score",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main.run([command, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: limn {command}")
    examples = re.findall(r"^  limn (.+)$", text, re.MULTILINE)
    for example in examples:
        main.make_parser().parse_args(_words(example))
    assert examples or command in ("info", "doctor")


def test_the_readmes_commands_exist() -> None:
    limn = re.findall(r"^`?limn ([^#`\n]+)", README, re.MULTILINE)
    limn = [line for line in limn if not line.startswith("--request")]  # the worker's own
    assert {line.split()[0] for line in limn} == set(COMMANDS)
    for line in limn:
        main.make_parser().parse_args(_words(line))
    dev = set(re.findall(r"python3 dev\.py (\w+)", README))
    usage = subprocess.run(
        [sys.executable, "dev.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    known = re.search(r"\{([\w,]+)\}", usage)
    assert known is not None
    assert {"demo", "test"} <= dev <= set(known[1].split(","))


_OF_OTHERS = {"--command", "--read-only"}
"""Options of Blender and of container engines."""


def test_the_readmes_options_exist() -> None:
    options = set(re.findall(r"`(--[a-z-]+)", README)) - _OF_OTHERS
    parser = main.make_parser()
    shown = "".join(_help_of(parser, command) for command in COMMANDS)
    assert not {option for option in options if option not in shown}


def test_the_takes_page_names_every_field() -> None:
    page = (ROOT / "docs" / "guide" / "take.md").read_text("utf-8")
    arrays = {field.name for field in fields(Person)} - {"name", "height_m", "xy_skeleton"}
    clip = {f"clip.{field.name}" for field in fields(ClipInfo)}
    camera = {f"camera.{field.name}" for field in fields(Camera)}
    named = set(re.findall(r"`([\w.]+)`", page))
    assert arrays | clip | camera <= named
    for check in _GRADES:
        assert f"`{check}`" in page


def _help_of(parser: main.argparse.ArgumentParser, command: str) -> str:
    (commands,) = [a for a in parser._actions if isinstance(a.choices, dict)]
    return commands.choices[command].format_help()


def _words(line: str) -> list[str]:
    return line.replace('"', "").split()


@pytest.fixture
def take_file(truth: Take, tmp_path: Path) -> Path:
    save_take(truth, tmp_path / "walk.take.npz")
    return tmp_path / "walk.take.npz"


def _fake_blender(folder: Path, script: str) -> Path:
    """An executable called like Blender that does what ``script`` says."""
    path = folder / "blender"
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("suffix", [".png", ".mp4", ".gif"])
def test_preview_draws_the_take_over_its_clip(suffix: str, limn: Limn, take_file: Path) -> None:
    output = take_file.with_name(f"preview{suffix}")
    result = limn("preview", take_file, "-o", output)
    assert result.code == 0, result.err
    assert open_clip(output).info.size_px[0] > SIZE_PX[0], "the 3D view stands beside the footage"


def test_preview_never_overwrites_the_footage(limn: Limn, take_file: Path, clip: Path) -> None:
    footage = clip.read_bytes()
    result = limn("preview", take_file, "-o", clip)
    assert (result.code, result.err.count("\n")) == (7, 1)
    assert clip.read_bytes() == footage


def test_preview_without_its_footage_says_which(limn: Limn, take_file: Path, clip: Path) -> None:
    moved = clip.rename(clip.with_name("moved.mp4"))
    output = take_file.with_name("walk.png")
    result = limn("preview", take_file, "-o", output)
    assert result.code == 3
    assert clip.name in result.err
    assert limn("preview", take_file, "-o", output, "--clip", moved).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs an executable script")
def test_a_blender_executable_is_given_the_take_and_the_output(
    limn: Limn, take_file: Path, tmp_path: Path
) -> None:
    # Blender runs the --python file it is given; here a stand-in for the module it ends in writes
    # the file, so what is checked is the way there: package loading and arguments.
    script = (
        "import runpy, sys\n"
        "from pathlib import Path\n"
        "runpy.run_module = lambda name, **_: Path(sys.argv[2]).write_text(name + sys.argv[1])\n"
        "script = sys.argv[sys.argv.index('--python') + 1]\n"
        "exec(Path(script).read_text(), {'__name__': '__main__', '__file__': script})\n"
    )
    blender = _fake_blender(tmp_path, script)
    output = tmp_path / "walk.blend"
    result = limn("build", take_file, "-o", output, "--blender", blender)
    assert result.code == 0, result.err
    assert output.read_text() == f"limn.scene.files.blend_file{take_file}"


@pytest.mark.skipif(sys.platform == "win32", reason="needs an executable script")
def test_what_blender_says_is_passed_on(limn: Limn, take_file: Path, tmp_path: Path) -> None:
    said = "limn: Can't write the file: the disk is full."
    blender = _fake_blender(tmp_path, f"import sys\nsys.stderr.write({said!r})\nsys.exit(7)\n")
    result = limn("build", take_file, "-o", tmp_path / "o.blend", "--blender", blender)
    assert (result.code, result.err) == (7, said + "\n")
    blender = _fake_blender(tmp_path, "import sys\nsys.exit(11)\n")
    result = limn("build", take_file, "-o", tmp_path / "o.blend", "--blender", blender)
    assert (result.code, result.err.count("\n")) == (1, 1)


def test_a_missing_blender_is_one_sentence(limn: Limn, take_file: Path, tmp_path: Path) -> None:
    missing = tmp_path / "no_blender"
    result = limn("build", take_file, "-o", tmp_path / "o.blend", "--blender", missing)
    assert (result.code, result.err.count("\n")) == (2, 1)


def test_the_bar_shows_stages_and_keeps_stdout_clean(limn: Limn, clip: Path, truth: Take) -> None:
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output, "--progress", "bar", "--json")
    assert result.code == 0
    assert "Finding people" in result.err
    assert result.out.startswith("{")


@pytest.mark.networks
def test_doctor_finds_this_installation_complete(limn: Limn) -> None:
    result = limn("doctor")
    assert result.code == 0, result.out
    assert result.out.endswith("Everything needed is here.\n")


def test_a_command_is_parsed_alike_without_the_others() -> None:
    """A run loads the modules of its own command only."""
    whole = main.make_parser()
    names = list(_subparsers(whole))
    assert names == list(main._COMMANDS)
    for name in names:
        alone = main.make_parser(name)
        assert list(_subparsers(alone)) == [name]
        assert _subparsers(alone)[name].format_help() == _subparsers(whole)[name].format_help()
        assert _subparsers(alone)[name]._defaults == _subparsers(whole)[name]._defaults
    assert list(_subparsers(main.make_parser("--version"))) == names


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (subs,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return subs.choices
