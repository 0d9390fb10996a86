"""Settings outside their range are refused by name, value and what would do."""

from __future__ import annotations

from typing import Any

import pytest
from limn.core.data import errors
from limn.core.data.errors import LimnError, SettingsError
from limn.core.data.settings import (
    CLOSEUP_MODES,
    CONTACT_MODES,
    GAP_MODES,
    QUALITIES,
    Settings,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quality": "superb"},
        {"contacts": "on"},
        {"gaps": "invent"},
        {"hands": "maybe"},
        {"face": "maybe"},
        {"body": "lower"},
        {"max_people": 0},
        {"max_people": 33},
        {"min_confidence": 0.0},
        {"min_confidence": 1.0},
        {"min_confidence": float("nan")},
        {"min_track_s": -1.0},
        {"height_m": 0.0},
        {"height_m": 170.0},
        {"height_m": float("nan")},
        {"fov_deg": 0.0},
        {"fov_deg": 180.0},
        {"fov_deg": float("inf")},
    ],
)
def test_wrong_settings_are_refused_in_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**wrong)
    text = str(caught.value)
    assert text.endswith(".")
    assert "must" in text
    value = next(iter(wrong.values()))
    assert (value if isinstance(value, str) else f"{value:g}") in text


def test_every_named_choice_is_accepted() -> None:
    for quality in QUALITIES:
        Settings(quality=quality)
    for contacts in CONTACT_MODES:
        Settings(contacts=contacts)
    for gaps in GAP_MODES:
        Settings(gaps=gaps, height_m=1.8, fov_deg=60.0)
    for hands in CLOSEUP_MODES:
        Settings(hands=hands, face=hands)


def test_each_error_has_its_own_exit_code() -> None:
    kinds = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, LimnError)]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes


@pytest.mark.parametrize("name", ["max_people", "min_confidence", "min_track_s", "height_m"])
@pytest.mark.parametrize("value", ["", "5", True, [1]])
def test_numbers_of_another_type_are_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match="no number"):
        Settings(**{name: value})  # type: ignore[arg-type]


def test_people_come_whole() -> None:
    with pytest.raises(SettingsError, match="whole number"):
        Settings(max_people=2.5)  # type: ignore[arg-type]


def test_heights_of_single_people_stand_before_everyones() -> None:
    settings = Settings(height_m=1.7, heights_m=(0.0, 1.9))
    assert [settings.height_of(i) for i in range(3)] == [1.7, 1.9, 1.7]
    assert Settings(heights_m=[1.8, 0]).heights_m == (1.8, 0)  # type: ignore[arg-type]
    assert Settings(heights_m=(0.0, 0.0)).heights_m == ()
    for wrong in ((170.0,), (float("nan"),), ("tall",), (True,), "1.8", 1.8):
        with pytest.raises(SettingsError):
            Settings(heights_m=wrong)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="takes one height"):
        Settings(heights_m=(1.8,), estimator="flat")
