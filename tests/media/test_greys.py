"""Small grey pictures are those of their picture, whoever asked first."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.media import greys
from limn.media.greys import small_grey

SIDES = (1000, 700)


def _picture(seed: int, longer: int = 1800) -> U8:
    return np.random.default_rng(seed).integers(0, 255, (longer, 300, 3), np.uint8)


def _expected(bgr: U8, longest: int) -> tuple[U8, int]:
    grey, times = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), 1
    while max(grey.shape) > longest:
        grey, times = cv2.pyrDown(grey), 2 * times
    return np.asarray(grey, np.uint8), times


@pytest.mark.parametrize("order", [SIDES, SIDES[::-1]])
@pytest.mark.parametrize("longer", [500, 900, 1800])
def test_it_is_the_pictures_own_whoever_asked_first(order: tuple[int, int], longer: int) -> None:
    pictures = [_picture(seed, longer) for seed in (1, 2)]
    for longest in order:
        for bgr in pictures:
            grey, times = small_grey(bgr, longest)
            right, by = _expected(bgr, longest)
            assert times == by
            np.testing.assert_array_equal(grey, right)


def test_a_picture_is_made_grey_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = cv2.cvtColor

    def counting(bgr: U8, code: int) -> object:
        made.append(1)
        return real(bgr, code)

    monkeypatch.setattr(cv2, "cvtColor", counting)
    bgr = _picture(3)
    for longest in (1000, 400, 1000, 400):
        small_grey(bgr, longest)
    assert len(made) == 1


def test_pictures_themselves_are_not_held() -> None:
    for seed in range(greys._REMEMBERED):
        small_grey(_picture(seed), 700)
    assert all(picture() is None for picture, _ in greys._made)
