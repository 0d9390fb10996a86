"""``limn estimate``: its results, and what it says to every bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_networks import FRAMES, Result
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Detections, Take
from limn.media.reading.videos import VideoClip
from limn.models import estimators
from synthetic_take import some_take

Limn = Callable[..., Result]


def test_writes_the_take_and_describes_it(limn: Limn, clip: Path, truth: Take) -> None:
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output, "--json", "--height", "1.7")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    take = load_take(output)
    assert report["take"] == str(output)
    assert report["frames"] == len(take.time_s) == FRAMES
    assert [p["name"] for p in report["people"]] == [p.name for p in take.people]
    assert len(take.people) == 1
    assert take.settings["height_m"] == 1.7
    assert report["report"] == json.loads(json.dumps(take.report))
    # The pictures' lines, from which the field of view is read, are kept for solving again.
    assert take.observed is not None
    assert take.observed.lines is not None
    assert report["camera"]["focal_doubt"] == pytest.approx(take.camera.focal_doubt, abs=1e-4)


def test_info_repeats_what_estimate_said(limn: Limn, clip: Path, truth: Take) -> None:
    output = clip.with_name("out.take.npz")
    said = limn("estimate", clip, "-o", output).out
    assert limn("info", output).out == said
    assert "Person 1" in said


def test_frame_range_and_step_choose_source_frames(limn: Limn, clip: Path, truth: Take) -> None:
    output = clip.with_name("out.take.npz")
    frames = ("--first-frame", "6", "--last-frame", "24", "--step", "3")
    assert limn("estimate", clip, "-o", output, *frames).code == 0
    assert load_take(output).source_frame.tolist() == [6, 9, 12, 15, 18, 21, 24]


def test_a_clip_without_people_says_so_and_writes_nothing(
    limn: Limn, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BlindDetector:
        def detect(self, bgr: np.ndarray) -> Detections:
            none = np.zeros((0, 17, 2), np.float32)
            return Detections(none, none[..., 0], none[:, :4, 0], none[:, 0, 0])

    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: (BlindDetector(), ()))
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output)
    assert result.code == 6
    assert result.err.startswith("limn: No person found in ")
    assert str(clip) in result.err
    assert not output.exists()


def _missing(folder: Path) -> Path:
    return folder / "missing.mp4"


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("These are the notes of the shoot.\n" * 50)
    return folder / "text.mp4"


def _folder(folder: Path) -> Path:
    (folder / "folder.mp4").mkdir()
    return folder / "folder.mp4"


def _stump(folder: Path) -> Path:
    """The first tenth of a video: its index is gone, so nothing can be read."""
    path = folder / "stump.mp4"
    path.write_bytes((folder / "walk.mp4").read_bytes()[:800])
    return path


def _broken_photo(folder: Path) -> Path:
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 300)
    return folder / "photo.jpg"


@pytest.mark.parametrize("make", [_missing, _empty, _text, _folder, _stump, _broken_photo])
def test_an_unreadable_clip_is_one_sentence(
    make: Callable[[Path], Path], limn: Limn, clip: Path, truth: Take, tmp_path: Path
) -> None:
    bad = make(tmp_path)
    before = sorted(tmp_path.iterdir())
    result = limn("estimate", bad, "-o", tmp_path / "out.take.npz")
    assert result.code == 3
    assert _is_one_sentence(result.err)
    assert bad.name in result.err
    assert sorted(tmp_path.iterdir()) == before


BAD_OPTIONS = {
    "height": (("--height", "17"), 2),
    "field of view": (("--fov", "0"), 2),
    "quality": (("--quality", "great"), 2),
    "people": (("--max-people", "0"), 2),
    "contacts": (("--contacts", "never"), 2),
    "step": (("--step", "0"), 3),
    "first frame after the end": (("--first-frame", "5000"), 3),
    "range backwards": (("--first-frame", "9", "--last-frame", "3"), 3),
}


@pytest.mark.parametrize(("options", "code"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_a_bad_option_is_one_sentence(
    options: tuple[str, ...], code: int, limn: Limn, clip: Path, truth: Take
) -> None:
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output, *options)
    assert result.code == code
    assert _is_one_sentence(result.err)
    assert not output.exists()


@pytest.mark.parametrize(
    "name", ["nowhere/out.take.npz", "a_folder.npz", "walk.mp4", "out.bvh", "walk.npz"]
)
def test_a_bad_output_is_refused_before_any_work(name: str, limn: Limn, clip: Path) -> None:
    folder = clip.parent
    (folder / "a_folder.npz").mkdir()
    (folder / "walk.npz").hardlink_to(clip)  # another name of the input
    footage = clip.read_bytes()
    result = limn("estimate", clip, "-o", folder / name)  # no networks: it must not get that far
    assert result.code == 7
    assert _is_one_sentence(result.err)
    assert clip.read_bytes() == footage


def test_an_unreadable_take_is_one_sentence(limn: Limn, tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not a take")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    newer = json.dumps({"format": "limn-take", "version": 99})
    np.savez(tmp_path / "newer.npz", header=np.array(newer))
    for command in ("info", "build", "preview"):
        for name in ("text.npz", "other.npz", "newer.npz", "missing.npz"):
            output = {"build": ["-o", tmp_path / "o.blend"], "preview": ["-o", tmp_path / "o.mp4"]}
            result = limn(command, tmp_path / name, *output.get(command, []))
            assert result.code == 5, (command, name, result.err)
            assert _is_one_sentence(result.err)
            assert name in result.err


def test_an_error_with_json_is_also_data(limn: Limn, tmp_path: Path) -> None:
    result = limn("estimate", tmp_path / "no.mp4", "-o", tmp_path / "out.npz", "--json")
    assert json.loads(result.out)["exit_code"] == result.code == 3


def _is_one_sentence(text: str) -> bool:
    return text.startswith("limn: ") and text.endswith(".\n") and text.count("\n") == 1


def test_figures_of_the_report_are_worded_and_say_where_to_look(limn: Limn, tmp_path: Path) -> None:
    checks = {
        "jitter_10m_s3": {"value": 15.0, "word": "check", "look_at": [3, 4]},
        "bridged_share": {"value": 0.31, "word": "poor", "look_at": []},
        "floor_penetration_mm": {"value": 1.0, "word": "good", "look_at": []},
    }
    take = some_take(1)
    path = tmp_path / "a.take.npz"
    save_take(replace(take, report={"people": [{"name": "Ann", "checks": checks}]}), path)
    told = limn("info", path).out
    step_s = float(np.median(np.diff(take.time_s)))
    shaking = 15.0 * 10 * step_s**3 * 1000
    assert f"Ann, shaking {shaking:.1f} mm/frame: check, look at frames 3, 4" in told
    assert "Ann, guessed frames 31%: poor\n" in told + "\n"
    assert "floor" not in told


def test_a_frame_rate_for_a_clip_with_its_own_is_refused(limn: Limn, clip: Path) -> None:
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output, "--fps", "240")
    assert result.code == 2
    assert "--fps" in result.err
    assert not output.exists()


def test_a_damaged_clip_without_people_is_told_to_be_damaged(
    limn: Limn, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BlindDetector:
        def detect(self, bgr: np.ndarray) -> Detections:
            none = np.zeros((0, 17, 2), np.float32)
            return Detections(none, none[..., 0], none[:, :4, 0], none[:, 0, 0])

    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: (BlindDetector(), ()))
    monkeypatch.setattr(VideoClip, "damaged_share", 0.4)
    result = limn("estimate", clip, "-o", clip.with_name("out.take.npz"))
    assert result.code == 3
    assert "40% of the frames" in result.err
    assert "damaged" in result.err
