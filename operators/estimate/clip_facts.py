"""How long and large the chosen clip is, told by the worker before a run, as a run would read it.

Asked for when the panel is drawn, once for each file and time of change; nothing waits for it.
"""

from __future__ import annotations

import os
from typing import Final

import bpy

from ...core.pipeline.request import Request
from ..run.modal import redraw
from ..run.worker import Done, Worker
from ..settings.props import LIMN_PG_settings, settings_of
from .request import clip_of, why_not

_WAIT_S: Final = 0.3  # a path that is being typed or dragged settles
_POLL_S: Final = 0.1
_MOST_KEPT: Final = 200
Key = tuple[str, int]
"""A clip's path and when it was changed."""
_told: dict[Key, tuple[str, str]] = {}
_asked: dict[Key, Worker] = {}


def clip_facts(settings: LIMN_PG_settings) -> tuple[str, str]:
    """The line about the chosen clip and its icon; both empty while nothing is known or chosen."""
    key = _key_of(settings)
    if key is None:
        return "", ""
    known = _told.get(key)
    if known is None:
        if not bpy.app.background and not bpy.app.timers.is_registered(ask):
            bpy.app.timers.register(ask, first_interval=_WAIT_S)
        return "", ""
    return known


def ask() -> float | None:
    """Have the worker look at the clip that is chosen now; called again until it has answered."""
    key = _key_of(settings_of(bpy.context.scene))
    for other in [other for other in _asked if other != key]:
        _asked.pop(other).cancel()
    if key is None or key in _told:
        return None
    if key not in _asked:
        _asked[key] = Worker(Request("info", {"file": key[0]}))
    worker = _asked[key]
    worker.poll()
    outcome = worker.outcome
    if outcome is None:
        return _POLL_S
    _asked.pop(key)
    if len(_told) >= _MOST_KEPT:
        _told.clear()
    if isinstance(outcome, Done):
        _told[key] = (str(outcome.result.get("told", "")), "INFO")
    else:
        _told[key] = (outcome.message, "ERROR")
    redraw(bpy.context.window_manager)
    return None


def _key_of(settings: LIMN_PG_settings) -> Key | None:
    if why_not(settings):
        return None
    path = clip_of(settings)
    try:
        changed = os.stat(path).st_mtime_ns
    except (OSError, ValueError):  # a pattern of pictures, or nothing
        changed = 0
    return str(path), changed


def detach() -> None:
    """Stop asking."""
    if bpy.app.timers.is_registered(ask):
        bpy.app.timers.unregister(ask)
    while _asked:
        _asked.popitem()[1].cancel()
    _told.clear()
