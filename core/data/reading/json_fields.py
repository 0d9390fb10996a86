"""Checks of values that come from JSON, which brings any type anywhere. All raise Damaged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from .files import Damaged


def mapping(value: object, name: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise Damaged(f"{name} must be a JSON object")
    return cast(dict[str, Any], value)


def sequence(value: object, name: str, most: int, least: int = 0) -> list[Any]:
    """A JSON list of ``least`` to ``most`` entries."""
    entries = cast(list[Any], value) if isinstance(value, list) else None
    if entries is None or not least <= len(entries) <= most:
        amount = f"{least}" if least == most else f"{least} to {most}"
        raise Damaged(f"{name} must be a list of {amount} entries")
    return entries


def member(owner: Mapping[str, Any], key: str, name: str) -> Any:  # noqa: ANN401 - JSON
    """What ``owner`` has under ``key``; ``name`` is what that is called."""
    if key not in owner:
        raise Damaged(f"{name} is missing")
    return owner[key]


def text(value: object, name: str) -> str:
    """A text that can be written: JSON can hold halves of surrogate pairs."""
    if not isinstance(value, str):
        raise Damaged(f"{name} must be text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Damaged(f"{name} is not text in UTF-8") from error
    return value


def flag(value: object, name: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Damaged(f"{name} must be true or false")
    return value


def number(value: object, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from ``low`` to ``high``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Whole numbers may be too large for a float.
        if low <= value <= high and abs(value) < 1e300:
            return float(value)
    raise Damaged(f"{name} must be a number{_range(low, high)}")


def whole(value: object, name: str, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Damaged(f"{name} must be a whole number{_range(low, high)}")
    return value


def _range(low: float, high: float) -> str:
    if math.isinf(low) or math.isinf(high):
        return ""
    return f" from {low:g} to {high:g}"
