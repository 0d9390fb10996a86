"""Tells Blender the tables, so that the panel speaks the language of its interface."""

from __future__ import annotations

from typing import Final

import bpy

from ..models.model_list import PACKAGE
from .chinese import WORDS as CHINESE
from .french import WORDS as FRENCH
from .german import WORDS as GERMAN
from .japanese import WORDS as JAPANESE

TABLES: Final = {
    ("de", "de_DE"): GERMAN,
    ("fr", "fr_FR"): FRENCH,
    ("ja", "ja_JP"): JAPANESE,
    ("zh_HANS", "zh_CN"): CHINESE,
}
"""What Blender calls a language, in this version or another, and the table."""
_CONTEXTS: Final = ("*", "Operator")
"""Where Blender looks words up: labels and fields, and what operators are called."""


def attach() -> None:
    """Register every table under the names of its language."""
    bpy.app.translations.register(
        PACKAGE,
        {
            locale: {
                (context, english): there
                for english, there in words.items()
                for context in _CONTEXTS
            }
            for locales, words in TABLES.items()
            for locale in locales
        },
    )


def detach() -> None:
    """Take them away."""
    bpy.app.translations.unregister(PACKAGE)
