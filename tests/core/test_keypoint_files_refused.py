"""Keypoint files that are broken, and what a file may not leave out: one sentence each."""

from __future__ import annotations

import json
from pathlib import Path

import foreign_keypoints
import numpy as np
import pytest
from foreign_keypoints import LAYOUTS, SIZE_PX
from limn.core.data.errors import NoPersonError, SettingsError, TakeError
from limn.core.data.types import Take
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.keypoints.sightings import KeypointMotion
from limn.core.importing.opening import read_motion
from limn.core.pipeline.foreign.importing import import_file
from limn.tools.jobs import finished
from synthetic import Clip, watch
from synthetic_motion import walking
from synthetic_take import assert_one_sentence

FPS = 30.0


@pytest.fixture(scope="module")
def clip() -> Clip:
    return watch(walking(seconds=1.0), walking(seconds=1.0))


def _import(file: Path, asked: ImportSettings | None = None) -> Take:
    given = asked or ImportSettings(size_px=SIZE_PX, fps=FPS)
    return finished(import_file(file, given))


def test_what_is_missing_is_asked_for(tmp_path: Path, clip: Clip) -> None:
    file = foreign_keypoints.coco_results(tmp_path / "seen", clip.xy_px)
    with pytest.raises(SettingsError, match="--size"):
        _import(file, ImportSettings())
    silent = _import(file, ImportSettings(size_px=SIZE_PX))
    assert any("--fps" in warning for warning in silent.warnings)
    for wrong in (
        ImportSettings(size_px=SIZE_PX, is_as_it_is=True),
        ImportSettings(size_px=SIZE_PX, sigma_m=0.02),
    ):
        with pytest.raises(SettingsError, match="has no use"):
            _import(file, wrong)
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(0, 1, (9, 17, 3)))
    with pytest.raises(SettingsError, match="has no use"):
        _import(tmp_path / "a.npy", ImportSettings(sigma_px=2.0))


def test_broken_files_are_one_sentence(tmp_path: Path) -> None:
    bad = {
        "empty.json": "",
        "cut.json": '[{"image_id": 1, "keyp',
        "other.json": '{"a": 1}',
        "nobody.json": '[{"people": []}]',
        "counts.json": '[{"image_id": 1, "keypoints": [1, 2, 3, 4, 5, 6]}]',
        "odd.json": '[{"image_id": 1, "keypoints": [1, 2]}]',
        "text.json": '[{"image_id": 1, "keypoints": "none"}]',
        "nan.json": json.dumps([{"image_id": 1, "keypoints": [float("nan")] * 51}]),
        "huge.json": '[{"image_id": 1, "keypoints": [' + ",".join(["1" + "0" * 400] * 51) + "]}]",
        "far.json": json.dumps([{"image_id": 99999999, "keypoints": [5.0] * 51}]),
        "images.json": '{"images": [{"id": 3}], "annotations": '
        '[{"image_id": 1, "keypoints": ' + str([5.0] * 51) + "}]}",
        "deep.json": "[" * 60 + "]" * 60,
        "pose.json": '[{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}]',
        "lifted.json": json.dumps(
            [{"frame_id": 0, "instances": [
                {"keypoints": [[0.1, 0.2, 0.3]] * 17, "keypoint_scores": [1] * 17}]}]
        ),
    }  # fmt: skip
    for name, text in bad.items():
        (tmp_path / name).write_text(text)
        with pytest.raises((TakeError, NoPersonError)) as caught:
            _import(tmp_path / name)
        assert_one_sentence(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TakeError, match=r"no \.json file"):
        _import(tmp_path / "empty")


@pytest.mark.parametrize("layout", ["openpose", "coco-whole-body", "mmpose-demo", "mediapipe"])
def test_mutants_end_in_a_sentence_or_a_take(layout: str, tmp_path: Path, clip: Clip) -> None:
    write, people = LAYOUTS[layout]
    file = write(tmp_path / "seen", clip.xy_px[:people, :12])
    if file.is_dir():
        for other in sorted(file.glob("*.json"))[6:]:
            other.unlink()
        file = sorted(file.glob("*.json"))[2]
    whole = bytearray(file.read_bytes())
    rng = np.random.default_rng(7)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(broken)))
            kind = rng.integers(3)
            if kind == 0:
                broken[at] = int(rng.integers(32, 127))
            elif kind == 1:
                del broken[at : at + int(rng.integers(1, 40))]
            else:
                broken[at:at] = rng.choice([b"null", b"1e999", b"[", b"}", b"-5", b'"x"'])
        file.write_bytes(bytes(broken))
        try:
            motion = read_motion(file)
        except TakeError as error:
            assert_one_sentence(error)
        else:
            assert isinstance(motion, KeypointMotion)
            assert np.isfinite(motion.xy).all()


def test_a_body_in_one_place_is_nobody(tmp_path: Path) -> None:
    landmarks = [{"x": 0.5, "y": 0.5, "z": 0.0}] * 33
    frames = [{"frame": t, "pose_landmarks": landmarks} for t in range(30)]
    (tmp_path / "a.json").write_text(json.dumps(frames))
    with pytest.raises(NoPersonError):
        _import(tmp_path / "a.json")


def test_a_number_of_a_million_digits_is_called_that(tmp_path: Path) -> None:
    """And not in Python's own words, which name a function of its own."""
    digits = "1" * 1_000_000
    files = {
        "a.json": f'[{{"image_id": {digits}, "keypoints": [1, 2, 1]}}]',
        "b.pkl": f"I{digits}\n.",
        "c.bvh": f"HIERARCHY\nROOT a\n{{\n OFFSET 0 0 0\n CHANNELS {digits} Xposition\n}}\n"
        "MOTION\nFrames: 1\nFrame Time: 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(TakeError, match="more digits than any that it could mean") as caught:
            _import(tmp_path / name)
        assert_one_sentence(caught.value)
    (tmp_path / "d.csv").write_text(f"a_x,a_y,a_z\n{digits},1,1\n2,1,1\n")
    with pytest.raises(TakeError, match="longer than any table's") as caught:
        _import(tmp_path / "d.csv")
    assert_one_sentence(caught.value)
