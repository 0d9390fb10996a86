"""From a request to the arguments that the shell would make, checked by the commands' parsers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, Final

from ..core.data.errors import Cancelled, SettingsError
from ..core.pipeline.request import MOST_BYTES, Request, read_request

_NOT_ASKED: Final = ("help", "request", "progress", "json")
"""What a request doesn't choose: it is answered by lines of JSON."""


def fetch_request(where: str) -> Request:
    """Read a request from a file, or from stdin's first line where that is "-".

    Raises SettingsError for another file and Cancelled where stdin ends before the line does.
    """
    if where == "-":
        return read_request(_first_line())
    try:
        with open(where, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"Can't read the request {where}: {error.strerror or error}."
        ) from error
    return read_request(_checked_size(text))


def _first_line() -> bytes:
    # os.read, as whatever sys.stdin had read ahead would be missing for who watches it afterwards.
    text = b""
    while not text.endswith(b"\n"):
        read = os.read(0, MOST_BYTES)
        if not read:
            raise Cancelled("Cancelled before anything was asked for.")
        text = _checked_size(text + read)
    return text


def _checked_size(text: bytes) -> bytes:
    if len(text) > MOST_BYTES:
        raise SettingsError(f"The request is longer than {MOST_BYTES} bytes.")
    return text


def arguments_of(request: Request, parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments of a request, as ``parser`` would make them of the shell's words.

    Raises SettingsError for a command or an option that there isn't, a value of another kind, and
    what is missing or can't be given together.
    """
    given, actions = {}, {}
    words = request.command.split()
    while True:
        inner = _subparsers(parser)
        actions |= _by_name(parser)
        for name, (first, *_) in _by_name(parser).items():
            if first.default is not argparse.SUPPRESS:
                given[name] = first.default
        given |= parser._defaults
        _check_groups(request, parser)
        if inner is None:
            break
        word = words.pop(0) if words else ""
        if word in inner.choices:
            given[inner.dest], parser = word, inner.choices[word]
        elif inner.required or word:
            raise SettingsError(f"The request's command is '{request.command}', which isn't one.")
        else:
            break
    if words:
        raise SettingsError(f"The request's command is '{request.command}', which isn't one.")
    for name, value in request.options.items():
        if name not in actions:
            raise SettingsError(f"The request has an option '{name}', and {request.command} none.")
        given[name] = _value(name, value, actions[name])
    for name, (first, *_) in actions.items():
        if first.required and name not in request.options:
            raise SettingsError(f"The request lacks '{name}', which {request.command} needs.")
    return argparse.Namespace(**given, progress="json", json=False)


def _subparsers(parser: argparse.ArgumentParser) -> Any:  # noqa: ANN401 - argparse's is private
    return next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)


def _by_name(parser: argparse.ArgumentParser) -> dict[str, list[argparse.Action]]:
    """The options a request may have; several may say one thing, as the choices of people do."""
    out: dict[str, list[argparse.Action]] = {}
    for action in parser._actions:
        is_asked = action.dest not in (*_NOT_ASKED, argparse.SUPPRESS)
        if is_asked and not isinstance(action, argparse._SubParsersAction):
            out.setdefault(action.dest, []).append(action)
    return out


def _check_groups(request: Request, parser: argparse.ArgumentParser) -> None:
    for group in parser._mutually_exclusive_groups:
        names = [action.dest for action in group._group_actions]
        chosen = [name for name in names if request.options.get(name) not in (None, False)]
        if len(chosen) > 1:
            raise SettingsError(f"The request has '{chosen[0]}' and '{chosen[1]}'; leave one out.")
        if group.required and not chosen:
            raise SettingsError(f"The request needs one of {', '.join(names)}.")


def _value(name: str, value: object, actions: Sequence[argparse.Action]) -> Any:  # noqa: ANN401
    """The value of an option, as its action keeps it. Raises SettingsError."""
    (action, *others) = actions
    if others:
        return _choices(name, value, actions)
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value
    if value is None:
        return action.default
    if isinstance(action, argparse._AppendAction):
        if not isinstance(value, list):
            raise _wrong(name, value, "a list")
        return [_single(name, one, action) for one in value]
    if action.nargs is None or action.nargs == "?":
        return _single(name, value, action)
    if not isinstance(value, list) or not _fits(len(value), action.nargs):
        raise _wrong(name, value, "a list as long as the option takes")
    return [_single(name, one, action) for one in value]


def _choices(name: str, value: object, actions: Sequence[argparse.Action]) -> list[Any]:
    """What was chosen in which order: [["drop", ["2"]], ["rename", ["1", "Anna"]]]."""
    by_word = {action.option_strings[0].removeprefix("--"): action for action in actions}
    if not isinstance(value, list):
        raise _wrong(name, value, "a list of pairs")
    out = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or pair[0] not in by_word:
            raise _wrong(name, pair, f"one of {', '.join(by_word)} with a list")
        word, given = pair
        action = by_word[word]
        if not isinstance(given, list) or not _fits(len(given), action.nargs or 1):
            raise _wrong(name, pair, "a list as long as the option takes")
        out.append((word, [_single(name, one, action) for one in given]))
    return out


def _fits(count: int, nargs: int | str) -> bool:
    return count == nargs if isinstance(nargs, int) else count > 0 or nargs == "*"


def _single(name: str, value: object, action: argparse.Action) -> Any:  # noqa: ANN401
    kind = action.type
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        if not is_number or isinstance(value, float):
            raise _wrong(name, value, "a whole number")
        return value
    if kind is float:
        if not is_number:
            raise _wrong(name, value, "a number")
        return float(value)  # type: ignore[arg-type]
    is_text = isinstance(value, str) and "\0" not in value
    if not is_text and not (is_number and callable(kind) and not isinstance(kind, type)):
        raise _wrong(name, value, "text")
    try:
        out = kind(str(value)) if callable(kind) else value
    except (argparse.ArgumentTypeError, ValueError, TypeError) as error:
        raise _wrong(name, value, "what the option takes") from error
    if action.choices is not None and out not in action.choices:
        raise _wrong(name, value, f"one of {', '.join(map(str, action.choices))}")
    return out


def _wrong(name: str, value: object, wanted: str) -> SettingsError:
    return SettingsError(f"The request's '{name}' is {value!r:.80}; it must be {wanted}.")
