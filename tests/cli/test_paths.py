"""Paths that can't be, or aren't text: one sentence with the documented code, everywhere."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from limn.cli.main import run
from limn.core.data.take_file import save_take
from synthetic_take import some_take

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's names of files")


@pytest.fixture
def take(tmp_path: Path) -> Path:
    folder = tmp_path / "dance 👩 李"
    folder.mkdir()
    made = some_take(1)
    made = replace(made, people=(replace(made.people[0], name="Zoë 👩"),), report={})
    save_take(made, folder / "a.take.npz")
    return folder / "a.take.npz"


# 300 characters, more than any system takes, raise where a locked folder does; so does a path
# through a file. Both are asked after everywhere without a traceback, with the documented code.
_NO_PATHS = {"long": "x" * 300, "through a file": "a.take.npz/b"}
_READING = {
    "info {bad}.take.npz": 5,
    "people {bad}.take.npz": 5,
    "edit {take} --mix {bad} -o {out}.npz": 5,
    "preview {bad} -o {out}.png": 5,
    "build {bad} -o {out}.blend": 5,
    "estimate {bad}.mp4 -o {out}.npz": 3,
    "compare {bad}.mp4 --estimators movenet": 3,
    "preview {take} --clip {bad}.mp4 -o {out}.png": 3,
    "people {take} --clip {bad}.mp4 --thumbnails {out}": 3,
    "bench {bad} --out {out}": 3,
    "solve {take} --edits {bad} -o {out}.npz": 2,
    "export {take} --to {out}.obj --smplx {bad}.npz": 4,
    "build {take} --smplx {bad}.npz -o {out}.blend": 4,
    "retarget {take} --rig {bad}.blend -o {out}.blend": 8,
    "models add {bad}.onnx --as midas-small": 4,
}
_WRITING = {
    "edit {take} --mirror -o {bad}.take.npz": 7,
    "export {take} --to {bad}.bvh --person 1": 7,
    "export {take} --to {bad}.fbx": 7,
    "build {take} -o {bad}.blend": 7,
    "people {take} --thumbnails {bad}": 7,
}


@pytest.mark.parametrize("bad", _NO_PATHS)
@pytest.mark.parametrize("line", [*_READING, *_WRITING])
def test_a_path_that_cannot_be_is_one_sentence_with_its_code(
    bad: str, line: str, take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--rig" in line or line.startswith("build {take} -o"):
        pytest.importorskip("bpy")
    paths = {"bad": take.parent / _NO_PATHS[bad], "take": take, "out": take.with_name("out")}
    code = run([word.format(**paths) for word in line.split()])
    said = capsys.readouterr().err
    assert code == (_READING | _WRITING)[line], said
    assert said.startswith("limn: ")
    assert said.count("\n") == 1


def test_names_that_are_no_text_are_refused_where_native_code_takes_them(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = take.parent / os.fsdecode(b"caf\xe9")
    for line, code in {
        "estimate {bad}.mp4 -o {out}.npz": 3,
        "preview {take} -o {bad}.mp4": 7,
        "export {take} --to {bad}.c3d": 7,
        "export {take} --to {bad}.trc": 7,
        "export {take} --to {bad}.glb": 7,
        "build {take} --clip {bad}.mp4 -o {out}.blend": 3,
    }.items():
        paths = {"bad": bad, "take": take, "out": take.with_name("out")}
        assert run([word.format(**paths) for word in line.split()]) == code
        assert r"caf\xe9" in (said := capsys.readouterr().err)
        assert "isn't text" in said
        assert said.count("\n") == 1
