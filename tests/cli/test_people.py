"""``limn people``: listing, pictures and choosing, with networks that know the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_networks import KnowingDetector, KnowingModel, Result, Stage, make_clip
from limn.cli import main
from limn.core.data.take_file import load_take
from limn.models import estimators

Limn = Callable[..., Result]


@pytest.fixture
def take(tmp_path: Path, limn: Limn, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A take of two people."""
    clip, path = tmp_path / "two.mp4", tmp_path / "two.take.npz"
    stage = Stage(make_clip(clip, people=2))
    networks = KnowingDetector(stage), (KnowingModel(stage),)
    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: networks)
    assert limn("estimate", clip, "-o", path).code == 0
    return path


def test_the_people_are_listed_with_number_name_and_frames(limn: Limn, take: Path) -> None:
    lines = limn("people", take).out.splitlines()
    assert re.fullmatch(r" +1  Person 1 +30 frames \(0 to 29\)", lines[1])
    assert re.fullmatch(r" +2  Person 2 +15 frames \(15 to 29\)", lines[2])
    people = json.loads(limn("people", take, "--json").out)["people"]
    assert [person["name"] for person in people] == ["Person 1", "Person 2"]


def test_choices_are_made_in_the_order_given(limn: Limn, take: Path, tmp_path: Path) -> None:
    out = tmp_path / "chosen.take.npz"
    made = limn(
        "people", take, "--rename", "1", "Anna", "--split", "Anna@20", "--drop", "3", "-o", out
    )
    assert made.code == 0, made.err
    people = load_take(out).people
    assert [person.name for person in people] == ["Anna", "Anna (2)"]
    assert people[0].frames.tolist() == list(range(20))
    assert people[1].frames.tolist() == list(range(20, 30))
    assert limn("people", out, "--merge", "Anna", "Anna (2)", "-o", out).code == 0
    assert load_take(out).people[0].frames.tolist() == list(range(30))


def test_everybody_gets_a_picture_of_where_they_are(limn: Limn, take: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    found = limn("people", take, "--thumbnails", folder, "--json")
    pictures = [Path(person["thumbnail"]) for person in json.loads(found.out)["people"]]
    assert [path.name for path in pictures] == ["1 Person 1.png", "2 Person 2.png"]
    for path in pictures:
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.shape == (256, 256, 3)
        assert np.ptp(picture) < 60, "the clip is plain grey"
        assert picture.max() > 30


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (("--drop", "3"), "Nobody is called 3"),
        (("--split", "1"), "WHO@FRAME"),
        (("--split", "1@0"), "nothing to split"),
        (("--drop", "1", "2"), "leave at least one"),
    ],
)
def test_a_wrong_choice_writes_nothing(
    limn: Limn, take: Path, tmp_path: Path, choice: tuple[str, ...], sentence: str
) -> None:
    out = tmp_path / "never.take.npz"
    refused = limn("people", take, *choice, "-o", out)
    assert refused.code == 2
    assert sentence in refused.err
    assert not out.exists()


def test_a_choice_needs_an_output_and_an_output_a_choice(limn: Limn, take: Path) -> None:
    assert "name it with -o" in limn("people", take, "--drop", "1").err
    assert "-o goes with a choice" in limn("people", take, "-o", take).err


def test_pictures_need_the_footage(limn: Limn, take: Path, tmp_path: Path) -> None:
    clip = tmp_path / "two.mp4"
    moved = clip.rename(tmp_path / "elsewhere.mp4")
    refused = limn("people", take, "--thumbnails", tmp_path / "faces")
    assert refused.code == 3
    assert limn("people", take, "--thumbnails", tmp_path / "faces", "--clip", moved).code == 0


def test_a_file_name_is_made_of_any_name(limn: Limn, take: Path, tmp_path: Path) -> None:
    assert limn("people", take, "--rename", "1", "A/B: ..?", "-o", take).code == 0
    found = limn("people", take, "--thumbnails", tmp_path / "faces")
    assert found.code == 0
    assert (tmp_path / "faces" / "1 A_B_ .._.png").is_file()


def test_the_help_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.run(["people", "--help"])
    text = capsys.readouterr().out
    for example in re.findall(r"^  limn (.+)$", text, re.MULTILINE):
        main.make_parser().parse_args(example.split())


def test_a_take_is_replaced_only_when_whole(
    limn: Limn, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = take.read_bytes()

    def full_disk(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("limn.cli.takes.people.save_take", full_disk)
    assert limn("people", take, "--drop", "2", "-o", take).code == 130
    assert take.read_bytes() == before
