from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from limn.core.data.errors import ModelError
from limn.core.data.observations import SECOND_LOOK
from limn.models.user.descriptor import (
    DESCRIPTORS_DIR,
    KEYPOINTS,
    ROLES,
    Descriptor,
    ModelInput,
    load_descriptor,
    parse_descriptor,
    shipped_descriptors,
)
from model_files import pose_descriptor

SHIPPED = shipped_descriptors()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_descriptor_survives_json(name: str) -> None:
    assert parse_descriptor(SHIPPED[name].to_json(), name) == SHIPPED[name]
    assert (DESCRIPTORS_DIR / f"{name}.json").read_text("utf-8") == SHIPPED[name].to_json()


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_descriptors_say_what_people_need(name: str) -> None:
    shipped = SHIPPED[name]
    assert shipped.licence
    assert shipped.good_for
    assert shipped.credit
    assert shipped.page, "people must be able to read about it"
    # Nobody has run these files yet, and whatever is not vouched for can't be fetched unasked.
    assert shipped.checked or shipped.note
    assert shipped.can_be_downloaded == (shipped.sha256 is not None)


def test_the_families_of_the_issue_are_there() -> None:
    families = "rtmpose rtmo rtmw dwpose sapiens vitpose centernet midas depth-anything-v2"
    for family in families.split():
        assert any(name.startswith(family) for name in SHIPPED), family


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"decoder": "magic"}, "decoder is 'magic'"),
    ({"decoder": "midas"}, "decoder of the job 'pose' is 'midas'"),
    ({"job": "dance"}, "job is 'dance'"),
    ({"name": "../../evil"}, "name must be of"),
    ({"name": "con"}, "reserved on Windows"),
    ({"name": SECOND_LOOK}, "name must be of"),  # what that saw is put with the detector's
    ({"name": "Nul.txt"}, "name must be of"),
    ({"name": 5}, "name must be text"),
    ({"file": "/etc/passwd"}, "file must be a plain name"),
    ({"file": "..\\a.onnx"}, "file must be a plain name"),
    ({"file": "a.pkl"}, "file must be a plain name"),
    ({"url": "http://plain.invalid/a.onnx"}, "url must be a https address"),
    ({"url": "file:///etc/passwd"}, "url must be a https address"),
    ({"sha256": "ABC"}, "sha256 must be 64 digits"),
    ({"size_bytes": -1}, "size_bytes must be"),
    ({"size_bytes": 1.5}, "size_bytes must be a whole number"),
    ({"padding": float("nan")}, "padding must be a number"),
    ({"padding": True}, "padding must be a number"),
    ({"split": 0}, "split must be"),
    ({"checked": 1}, "checked must be true or false"),
    ({"keypoints": "coco18"}, "keypoints is 'coco18'"),
    ({"keypoints": None}, "keypoints are needed"),
    ({"depth": "inverse"}, "depth is for depth models only"),
    ({"outputs": {"x": "simcc_x"}}, "outputs must name a tensor for each of x, y"),
    ({"outputs": {"x": "simcc_x", "y": ""}}, "outputs must name a tensor"),
    ({"outputs": ["simcc_x", "simcc_y"]}, "outputs must map text to text"),
    ({"input": 3}, "input must be a JSON object"),
    ({"input": {"width": 192}}, "input height is missing"),
    ({"input": {"width": 192, "height": 256, "colour": "rgb"}}, "input colour is not a field"),
    ({"input": {"width": 0, "height": 256}}, "input width must be 1 to 4096"),
    ({"input": {"width": 1, "height": 2, "std": [1, 0, 1]}}, "input std must be above 0"),
    ({"input": {"width": 1, "height": 2, "mean": [1, 2]}}, "input mean must be three numbers"),
    ({"input": {"width": 1, "height": 2, "layout": "CHWN"}}, "input layout is 'CHWN'"),
    ({"version": 2}, "version must be 1"),
    ({"weights": "x"}, "weights is not a field"),
]


@pytest.mark.parametrize(("change", "rule"), WRONG, ids=[rule for _, rule in WRONG])
def test_a_wrong_field_is_one_sentence(change: dict[str, Any], rule: str) -> None:
    document = json.loads(pose_descriptor().to_json()) | change
    with pytest.raises(ModelError) as caught:
        parse_descriptor(json.dumps(document), "mine.json")
    assert str(caught.value).startswith("The descriptor mine.json can't be used: ")
    assert rule in str(caught.value)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("missing", ["name", "licence", "input", "outputs", "decoder"])
def test_a_missing_field_is_named(missing: str) -> None:
    document = json.loads(pose_descriptor().to_json())
    del document[missing]
    with pytest.raises(ModelError, match=f"{missing}|input width"):
        parse_descriptor(json.dumps(document), "mine.json")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"size_bytes": ' + "9" * 5000 + "}"])
def test_what_is_no_json_is_one_sentence(text: str) -> None:
    with pytest.raises(ModelError, match=r"mine\.json is not JSON"):
        parse_descriptor(text, "mine.json")


def test_what_can_not_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        load_descriptor(tmp_path / "absent.json")
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="not text in UTF-8"):
        load_descriptor(binary)


def test_the_page_names_every_field_decoder_role_and_model() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guide" / "models.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.-]+)`", page))
    assert {field.name for field in fields(Descriptor)} <= named
    assert {field.name for field in fields(ModelInput)} <= named
    assert set(ROLES) <= named
    assert {role for roles in ROLES.values() for role in roles} <= named
    assert set(SHIPPED) <= named
    assert set(KEYPOINTS) <= named
