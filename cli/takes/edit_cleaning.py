"""Clean-up options of ``limn edit``: floor, smoothing, a foot that is locked, a cycle found."""

from __future__ import annotations

import argparse
from typing import Final

from ...core.data.errors import SettingsError
from ...core.data.types import Take
from ...core.editing.foot_lock import lock_foot
from ...core.editing.grounding import set_floor
from ...core.editing.loop_search import find_cycle_of
from ...core.editing.smoothing import smooth_take
from ...core.editing.trimming import positions_of, stretch

_CYCLE_S: Final = 0.5
_EASE: Final = 4


def add_cleaning(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--floor",
        type=int,
        metavar="FRAME",
        help="raise or lower everything so that the first person's lower foot stands at height 0 "
        "in this frame of the clip",
    )
    parser.add_argument(
        "--smooth", type=float, metavar="HZ", help="calm what shakes faster than this, 4 say"
    )
    parser.add_argument(
        "--lock-foot",
        choices=("left", "right"),
        help="hold the first person's foot as it is in the middle of --between",
    )
    parser.add_argument(
        "--between",
        type=int,
        nargs=2,
        metavar=("FIRST", "LAST"),
        help="frames of the clip that --smooth and --lock-foot are about (default: all)",
    )
    parser.add_argument(
        "--ease",
        type=int,
        metavar="FRAMES",
        help="over how many frames at each end the foot passes into the lock and out of it "
        f"(default: {_EASE})",
    )
    parser.add_argument(
        "--find-loop",
        type=float,
        nargs="?",
        const=_CYCLE_S,
        metavar="SECONDS",
        help="keep the stretch whose ends are most alike, at least this long "
        f"(default: {_CYCLE_S:g})",
    )


def cleaning_chosen(given: argparse.Namespace) -> bool:
    """Whether any was chosen. Raises SettingsError for an option that nothing uses."""
    if given.ease is not None and given.lock_foot is None:
        raise SettingsError("--ease goes with --lock-foot, which isn't given.")
    if given.between is not None and given.lock_foot is None and given.smooth is None:
        raise SettingsError("--between goes with --smooth or --lock-foot; neither is given.")
    chosen = (given.floor, given.smooth, given.lock_foot, given.find_loop)
    return any(one is not None for one in chosen)


def cleaned(take: Take, given: argparse.Namespace) -> Take:
    """``take`` after the chosen ones, in the order floor, smooth, lock-foot, find-loop."""
    if given.floor is not None:
        take = set_floor(take, positions_of(take, given.floor, given.floor)[0])
    first, last = 0, len(take.time_s) - 1
    if given.between is not None:
        first, last = positions_of(take, *given.between)
    if given.smooth is not None:
        take = smooth_take(take, first, last, given.smooth)
    if given.lock_foot is not None:
        ease = _EASE if given.ease is None else given.ease
        take = lock_foot(take, given.lock_foot, first, last, ease)
    if given.find_loop is not None:
        take = stretch(take, None, *find_cycle_of(take, given.find_loop))
    return take
