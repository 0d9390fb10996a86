"""JSON of strangers: how deep and how long it is, is known before it is parsed."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from .files import Damaged

MOST_CHARACTERS: Final = 8_000_000  # bounds memory
MOST_DEPTH: Final = 32  # of nesting, far beyond any file of ours
MOST_PARTS: Final = 1_000_000
"""Objects and lists; an empty one takes up to 64 bytes of memory for its two characters."""

# A string with its escapes, or a bracket. The quantifiers give nothing back, so that no text can
# make them try again and again.
_TOKENS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', re.DOTALL)


def parse_json(
    text: str, most_characters: int = MOST_CHARACTERS, most_parts: int = MOST_PARTS
) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON text. Raises ValueError, also for text that is too deep or too long."""
    if len(text) > most_characters:
        raise Damaged(f"its text has more than {most_characters} characters")
    depth = parts = 0
    for token in _TOKENS.finditer(text):
        sign = text[token.start()]
        if sign in "[{":
            depth += 1
            parts += 1
            if depth > MOST_DEPTH:
                raise Damaged(f"its JSON is nested more than {MOST_DEPTH} deep")
            if parts > most_parts:
                raise Damaged(f"its JSON has more than {most_parts} lists and objects")
        elif sign in "]}":
            depth -= 1
    return json.loads(text)
