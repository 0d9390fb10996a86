"""Which processes of users' networks run, so that a cancelled run can end them at once."""

from __future__ import annotations

from typing import Protocol


class Endable(Protocol):
    """Something that runs in a process of its own."""

    def end(self, how: str = "") -> None:
        """End it at once; ``how`` is what those who wait for it are told of it."""


_LIVE: set[Endable] = set()
_IS_STOPPED: list[bool] = [False]


def register(one: Endable) -> bool:
    """Note that ``one`` is about to run; False when nothing may run any more."""
    _LIVE.add(one)
    return not _IS_STOPPED[0]


def forget(one: Endable) -> None:
    """Note that ``one`` has ended."""
    _LIVE.discard(one)


def stop_all() -> None:
    """End everything that runs, and let nothing start again. Fit to be called by a signal."""
    _IS_STOPPED[0] = True
    for one in tuple(_LIVE):
        one.end("was stopped")


def allow_all() -> None:
    """Let things start again."""
    _IS_STOPPED[0] = False
