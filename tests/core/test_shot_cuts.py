"""Where shots begin: at cuts and jumps in time, not at flashes; and where people are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from limn.core.data.types import Frame
from limn.core.pipeline.shots.shot_cuts import mark_cuts, read_chunks

FPS = 30.0
_LOOKS = {
    "a": ((60, 20, 20), (20, 60, 30)),
    "b": ((30, 190, 60), (140, 90, 200)),
    "w": ((255, 255, 255), (250, 255, 255)),
    "k": ((0, 0, 0), (4, 2, 3)),
}


def frames(looks: str, times: Sequence[float] | None = None) -> Iterator[Frame]:
    """One frame a letter: a and b are scenes, w is one in white light, k one without light."""
    for k, look in enumerate(looks):
        bgr = np.empty((36, 64, 3), np.uint8)
        bgr[:, :32], bgr[:, 32:] = _LOOKS[look]
        yield Frame(k, k / FPS if times is None else times[k], bgr)


def cuts(looks: str, times: Sequence[float] | None = None) -> list[int]:
    marked = list(mark_cuts(frames(looks, times), FPS))
    assert [frame.index for frame, _ in marked] == list(range(len(looks)))
    return [frame.index for frame, begins in marked if begins]


@pytest.mark.parametrize(
    ("looks", "wanted"),
    [
        ("aaaaaabbbbbb", [6]),
        ("aaaaaabbbbbbaaaaaa", [6, 12]),
        ("aaaaaawaaaaaa", []),  # a flash of one frame, of two, of four
        ("aaaaaawwaaaaaa", []),
        ("aaaaaawwwwaaaaaa", []),
        ("abababababab", []),
        ("aaaaaaab", []),  # nothing tells whether the last one stays
        ("aaaaaaabb", [7]),
        ("aaaaaawwwwwwwwwaaaaaa", []),  # what shows nothing ends no shot, however long it lasts
        ("aaaaaawwwwwwwwwbbbbbb", [15]),  # what follows does
        ("aaaaaakkkkkkkkkaaaaaa", []),
        ("aakkaakkaakkaakkaakk", []),
        ("aaaaaakkkkkkkkkbbbbbb", [15]),
        ("aaaaaawwwwkkkkwwwwaaaaaa", []),
        ("aaaaaakkkkkkkkkbaaaaaa", []),  # a flash right after
        ("aaaaaaaww", []),
        ("wwaaaaaa", []),
        ("wwaaaaaabbbb", [8]),
        ("kkkkkkkkkkaaaaaa", []),
        ("a", []),
    ],
)
def test_cuts_stay_changed_and_flashes_come_back(looks: str, wanted: list[int]) -> None:
    assert cuts(looks) == wanted


_LIT = {
    "lights on": lambda bgr: bgr * 2.0 + 60,
    "lights off": lambda bgr: bgr * 0.25,
    "white balance": lambda bgr: bgr * (0.5, 1.0, 1.6),
}


def _textured(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).uniform(20, 200, (6, 8, 3))
    return coarse.repeat(6, 0).repeat(8, 1)


def _begun(pictures: Sequence[np.ndarray]) -> list[int]:
    film = (
        Frame(k, k / FPS, np.clip(bgr, 0, 255).astype(np.uint8)) for k, bgr in enumerate(pictures)
    )
    return [frame.index for frame, begins in mark_cuts(film, FPS) if begins]


@pytest.mark.parametrize("light", _LIT)
def test_another_light_is_no_cut_but_another_scene_in_it_is(light: str) -> None:
    here, there = _textured(1), _textured(2)
    assert _begun([here] * 8 + [_LIT[light](here)] * 8) == []
    assert _begun([here] * 8 + [_LIT[light](there)] * 8) == [8]


def _room(seed: int) -> np.ndarray:
    """A wide wall of blobs, of the same greys whatever the seed."""
    rng = np.random.default_rng(seed)
    grid = rng.permuted(np.linspace(30, 220, 28 * 120)).reshape(28, 120)
    grey = grid.repeat(6, 0).repeat(6, 1)
    return np.stack([grey] * 3, -1)


def _pans(room: np.ndarray, starts: Sequence[int]) -> list[np.ndarray]:
    return [room[:, start : start + 288] for start in starts]


def test_a_cut_between_two_places_in_like_colours_begins_a_shot() -> None:
    here, there = _pans(_room(1), range(10)), _pans(_room(2), range(200, 210))
    assert _begun(here + there) == [10]
    assert _begun([*here, there[0], *here]) == []  # as short as a flash
    assert _begun(here + there[:1]) == []  # nothing tells whether it stays


def test_a_camera_that_is_jerked_or_whirled_about_stays_in_its_shot() -> None:
    still, room = [0] * 8, _room(1)
    assert _begun(_pans(room, [*still, *[30] * 8])) == []  # a jerk, or frames that are missing
    whirled = [*still, *range(60, 400, 60), *[400] * 8]
    assert _begun(_pans(room, whirled)) == []
    # Every picture twice, as of half the frame rate.
    assert _begun(_pans(room, np.arange(0, 400, 25).repeat(2).tolist())) == []


def test_the_sun_that_comes_out_behind_somebody_is_no_cut() -> None:
    """It veils one side of the picture more than the other, so no one light explains it."""
    here, there = _room(1)[:, :288], _room(2)[:, 200:488]
    share = np.linspace(0.2, 0.75, 288)[None, :, None]
    veil = np.array([120.0, 200.0, 255.0])
    assert _begun([here] * 8 + [here * (1 - share) + veil * share] * 8) == []
    assert _begun([here] * 8 + [there * (1 - share) + veil * share] * 8) == [8]


def test_a_flash_that_fades_slowly_is_no_cut() -> None:
    here = _textured(1)
    fading = [here * (1 + 3 * max(0.0, 1 - k / 9)) for k in range(15)]
    assert _begun([here] * 8 + fading) == []


def test_seconds_that_show_nothing_begin_a_shot() -> None:
    assert cuts("b" * 10 + "k" * 70 + "b" * 10) == [80]
    assert cuts("k" * 78 + "bbbbbb") == [78]
    times = [*(np.arange(5) / FPS), *(3600 + np.arange(15) / FPS)]
    assert cuts("aaaaakkkkkaaaaaaaaaa", times) == [5]


def test_who_is_small_in_the_dark_is_in_one_shot() -> None:
    film = [np.zeros((72, 128, 3)) for _ in range(200)]
    for k in range(80, 200):
        film[k][20:60, 4 + k // 4 : 4 + k // 4 + 12 * (k % 3)] = (40, 40, 200)
    assert _begun(film) == []


def test_a_fade_through_black_is_no_cut_but_one_to_another_scene_is() -> None:
    here, there = _textured(1), _textured(2)
    out = [here * (1 - k / 12) for k in range(12)]
    back = [here * (k / 12) for k in range(13)]
    other = [there * (k / 12) for k in range(13)]
    assert _begun([here] * 6 + out + [here * 0] * 8 + back + [here] * 4) == []
    (cut,) = _begun([here] * 6 + out + [here * 0] * 8 + other + [there] * 4)
    assert 26 < cut < 30  # as soon as the other scene can be seen


def test_a_hand_over_the_lens_is_no_cut() -> None:
    here = _textured(1)
    y, x = np.mgrid[0:36, 0:48]
    noise = np.random.default_rng(3).normal(0, 3, (36, 48, 3))
    hand = (30 + x + y)[..., None] * (0.3, 0.4, 1.0) + noise
    assert _begun([here] * 8 + [hand] * 20 + [here] * 8) == []


@pytest.mark.parametrize("flashes", [(0, 1), (14, 15), (0, 1, 14, 15)])
def test_a_strong_flash_at_either_end_is_no_cut(flashes: tuple[int, ...]) -> None:
    here, there = _textured(1), _textured(2)
    film = [here * 6 + 60 if k in flashes else here for k in range(16)]
    assert 0.8 < np.mean(film[flashes[0]] > 250) < 0.98
    assert _begun(film) == []
    film[8:] = [there * 6 + 60 if k in flashes else there for k in range(8, 16)]
    assert _begun(film) == [8]
    assert _begun([here] * 8 + [there * 6 + 60] * 8) == [8]


def test_a_jump_in_time_begins_a_shot_whatever_is_seen() -> None:
    times = [*(np.arange(5) / FPS), *(3600 + np.arange(5) / FPS)]
    assert cuts("a" * 10, times) == [5]
    # Two frames a second is slow, not torn.
    assert cuts("a" * 10, list(np.arange(10) / 2)) == []


def test_people_are_looked_for_at_the_cadence_and_around_holes() -> None:
    def chunks(times: Sequence[float]) -> list[list[int]]:
        looks = "a" * len(times)
        return [[f.index for f in chunk] for chunk, _ in read_chunks(frames(looks, times), 4, FPS)]

    even = list(np.arange(10) / FPS)
    assert chunks(even) == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]
    # Ticks 0 1 2, a hole, 7 8 9: both sides of it, and then at the next multiple of four.
    torn = list(np.array([0, 1, 2, 7, 8, 9]) / FPS)
    assert chunks(torn) == [[0], [1, 2], [3], [4], [5]]
    # One frame missing is no hole.
    assert chunks(list(np.array([0, 1, 3, 4, 5]) / FPS)) == [[0], [1, 2, 3], [4]]


def _street(seed: int, shift: int) -> np.ndarray:
    """(90, 160, 3): a wall of tiles, seen ``shift`` pixels further on."""
    tiles = np.random.default_rng(seed).uniform(20, 220, (9, 60, 3))
    return tiles.repeat(10, axis=0).repeat(10, axis=1)[:, shift : shift + 160]


_BETWEEN = {
    "black": lambda here, _: [here * 0] * 8,
    "a fade": lambda here, there: [
        *(here * (1 - k / 10) for k in range(10)),
        *(here * 0 for _ in range(8)),
        *(there * (k / 10) for k in range(1, 10)),
    ],
    "a flash of a third of a second": lambda here, _: [np.maximum(here, 254)] * 10,
}


@pytest.mark.parametrize("between", _BETWEEN)
def test_places_tell_what_follows_frames_that_show_nothing(between: str) -> None:
    here, on, there = _street(1, 0), _street(1, 14), _street(2, 0)
    # The camera has moved on meanwhile: no pixel shows what it did before.
    assert _begun([here] * 10 + _BETWEEN[between](here, on) + [on] * 10) == []
    # Another place in the very same colours.
    rolled = here[::-1, ::-1]
    for other in (there, rolled):
        film = [here] * 10 + _BETWEEN[between](here, other) + [other] * 10
        assert len(_begun(film)) == 1, between


def test_of_a_flash_that_burns_most_of_the_picture_noisy_shadows_tell_nothing() -> None:
    here = _street(5, 0)
    noise = np.random.default_rng(0).normal(0, 20, here.shape)
    lit = here * 2 + 120 + noise
    assert 0.5 < np.mean(lit > 250) < 0.9
    assert _begun([here] * 10 + [lit] * 2) == []
    # Another place as bright.
    assert _begun([here] * 10 + [_street(6, 0) * 2 + 120 + noise] * 2) == [10]


def test_a_picture_burnt_out_nearly_all_over_shows_nothing() -> None:
    here = _street(3, 0)
    white = np.maximum(here, 255)
    white[10:20, 10:30] = here[10:20, 10:30]  # what a flash leaves: 1.4 % of the picture
    for film in ([white] * 2 + [here] * 12, [here] * 12 + [white] * 2):
        assert _begun(film) == []
    studio = np.full_like(here, 255)
    studio[20:80, 60:100] = _street(4, 0)[20:80, 60:100]  # somebody before a white wall
    assert _begun([here] * 12 + [studio] * 12) == [12]
