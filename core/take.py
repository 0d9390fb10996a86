"""The take's file by the name that the documentation gave before; new scripts use ``limn.api``."""

from __future__ import annotations

from .data.take_file import load_take, save_take

__all__ = ["load_take", "save_take"]
