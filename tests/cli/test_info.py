"""``limn info`` of clips: frames, length, size and rate on a line; faults as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from limn.cli import main

cv2 = pytest.importorskip("cv2")

ROOT = Path(__file__).resolve().parents[2]


def test_a_clips_facts_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    clip = ROOT / "examples" / "walk.mp4"
    assert main.run(["info", str(clip)]) == 0
    assert capsys.readouterr().out.strip() == "102 frames, 3.4 s, 1280 x 720, 30 fps"
    assert main.run(["info", str(clip), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["fps"], told["size_px"]) == (102, 30.0, [1280, 720])
    assert told["is_still"] is False


def test_a_photo_and_a_folder_of_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"a_{number:03}.png"), np.zeros((40, 60, 3), np.uint8))
    assert main.run(["info", str(tmp_path / "a_000.png")]) == 0
    assert capsys.readouterr().out.strip() == "photo, 60 x 40"
    assert main.run(["info", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip().startswith("3 frames, ")


@pytest.mark.parametrize(("name", "code"), [("gone.mp4", 3), ("text.mp4", 3), ("gone", 5)])
def test_what_is_no_clip_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    assert main.run(["info", str(tmp_path / name)]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert name in told.err


def test_long_clips_are_told_in_minutes() -> None:
    from limn.cli.takes.info import clip_in_words
    from limn.core.data.types import ClipInfo

    info = ClipInfo("a.mp4", (1920, 1080), 29.97, 18000)
    assert clip_in_words(info) == "18000 frames, 10 min 1 s, 1920 x 1080, 29.97 fps"
    unknown = ClipInfo("a.mp4", (1920, 1080), 25.0, 0)
    assert clip_in_words(unknown) == "1920 x 1080, 25 fps"
