"""Every broken or wrong input is one sentence, and what can be read is read."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.media.clips import open_clip

DATA = Path(__file__).parent / "data"


def _refused(path: Path) -> str:
    with pytest.raises(ClipError) as caught:
        open_clip(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_files_that_are_no_clips_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is not a film\n" * 100)
    (tmp_path / "noise.mov").write_bytes(random.Random(1).randbytes(40_000))
    (tmp_path / "text.png").write_text("this is not a photo")
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "empty.png").touch()
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic")
    for path in sorted(tmp_path.iterdir()):
        _refused(path)
    assert "empty" in _refused(tmp_path / "empty.mp4")
    assert "export it as JPEG" in _refused(tmp_path / "photo.heic")


@pytest.mark.parametrize("name", ["encrypted.mp4", "sound_only.mp4"])
def test_clips_without_readable_pictures_are_refused(name: str) -> None:
    _refused(DATA / name)


def test_missing_files_and_empty_folders_are_refused(tmp_path: Path) -> None:
    assert "does not exist" in _refused(tmp_path / "nothing.mp4")
    assert "no pictures" in _refused(tmp_path)
    assert "No picture fits" in _refused(tmp_path / "shot_####.png")
    assert "is an address" in _refused(Path("https://example.com/a.mp4"))
    assert "is an address" in _refused(Path("file:///clips/a.mp4").absolute())
    with pytest.raises(ClipError, match=r"folder .*nowhere does not exist"):
        open_clip(tmp_path / "nowhere" / "shot_%04d.png")


def test_addresses_are_told_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_name(_path: Path, _mode: str) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(Path, "open", no_name)
    assert "is an address" in _refused(Path(r"https:\example.com\a.mp4"))
    assert "Can't read the clip a.mp4" in _refused(Path("a.mp4"))


def test_protocols_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:a").mkdir()
    Path("concat:a/clip.mp4").write_bytes((DATA / "plain.mp4").read_bytes())
    assert len(list(open_clip("concat:a/clip.mp4").frames())) == 50


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes of that kind here")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    _refused(tmp_path / "pipe.mp4")


def test_a_truncated_clip_gives_its_start_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    whole = (DATA / "plain.mp4").read_bytes()
    path.write_bytes(whole[: len(whole) * 8 // 10])
    clip = open_clip(path)
    frames = list(clip.frames())
    assert 5 < len(frames) < 45
    assert clip.warnings == (f"The clip ends early: {len(frames)} of 50 frames could be read.",)


def test_a_chosen_end_is_no_early_end() -> None:
    clip = open_clip(DATA / "plain.mp4", 0, 10)
    assert len(list(clip.frames())) == 11
    assert clip.warnings == ()


def test_damaged_frames_are_skipped_and_the_rest_keeps_its_time(tmp_path: Path) -> None:
    data = bytearray((DATA / "plain.mp4").read_bytes())
    start = data.find(b"mdat") + 2600
    data[start : start + 700] = random.Random(3).randbytes(700)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    whole = {round(f.time_s, 4): f.bgr for f in open_clip(DATA / "plain.mp4").frames()}
    clip = open_clip(path)
    frames = list(clip.frames())
    assert 20 < len(frames) < 50
    assert len(clip.warnings) == 1
    assert "could be read" in clip.warnings[0]
    times = [frame.time_s for frame in frames]
    assert (np.diff(times) > 0).all()
    assert max(np.diff(times)) > 0.05, "the gap closed up"
    first = frames[0]
    np.testing.assert_array_equal(first.bgr, whole[0.0])
    assert times[-1] == pytest.approx(49 / 25)


def test_broken_clips_never_hang_or_raise_anything_else(tmp_path: Path) -> None:
    whole = (DATA / "plain.mp4").read_bytes()
    chance = random.Random(7)
    for n in range(25):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 60)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{n}.mp4"
        path.write_bytes(data)
        try:
            clip = open_clip(path)
            times = [frame.time_s for frame in clip.frames()]
        except ClipError:
            continue
        assert times[0] == 0
        assert (np.diff(times) > 0).all()
        assert 1 <= clip.info.fps <= 1000


def test_reading_is_silent_and_leaves_nothing_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes((DATA / "plain.mp4").read_bytes()[:4000])
    list(open_clip(path).frames())
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(ClipError):
        open_clip(tmp_path / "text.mp4")
    assert capfd.readouterr() == ("", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.mp4", "text.mp4"]
