"""The corpus makes odd clips that are read as they should be; the whole of it is a command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.tools.corpus.__main__ import read, run
from limn.tools.corpus.comparing import LIKE, NO_RATE, SHOWS
from limn.tools.corpus.kinds import KINDS

FRAMES = 24


@pytest.fixture(scope="module")
def film() -> list[np.ndarray]:
    pictures = []
    for k in range(FRAMES):
        bgr = np.random.default_rng(3).integers(30, 90, (90, 160, 3)).astype(np.uint8)
        bgr[20:70, 30 + 3 * k : 60 + 3 * k] = (40, 200, 240)
        pictures.append(bgr)
    return pictures


@pytest.mark.parametrize(
    ("kind", "frames", "said"),
    [
        ("plain", FRAMES, ""),
        ("interlaced-mpeg2", FRAMES, ""),
        ("interlaced-mjpeg", FRAMES, "interlaced without saying so"),
        ("deinterlaced-bottom", FRAMES, ""),
        ("frames-missing", 18, ""),
        ("mirrored", FRAMES, ""),
        ("shape-changes", FRAMES, "shape changes"),
        ("two-streams", FRAMES, "2 video streams"),
        ("bare-stream", FRAMES, "no times"),
        ("numbers-missing", FRAMES - 3, "3 pictures are missing"),
        ("webp", FRAMES, ""),
        ("amid-a-group", None, "begins amid a group"),
        ("without-index", FRAMES, ""),
        ("h264-in-wmv", FRAMES, ""),
        ("photo-camera", FRAMES, ""),
        ("tagged-ycgco", FRAMES, ""),
        ("beside-masks", FRAMES, "2 sequences side by side"),
        ("two-views", FRAMES, "two views, side by side"),
        ("interlaced-silently", FRAMES, "interlaced without saying so"),
        ("openexr", FRAMES, ""),
        ("fragmented", FRAMES, ""),
        ("starts-late", FRAMES, ""),
        ("negative-times", FRAMES, ""),
        ("film-in-fields", FRAMES * 5 // 4, "interlaced without saying so"),
        ("torn", None, "are unreadable"),
        ("cut-off", None, "ends early"),
    ],
)
def test_a_kind_is_read_as_what_it_is(
    kind: str, frames: int | None, said: str, film: list[np.ndarray], tmp_path: Path
) -> None:
    outcome = read(kind, KINDS[kind](tmp_path / kind, film))
    assert outcome.code == 0, outcome.said
    if frames is None:
        assert 0 < outcome.frames < FRAMES
    else:
        assert outcome.frames == frames
    assert (said in outcome.said) if said else not outcome.said


def test_the_table_has_a_line_for_each_kind(
    film: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["gif", "apng"], film, tmp_path, None) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["kind", "plain", "gif", "apng"]


def test_what_is_compared_shows_the_same_picture() -> None:
    frame = np.arange(10)
    film = SHOWS["film-in-fields"](frame / 30, frame) * 30
    np.testing.assert_allclose(film, [0, 1, 1, 2, 3, 4, 5, 5, 6, 7])
    np.testing.assert_allclose(SHOWS["torn"](np.array([0.0, 0.1]), np.array([3, 6])), [0.1, 0.2])
    assert set(LIKE) | set(LIKE.values()) | set(SHOWS) | NO_RATE <= set(KINDS)
