# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The panel's words in other languages: none is missing, none is left over, all reach Blender."""

from __future__ import annotations

from importlib import import_module
from string import Formatter
from typing import Any

import panel_words
import pytest
from blender_takes import MODULE
from test_panel_laws import every_property

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def tables() -> dict[str, dict[str, str]]:
    module = import_module(f"{MODULE}.operators.translations.registering")
    return {locales[0]: words for locales, words in module.TABLES.items()}


def words() -> set[str]:
    found = {
        *panel_words.of_classes(every_property()),
        *panel_words.of_code(),
        *panel_words.of_presets(),
        *panel_words.of_core(),
    }
    return found - panel_words.NOT_WORDS


@pytest.mark.parametrize("language", ["de", "fr", "ja", "zh_HANS"])
def test_every_word_of_the_panel_is_translated(extension: Any, language: str) -> None:
    table = tables()[language]
    assert not sorted(words() - set(table)), "words without a translation"
    assert not sorted(set(table) - words()), "translations of words that aren't in the panel"
    assert len(table) > 100


@pytest.mark.parametrize("language", ["de", "fr", "ja", "zh_HANS"])
def test_translations_are_whole(extension: Any, language: str) -> None:
    table = tables()[language]
    for english, there in table.items():
        assert there == there.strip() != "", english
        assert english.count("(") == there.count("("), english
        fields = {name for _, name, _, _ in Formatter().parse(english) if name}
        assert {name for _, name, _, _ in Formatter().parse(there) if name} == fields, english
        assert ("…" in there or "..." in there) == english.endswith("..."), english
    is_foreign = [there for there in table.values() if not there.isascii()]
    if language in ("ja", "zh_HANS"):
        assert len(is_foreign) > 0.9 * len(table)
    same = [english for english, there in table.items() if english == there]
    assert len(same) < 0.1 * len(table), same


def test_blender_is_told_every_table(extension: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registering = import_module(f"{MODULE}.operators.translations.registering")
    told: dict[str, Any] = {}

    class Translations:
        @staticmethod
        def register(name: str, given: dict[str, Any]) -> None:
            told[name] = given

        @staticmethod
        def unregister(name: str) -> None:
            del told[name]

    class Fake:
        class app:  # noqa: N801 - Blender's own
            translations = Translations

    monkeypatch.setattr(registering, "bpy", Fake)
    registering.attach()
    (given,) = told.values()
    assert given["de_DE"]["Operator", "Estimate Pose"] == "Pose schätzen"
    assert given["de"] == given["de_DE"]
    assert given["zh_HANS"]["*", "People"] == "人物"
    registering.detach()
    assert not told
