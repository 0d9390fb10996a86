"""Reading files that anybody may have made: judged before they cost memory."""

from .files import Damaged, open_regular, read_bytes, read_text, refusing
from .json_text import parse_json
from .npz import NpzArchive, open_npz

__all__ = (
    "Damaged",
    "NpzArchive",
    "open_npz",
    "open_regular",
    "parse_json",
    "read_bytes",
    "read_text",
    "refusing",
)
