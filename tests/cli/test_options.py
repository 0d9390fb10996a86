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
from synthetic_take import some_take

Limn = Callable[..., Result]

ALWAYS = ()
"""The option applies whatever else is given, or is needed."""

_SETTINGS = {
    "--quality": ALWAYS,
    "--estimator": ALWAYS,
    "--depth-model": ALWAYS,  # its depth is kept in the take
    "--depth-input": ("--depth-input", "size=64"),
    "--max-people": ALWAYS,
    "--min-confidence": ALWAYS,
    "--min-track": ALWAYS,
    "--height": ALWAYS,
    "--contacts": ("--estimator", "flat", "--contacts", "always"),
    "--gaps": ALWAYS,
    "--hands": ("--estimator", "flat", "--hands", "off"),
}
_RANGE = {"--first-frame": ALWAYS, "--last-frame": ALWAYS, "--step": ALWAYS}
_REPORTING = {"--progress": ALWAYS, "--json": ("--json", "--progress", "json")}
_MODELS = {"--models-folder": ALWAYS, "--progress": ALWAYS, "--json": _REPORTING["--json"]}

# What can't apply, after the command's words. {take}, {flat} (a take of that estimator), {clip},
# {file}, {out} (a path without a suffix) and {dir} stand for paths.
OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "estimate {clip} -o {out}.npz": {
        "--output": ALWAYS,
        "--output-dir": ("--output-dir", "{dir}"),
        "--skip-existing": ("--skip-existing",),
        "--fps": ("--fps", "30"),
        "--fov": ALWAYS,
        **_RANGE, **_SETTINGS, **_REPORTING,
    },
    "import {file} -o {out}.npz": {
        "--output": ALWAYS,
        "--video": ALWAYS,
        "--as-is": ALWAYS,
        "--fps": ALWAYS,
        "--up": ALWAYS,
        "--height": ALWAYS,
        "--sigma": ("--as-is", "--sigma", "0.01"),
        "--contacts": ("--as-is", "--contacts", "off"),
        "--smplx": ALWAYS,
        "--gender": ("--gender", "male"),
        **_REPORTING,
    },
    "solve {flat} -o {out}.npz": {
        "--output": ALWAYS,
        "--edits": ("--edits", "{file}"),
        "--height": ALWAYS,
        "--fov": ALWAYS,
        "--contacts": ("--contacts", "always"),
        "--gaps": ALWAYS,
        "--hands": ("--hands", "off"),
        **_REPORTING,
    },
    "people {take}": {
        "--keep": ("--keep", "1"),
        "--drop": ("--drop", "1"),
        "--rename": ("--rename", "1", "Ann"),
        "--merge": ("--merge", "1", "2"),
        "--split": ("--split", "1@3"),
        "--output": ("--output", "{out}.npz"),
        "--edits": ("--edits", "{file}"),
        "--thumbnails": ALWAYS,
        "--clip": ("--clip", "{clip}"),
        **_REPORTING,
    },
    "edit {take} -o {out}.npz": {
        "--output": (),
        "--person": ALWAYS,
        "--trim": ALWAYS,
        "--mirror": ALWAYS,
        "--mix": ("--mix", "{take}", "--then", "{take}"),
        "--then": ("--mix", "{take}", "--then", "{take}"),
        "--weight": ("--mirror", "--weight", "0.3"),
        "--overlap": ("--mirror", "--overlap", "5"),
        "--loop": ALWAYS,
        "--in-place": ("--mirror", "--in-place"),
        "--origin": ("--origin", "--at", "0", "0", "0"),
        "--at": ("--origin", "--at", "0", "0", "0"),
        "--facing": ALWAYS,
        "--json": ALWAYS,
    },
    "build {take} -o {out}.blend": {
        "--output": ALWAYS,
        "--blender": ALWAYS,
        "--smplx": ("--smplx", "{file}", "--style", "gallery"),
        "--gender": ("--gender", "neutral"),
        "--style": ALWAYS,
        "--depth": ALWAYS,
        "--depth-model": ALWAYS,  # asks for the depth, as --depth does
        "--depth-input": ("--depth-input", "size=64"),
        "--clip": ALWAYS,
        **_REPORTING,
    },
    "retarget {take} --rig {file} -o {out}.blend": {
        "--rig": ALWAYS,
        "--armature": ALWAYS,
        "--map": ALWAYS,
        "--save-map": ALWAYS,
        "--person": ALWAYS,
        "--in-place": ALWAYS,
        "--no-planting": ALWAYS,
        "--clip-rate": ALWAYS,
        "--controls": ALWAYS,  # a rig without such controls ends in exit 8 and a sentence
        "--tolerance": ("--tolerance", "-1"),
        "--output": ALWAYS,
        "--blender": ALWAYS,
        "--json": ALWAYS,
    },
    "export {take} --to {out}.coco.json": {
        "--to": ALWAYS,
        "--person": ALWAYS,
        "--first-frame": ALWAYS,
        "--last-frame": ALWAYS,
        "--space": ("--space", "world"),
        "--still": ("--still",),
        "--blender": ("--blender", "{file}"),
        "--smplx": ("--smplx", "{file}"),
        "--gender": ("--gender", "male"),
        **_REPORTING,
    },
    "preview {take} -o {out}.png --clip {clip}": {
        "--output": ALWAYS,
        "--clip": ALWAYS,
        "--mesh": ("--mesh", "--style", "gallery"),
        "--style": ALWAYS,
        "--depth": ALWAYS,
        "--depth-model": ALWAYS,
        "--depth-input": ("--depth-input", "size=64"),
        **_REPORTING,
    },
    "depth {take} -o {out}.depth.npz": {
        "--output": ALWAYS,
        "--clip": ALWAYS,
        "--depth-model": ALWAYS,
        "--depth-input": ALWAYS,  # changes how the take's own network is fed
        **_REPORTING,
    },
    "info {take}": {"--json": ALWAYS},
    "models": _MODELS,
    "models list": _MODELS,
    "models download midas-small": {**_MODELS, "--yes": ALWAYS},
    "models add {file} --as midas-small": {
        **_MODELS,
        "--as": ("--descriptor", "{file}"),
        "--descriptor": ("--descriptor", "{file}"),
    },
    "models remove nothing": _MODELS,
    "models check": _MODELS,
    "doctor": {"--json": ("--json", "--progress", "json"), "--progress": ALWAYS},
    "compare {clip}": {
        "--output": ALWAYS,
        "--estimators": ALWAYS,
        "--qualities": ALWAYS,
        "--truth": ALWAYS,
        "--takes": ALWAYS,
        "--style": ("--style", "overlay"),
        "--fps": ("--fps", "30"),
        "--fov": ("--fov", "60", "--truth", "{dir}"),
        **_RANGE, **_REPORTING, **_SETTINGS,
        "--depth-model": ALWAYS,  # joins those estimators that know depth
        "--contacts": ALWAYS,
        "--hands": ALWAYS,
        "--estimator": ("--estimator", "movenet", "--estimators", "movenet,flat"),
        "--quality": ("--quality", "fast", "--qualities", "fast,best"),
    },
    "score {dir} {dir}": {"--clips": ALWAYS, "--csv": ALWAYS, "--json": ALWAYS},
    "bench {dir} --out {dir}": {
        "--out": ALWAYS,
        "--clips": ALWAYS,
        "--no-intrinsics": ALWAYS,
        "--save-takes": ALWAYS,
        "--profile": ALWAYS,
        "--fov": ("--fov", "60"),
        **_SETTINGS, **_REPORTING,
    },
}  # fmt: skip

MORE = {
    "compare {clip} --estimator flat": "--estimator",
    "export {take} --to {out}.fbx --space camera": "--space",
    "export {take} --to {out}.smpl --space camera": "--space",
    "export {take} --to {out}.amass.npz --space camera": "--space",
    "export {take} --to {out}.glb --still --space world": "--space",
    "export {take} --to {out}.bvh --smplx {file}": "--smplx",
    "export {take} --to {out}.smpl --smplx {file}": "--smplx",
    "export {take} --to {out}.glb --still --blender {file}": "--blender",
    "export {take} --to {out}.obj --blender {file}": "--blender",
    "export {take} --to {out}.fbx --still": "--still",
    "export {take} --to {out}.obj --smplx {file} --gender male": "--gender",
    "build {take} -o {out}.blend --smplx {file} --gender male": "--gender",
    "retarget {take} --rig {file} -o {out}.blend --tolerance nan": "tolerance",
    "estimate {clip} --output-dir {dir} --estimator as-published --depth-model x --contacts off":
        "--contacts",
    "estimate {clip} {clip} -o {out}.npz": "-o",
    "estimate {photo} -o {out}.npz --last-frame 9": "--last-frame",
    "estimate {photo} -o {out}.npz --step 2": "--step",
    "estimate {photo} -o {out}.npz --fps 30": "--fps",
}  # fmt: skip


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
