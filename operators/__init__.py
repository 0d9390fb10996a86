"""Blender's doors: operators, panel, properties, preferences."""

from __future__ import annotations


def register() -> None:
    """placeholder"""


def unregister() -> None:
    """placeholder"""
