"""What a worker is asked to do: one line of JSON, versioned and checked.

    {"limn_request": 1, "command": "estimate", "options": {"clips": ["a.mp4"], "quality": "best"}}

``command`` is a command of the shell, ``options`` are its options by name, numbers as numbers and
switches as true, so that nothing has to be worded and read again. docs/guide/request.md lists them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from ..data.errors import SettingsError

VERSION: Final = 1  # of the request's layout
MOST_BYTES: Final = 1 << 20  # of the line, bounds memory
_KEYS: Final = {"limn_request", "command", "options"}


@dataclass(frozen=True, slots=True)
class Request:
    """One run of ``command`` (such as "estimate" or "models download") with ``options``."""

    command: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_line(self) -> str:
        """The request as a worker reads it, without the line's end."""
        document = {"limn_request": VERSION, "command": self.command, "options": dict(self.options)}
        return json.dumps(document, allow_nan=False)


def read_request(line: str | bytes) -> Request:
    """Read a request. Raises SettingsError for anything else."""
    try:
        given = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The request is no JSON ({error}).") from error
    document = cast(dict[str, Any], given) if isinstance(given, dict) else {}
    if "limn_request" not in document:
        raise SettingsError("The request is none of Limn's: it has no 'limn_request'.")
    version = document["limn_request"]
    if isinstance(version, bool) or version != VERSION:
        raise SettingsError(
            f"The request is of version {version!r}, and this Limn takes version {VERSION}."
        )
    if unknown := sorted(document.keys() - _KEYS):
        raise SettingsError(f"The request has '{unknown[0]}', which no request has.")
    command, options = document.get("command"), document.get("options", {})
    if not isinstance(command, str) or not isinstance(options, dict):
        raise SettingsError("The request needs a 'command' in words and 'options' by name.")
    return Request(command, cast(dict[str, Any], options))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
