"""A small part of ``python -m limn.tools.farms hundred``: the rule holds, and broken clips tell."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from limn.cli.main import run
from limn.tools.farms.footage import BREAKS
from limn.tools.farms.hundred import hundred
from onnx_files import need_runtime

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


@posix
@pytest.mark.networks
def test_a_killed_batch_of_good_and_broken_clips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need_runtime()
    assert hundred(tmp_path, clips=9, broken=3, kills=2, jobs=2) == 0, capsys.readouterr().out
    assert "killed 2 times" in capsys.readouterr().out


@pytest.mark.networks
def test_every_broken_clip_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need_runtime()
    for name, make in BREAKS.items():
        clip = tmp_path / f"{name}.mp4"
        make(clip)
        code = run(["estimate", str(clip), "-o", str(tmp_path / "a.npz"), "--quality", "fast"])
        said = capsys.readouterr().err
        assert code == (6 if name == "nobody" else 3), (name, said)
        assert said.count("\n") == 1, name
