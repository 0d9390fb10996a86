"""The further views in a take's header, JSON that anybody may have written, as checked values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from ..views.view import AGREEMENTS, Agreement, GivenOfView, Heard
from .files import Damaged
from .json_fields import flag, mapping, member, number, sequence, text

_MOST_VIEWS: Final = 64  # bounds work on damaged files
_MOST_S: Final = 1e8  # as ``time_s``
_MOST_RATE: Final = 0.5  # no clocks differ as much


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A view's own ``header``, of clip, camera and tracks, and the fields of ``View``."""

    header: dict[str, Any]
    shift_s: float
    rate: float
    is_used: bool
    agreement: Agreement
    given: GivenOfView
    heard: Heard | None


def views_in(header: dict[str, Any]) -> list[ViewFacts]:
    """The further views, none where it tells of none. Raises Damaged."""
    told = sequence(header.get("views", []), "views", _MOST_VIEWS)
    return [_view(mapping(one, f"views.{k}"), f"views.{k}") for k, one in enumerate(told)]


def _view(entry: dict[str, Any], name: str) -> ViewFacts:
    def of(key: str, most: float) -> float:
        return number(member(entry, key, f"{name}.{key}"), f"{name}.{key}", -most, most)

    is_used = flag(member(entry, "is_used", f"{name}.is_used"), f"{name}.is_used")
    agreement = mapping(member(entry, "agreement", f"{name}.agreement"), f"{name}.agreement")
    given = mapping(member(entry, "given", f"{name}.given"), f"{name}.given")
    return ViewFacts(
        header=entry,
        shift_s=of("shift_s", _MOST_S),
        rate=of("rate", _MOST_RATE),
        is_used=is_used,
        agreement=_agreement(agreement, f"{name}.agreement"),
        given=_given(given, f"{name}.given"),
        heard=_heard(entry, f"{name}.heard"),
    )


def _agreement(entry: dict[str, Any], name: str) -> Agreement:
    word = text(member(entry, "word", f"{name}.word"), f"{name}.word")
    if word not in AGREEMENTS:
        raise Damaged(f"{name}.word must be one of {', '.join(AGREEMENTS)}")
    figures = {
        field.name: number(
            member(entry, field.name, f"{name}.{field.name}"), f"{name}.{field.name}", -1e9, 1e9
        )
        for field in fields(Agreement)
        if field.name != "word"
    }
    return Agreement(word, **figures)


def _heard(view: dict[str, Any], name: str) -> Heard | None:
    if "heard" not in view:
        return None
    entry = mapping(view["heard"], name)

    def of(key: str, low: float, high: float) -> float:
        return number(member(entry, key, f"{name}.{key}"), f"{name}.{key}", low, high)

    return Heard(
        of("shift_s", -_MOST_S, _MOST_S),
        of("rate", -_MOST_RATE, _MOST_RATE),
        of("doubt_s", 0.0, _MOST_S),
        of("clearness", 0.0, 1e9),
    )


def _given(entry: dict[str, Any], name: str) -> GivenOfView:
    def maybe(key: str, low: float) -> float | None:
        value = member(entry, key, f"{name}.{key}")
        return None if value is None else number(value, f"{name}.{key}", low, _MOST_S)

    return GivenOfView(
        shift_s=maybe("shift_s", -_MOST_S),
        intrinsics=flag(member(entry, "intrinsics", f"{name}.intrinsics"), f"{name}.intrinsics"),
        pose=flag(member(entry, "pose", f"{name}.pose"), f"{name}.pose"),
        distance_m=maybe("distance_m", 0.0),
    )
