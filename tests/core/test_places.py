"""Files are called the same, whichever system wrote down where they are."""

from __future__ import annotations

import pytest
from limn.core.data.footage.places import name_of, stem_of


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/films/walk.mp4", "walk.mp4"),
        ("walk.mp4", "walk.mp4"),
        ("//films/walk.mp4", "walk.mp4"),
        ("/films/a\\b.mp4", "a\\b.mp4"),  # a name of this system
        ("D:\\films\\walk.mp4", "walk.mp4"),
        ("d:/films/walk.mp4", "walk.mp4"),
        ("\\\\server\\share\\walk.mp4", "walk.mp4"),
        ("\\\\server\\share\\films\\Übung 1.mp4", "Übung 1.mp4"),
        ("\\\\?\\UNC\\server\\share\\walk.mp4", "walk.mp4"),
        ("\\\\?\\D:\\films\\walk.mp4", "walk.mp4"),
    ],
)
def test_the_name_of_a_file(place: str, name: str) -> None:
    assert name_of(place) == name
    assert stem_of(place) == name.removesuffix(".mp4")
