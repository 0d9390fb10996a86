"""Checks of data classes that are read from JSON, which brings any type anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from ...core.data.safe_text import MOST_OF_A_NAME, showable


class Mistake(ValueError):
    """What is wrong with a field, as the end of a sentence."""


_TYPES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "str": ((str,), "text"),
    "str | None": ((str, type(None)), "text or null"),
    "int": ((int,), "a whole number"),
    "int | None": ((int, type(None)), "a whole number or null"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
}


def check(is_right: bool, rule: str) -> None:
    """Raise Mistake with ``rule`` unless it is kept."""
    if not is_right:
        raise Mistake(rule)


def check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raise Mistake unless ``value`` is one of ``allowed``."""
    given = showable(str(value), MOST_OF_A_NAME)
    check(value in allowed, f"{name} is '{given}', it must be one of {', '.join(allowed)}")


def known_fields(document: object, kind: type[Any], prefix: str) -> dict[str, Any]:
    """Return the fields of a JSON object. Raises Mistake for those ``kind`` lacks or misses."""
    if not isinstance(document, dict):
        raise Mistake(f"{prefix.strip() or 'it'} must be a JSON object")
    of_kind = {f.name: f for f in fields(kind)}
    for name in document:
        check(name in of_kind, f"{prefix}{showable(name, MOST_OF_A_NAME)} is not a field")
    missing = [n for n, f in of_kind.items() if f.default is MISSING and n not in document]
    check(not missing, f"{prefix}{', '.join(missing)} is missing")
    return dict(document)


def check_types(value: Any, prefix: str) -> None:  # noqa: ANN401 - any data class
    """Raise Mistake unless every field of a data class is of the type it is annotated with.

    Knows the types that JSON has, triples of numbers and mappings from text to text.
    """
    for f in fields(value):
        given, kind, name = getattr(value, f.name), str(f.type), prefix + f.name
        if kind.startswith("tuple"):
            is_triple = isinstance(given, tuple) and len(given) == 3
            check(is_triple and all(map(_is_number, given)), f"{name} must be three numbers")
        elif kind.startswith("Mapping"):
            is_mapping = isinstance(given, Mapping)
            is_mapping = is_mapping and all(isinstance(v, str) for v in given.values())
            check(is_mapping, f"{name} must map text to text")
        elif kind in _TYPES:
            types, words = _TYPES[kind]
            is_right = isinstance(given, types)
            is_right = is_right and (kind != "float" or _is_number(given))
            is_right = is_right and (kind == "bool" or not isinstance(given, bool))
            check(is_right, f"{name} must be {words}")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9  # refuses NaN and infinity too
