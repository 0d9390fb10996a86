"""The history of speed: in order, drawn, and compared by ratio."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from limn.tools.evaluation.speed import history
from limn.tools.evaluation.speed.history import PANELS, read_history, slower, svg_of


def _release(ratio: float, example: float) -> dict[str, object]:
    one = {key: ratio for key, _ in PANELS}
    return {"methods": {"fast": one, "mediapipe": dict.fromkeys(one, 1.0)}, "example": example}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version, ratio, example in (("0.10.0", 2.0, 1.3), ("0.9.0", 1.0, 1.9)):
        text = json.dumps(_release(ratio, example))
        (tmp_path / f"{version}.json").write_text(text, "utf-8")
    return tmp_path


def test_releases_come_in_their_order(folder: Path) -> None:
    assert list(read_history(folder)) == ["0.9.0", "0.10.0"]


def test_every_release_of_every_method_is_a_point(folder: Path) -> None:
    root = ElementTree.fromstring(svg_of(read_history(folder)))
    space = "{http://www.w3.org/2000/svg}"
    circles = root.findall(f"{space}circle")
    assert len(circles) == len(PANELS) * 2 * 2
    first, second = (float(circle.get("cy", "nan")) for circle in circles[:2])
    assert second < first, "twice as much lies higher"
    words = [text.text for text in root.findall(f"{space}text")]
    assert {"0.9.0", "0.10.0", "fast", "mediapipe"} <= set(words)


def test_an_empty_history_is_an_empty_picture() -> None:
    ElementTree.fromstring(svg_of({}))


def test_only_much_more_than_the_last_release_is_worth_a_word(folder: Path) -> None:
    releases = read_history(folder)
    assert slower(1.4, releases) == ""
    assert "1.60 times" in slower(1.6, releases)
    assert "0.10.0 it was 1.30" in slower(1.6, releases)
    assert slower(99.0, {}) == ""


def test_a_warning_fails_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(history, "FOLDER", folder)
    monkeypatch.setattr(history, "read_history", lambda: read_history(folder))
    monkeypatch.setattr(history, "networks", lambda *_: {"cpu_ratio": 3.0})
    assert history.main(["warn", "clip.mp4"]) == 0
    assert "Warning" in capsys.readouterr().out
    assert history.main(["warn", "clip.mp4", "--keep", str(folder / "0.10.0.json")]) == 0
    assert read_history(folder)["0.10.0"]["example"] == 3.0
    assert history.main(["plot"]) == 0
    assert (folder / "speed.svg").exists()


def test_what_is_in_the_repository_is_whole() -> None:
    for version, figures in read_history().items():
        assert {"fast", "balanced", "best"} <= set(figures["methods"]), version
        for row in figures["methods"].values():
            assert {key for key, _ in PANELS} <= set(row), version
