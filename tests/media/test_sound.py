"""Clocks from sound: films with sound of one scene, heard by two microphones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data.views.view import Heard
from limn.core.together.clocks.hearing import Heards
from limn.core.together.clocks.sound import RATE_HZ, Sound, hear, hear_all
from limn.media.footage import open_clip
from limn.media.reading.sound import read_sound
from sounding_film import beats, heard, voices, write_film


def sound(samples: np.ndarray, rate_hz: int = int(RATE_HZ), start_s: float = 0.0) -> Sound:
    at = np.arange(0, len(samples) - 1, rate_hz / RATE_HZ)
    return Sound(start_s, np.interp(at, np.arange(len(samples)), samples).astype(np.float32))


def of_file(path: Path, **how: int) -> Sound | None:
    return read_sound(open_clip(path, **how).info)


def test_films_of_one_scene_tell_their_clocks(tmp_path: Path) -> None:
    # Other rates, codecs, containers, rooms; the second starts 0.737 s later.
    scene = voices(8.0, 1)
    first = heard(scene, 0.1, 6.0, 44100, seed=1)
    second = heard(scene, 0.837, 5.0, 48000, noise=0.03, seed=2)
    write_film(tmp_path / "a.mp4", first, 44100, seconds=6.0)
    write_film(tmp_path / "b.mkv", second, 48000, seconds=5.0, codec="libopus")
    a, b = of_file(tmp_path / "a.mp4"), of_file(tmp_path / "b.mkv")
    assert a is not None
    assert b is not None
    told = hear(a, b)
    assert told is not None
    assert told.shift_s == pytest.approx(-0.737, abs=0.004)
    assert told.rate == 0.0


def test_the_clock_is_that_of_the_pictures_that_are_used(tmp_path: Path) -> None:
    scene = voices(8.0, 2)
    write_film(tmp_path / "a.mp4", heard(scene, 0.0, 6.0, 48000), 48000, seconds=6.0)
    # The sound of the second begins 0.2 s after its pictures.
    late = heard(scene, 0.7, 5.0, 48000, seed=3)
    write_film(tmp_path / "b.mp4", late, 48000, seconds=5.0, sound_from_s=0.2)
    a, b = of_file(tmp_path / "a.mp4", first_frame=25), of_file(tmp_path / "b.mp4")
    assert a is not None
    assert b is not None
    assert a.start_s == pytest.approx(0.0, abs=0.001)
    told = hear(a, b)
    assert told is not None
    # Its pictures begin 0.5 s after the first film's, of which a second is left out.
    assert told.shift_s == pytest.approx(0.5, abs=0.004)


def test_a_range_ends_the_sound_too(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", heard(voices(6.0, 3), 0, 5.0, 48000), 48000, seconds=5.0)
    part = of_file(tmp_path / "a.mp4", first_frame=25, last_frame=74)
    assert part is not None
    assert len(part.samples) / RATE_HZ == pytest.approx(2.0, abs=0.05)


def test_silent_films_and_what_is_no_film_tell_nothing(tmp_path: Path) -> None:
    write_film(tmp_path / "mute.mp4", None, 48000, seconds=2.0)
    assert of_file(tmp_path / "mute.mp4") is None
    quiet = write_film(tmp_path / "quiet.mp4", np.zeros(96000), 48000, seconds=2.0)
    silence = of_file(quiet)
    assert silence is not None
    assert hear(silence, sound(heard(voices(5.0, 4), 0, 4.0, 8000))) is None
    assert read_sound(open_clip(quiet).info.__class__("gone.mp4", (8, 8), 25.0, 1)) is None


def test_a_damaged_sound_is_no_error(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", heard(voices(5.0, 5), 0, 4.0, 48000), 48000, seconds=4.0)
    info, content = open_clip(path).info, bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = np.random.default_rng(0).bytes(4000)
    path.write_bytes(content)
    read_sound(info)
    path.write_bytes(content[:300])
    assert read_sound(info) is None


def test_drifting_clocks_tell_their_rate() -> None:
    scene = voices(130.0, 6)
    a = sound(heard(scene, 0.5, 120.0, 8000, seed=1))
    b = sound(heard(scene, 1.5, 120.0, 8000, rate=1e-4, seed=2))
    told = hear(a, b)
    assert told is not None
    assert told.rate == pytest.approx(1e-4, abs=3e-6)
    assert told.shift_s == pytest.approx(-1.0, abs=0.001)
    assert told.doubt_s < 0.002


def test_unrelated_sounds_and_music_that_repeats_itself_tell_nothing() -> None:
    for seed, seconds in ((10, 3.0), (20, 6.0), (30, 30.0)):
        a = sound(heard(voices(seconds + 1, seed), 0, seconds, 8000, seed=1))
        b = sound(heard(voices(seconds + 1, seed + 1), 0, seconds, 8000, seed=2))
        assert hear(a, b) is None
    loop = beats(12.0)
    assert hear(sound(heard(loop, 0.0, 10.0, 8000)), sound(heard(loop, 1.3, 10.0, 8000))) is None


def test_what_two_films_do_not_share_a_third_tells() -> None:
    scene = voices(12.0, 7)
    early = sound(heard(scene, 0.0, 4.0, 8000, seed=1))
    whole = sound(heard(scene, 1.0, 10.0, 8000, seed=2))
    late = sound(heard(scene, 6.0, 5.0, 8000, seed=3))
    first, second, third, mute = hear_all([early, whole, late, None])
    assert first is None
    assert mute is None
    assert second is not None
    assert third is not None
    assert (second.shift_s, third.shift_s) == pytest.approx((-1.0, -6.0), abs=0.002)
    told = Heards((None, second, third)).between(1, 2)
    assert told is not None
    assert told.shift_s == pytest.approx(-5.0, abs=0.002)


def test_rates_go_through_links() -> None:
    heards = Heards((None, Heard(1.0, 1e-4), Heard(-2.0, -1e-4)))
    told = heards.between(1, 2)
    assert told is not None
    # At the first clock's 100 s the others show 101.01 and 97.99.
    assert 101.01 + told.at(101.01) == pytest.approx(97.99)
