"""No option is swallowed: one that can't apply ends in exit 2 and a sentence that names it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_networks import Result
from limn.cli.main import make_parser
from limn.core.data.settings import Settings
from limn.core.data.take_file import save_take
from option_table import MORE, OPTIONS
from synthetic_take import some_take

Limn = Callable[..., Result]


def _commands(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if words:
        yield " ".join(words), parser
    for action in inner:
        for name, below in action.choices.items():
            yield from _commands(below, (*words, name))


def _command_of(line: str, commands: set[str]) -> str:
    words = line.split()
    return max((c for c in commands if words[: len(c.split())] == c.split()), key=len)


def test_the_table_names_every_command_and_every_option() -> None:
    there = {
        name: {
            max(action.option_strings, key=len)
            for action in parser._actions
            if action.option_strings and action.dest != "help"
        }
        for name, parser in _commands(make_parser())
    }
    told = {_command_of(line, set(there)): set(options) for line, options in OPTIONS.items()}
    assert told == there


@pytest.fixture
def paths(tmp_path: Path, clip: Path) -> dict[str, Path]:
    take = tmp_path / "a.take.npz"
    made = some_take(2)
    save_take(replace(made, clip=replace(made.clip, path=str(clip)), report={}), take)
    flat = replace(made, settings=asdict(Settings(estimator="flat")), report={})
    save_take(flat, tmp_path / "flat.take.npz")
    (tmp_path / "file").write_text("{}")
    (tmp_path / "dir").mkdir()
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((64, 64, 3), np.uint8))
    return {
        "photo": tmp_path / "photo.png",
        "take": take,
        "flat": tmp_path / "flat.take.npz",
        "clip": clip,
        "file": tmp_path / "file",
        "out": tmp_path / "out",
        "dir": tmp_path / "dir",
    }


CASES = [
    (f"{line} {' '.join(given)}", option)
    for line, options in OPTIONS.items()
    for option, given in options.items()
    if given
] + list(MORE.items())


@pytest.mark.parametrize(("line", "option"), CASES, ids=[line for line, _ in CASES])
def test_an_option_that_cannot_apply_is_refused_by_name(
    line: str, option: str, limn: Limn, paths: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(paths["out"].parent.rglob("*"))
    words = [word.format(**paths) for word in line.split()]
    try:
        result = limn(*words)
        code, said, out = result.code, result.err, result.out
    except SystemExit as stop:  # argparse's own
        code, (out, said) = stop.code, capsys.readouterr()
    assert (code, out) == (2, ""), said
    assert said.startswith("limn: ")
    assert said.count("\n") == 1
    names = {option, {"--output": "-o"}.get(option, option)}
    assert any(name in said for name in names), said
    assert sorted(paths["out"].parent.rglob("*")) == before
