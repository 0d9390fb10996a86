"""Interlaced footage is told by its pictures where flags are missing or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from limn.media.clips import open_clip
from limn.tools.corpus.encoding import Style, encode

FRAMES, SIZE = 16, (160, 120)
FLAGS = {"crf": "12", "flags": "+ildct+ilme"}


def moment(time: float, noise: float = 0.0) -> np.ndarray:
    """(h, w, 3) a textured block that moves right over a textured wall."""
    chance = np.random.default_rng(5)
    wall = chance.integers(40, 90, (SIZE[1] // 4, SIZE[0] // 4)).astype(np.uint8)
    grey = np.kron(wall, np.ones((4, 4), np.uint8)).astype(np.float64)
    left = 20 + round(4 * time)
    grey[30:100, left : left + 40] = 200
    grey[50:60, left + 10 : left + 30] = 30
    if noise:
        grey += np.random.default_rng(round(1000 * time)).normal(0, noise, grey.shape)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=-1)


def whole(noise: float = 0.0) -> list[np.ndarray]:
    return [moment(k, noise) for k in range(FRAMES)]


def woven(first_line: int, noise: float = 0.0) -> list[np.ndarray]:
    """One field at each frame's time, the other half a frame later."""
    out = []
    for k in range(FRAMES):
        bgr = moment(k, noise)
        bgr[1 - first_line :: 2] = moment(k + 0.5, noise)[1 - first_line :: 2]
        out.append(bgr)
    return out


def combing(pictures: Sequence[np.ndarray]) -> float:
    """Mean second difference of neighbouring lines."""
    lines = np.array(pictures, np.float64)[:, 30:100, 20:]
    return float(np.abs(lines[:, 2:] + lines[:, :-2] - 2 * lines[:, 1:-1]).mean())


def read(path: Path) -> tuple[list[np.ndarray], tuple[str, ...]]:
    clip = open_clip(path)
    return [frame.bgr for frame in clip.frames()], clip.warnings


def test_combed_pictures_without_a_flag_are_deinterlaced_and_it_is_said(tmp_path: Path) -> None:
    for first in (0, 1):
        film = woven(first)
        seen, said = read(encode(tmp_path / f"{first}.mp4", [film], Style()))
        assert len(seen) == FRAMES
        assert combing(seen) < 0.5 * combing(film)
        assert [s for s in said if "interlaced without saying so" in s]


@pytest.mark.parametrize("flag", ["tff", "bff"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "prores_ks"])
def test_a_wrong_field_order_is_put_right(flag: str, codec: str, tmp_path: Path) -> None:
    first = 1 if flag == "tff" else 0
    options = {"flags": "+ildct+ilme", **({"crf": "12"} if codec == "libx264" else {})}
    if codec == "mpeg2video":
        options["b"] = "9000000"
    style = Style(codec, "yuv422p10le" if codec == "prores_ks" else "yuv420p", options=options)
    right = "bff" if flag == "tff" else "tff"
    films = {}
    for name in (right, flag):
        flagged = Style(style.codec, style.pixels, options=options, first_field=name)
        films[name] = read(encode(tmp_path / f"{name}.mov", [woven(first)], flagged))
    assert not films[right][1]
    assert [s for s in films[flag][1] if "fields come first" in s and "are read so" in s]
    off = np.abs(np.array(films[flag][0], float) - np.array(films[right][0], float)).mean()
    assert off < 2.0, "as if it had been flagged right"


def test_progressive_film_is_left_alone_flagged_or_not(tmp_path: Path) -> None:
    for noise in (0.0, 9.0):
        film = whole(noise)
        seen, said = read(encode(tmp_path / "plain.mp4", [film], Style(options={"crf": "8"})))
        assert not said
        assert combing(seen) > 0.85 * combing(film), "as sharp as it was"
        _, said = read(
            encode(tmp_path / "flagged.mp4", [film], Style(options=FLAGS, first_field="bff"))
        )
        assert not said


def test_fine_stripes_that_move_are_no_fields(tmp_path: Path) -> None:
    film = whole()
    for k, bgr in enumerate(film):
        bgr[30 + k : 100 + k : 2, 20 + 4 * k : 80 + 4 * k] = 0
        bgr[31 + k : 101 + k : 2, 20 + 4 * k : 80 + 4 * k] = 255
    seen, said = read(encode(tmp_path / "stripes.mp4", [film], Style()))
    assert not said
    assert combing(seen) > 0.85 * combing(film)


def test_footage_that_begins_still_is_found_when_it_moves(tmp_path: Path) -> None:
    film = [moment(0)] * 20 + woven(0)
    path = encode(tmp_path / "late.mp4", [film], Style())
    seen, said = read(path)
    assert len(seen) == len(film)
    assert said
    assert combing(seen[20:]) < 0.5 * combing(film[20:])
    part = [frame.bgr for frame in open_clip(path, 25, 30).frames()]
    np.testing.assert_array_equal(part, seen[25:31])


def test_whole_titles_before_interlaced_footage_do_not_hide_it(tmp_path: Path) -> None:
    """Moving pictures that are whole come first; the rest is read as fields from a glance on."""
    titles, footage = whole() + whole(), woven(0) + woven(0)
    seen, said = read(encode(tmp_path / "titles.mp4", [titles + footage], Style()))
    assert len(seen) == len(titles) + len(footage)
    assert [s for s in said if "interlaced without saying so" in s]
    after = len(titles) + 16
    assert combing(seen[after:]) < 0.5 * combing(footage[16:])
    assert combing(seen[: len(titles)]) > 0.85 * combing(titles), "titles stay as sharp"


def test_stripes_late_in_a_long_film_are_no_fields(tmp_path: Path) -> None:
    film = [whole()[k % FRAMES].copy() for k in range(64)]
    for k, bgr in enumerate(film[20:], 20):
        left = 20 + 4 * (k % FRAMES)
        bgr[30 + k % 2 : 100 : 2, left : left + 60] = 0
        bgr[31 - k % 2 : 100 : 2, left : left + 60] = 255
    _, said = read(encode(tmp_path / "stripes.mp4", [film], Style()))
    assert not said
