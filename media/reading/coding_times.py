"""Times of containers that list when pictures are decoded instead of when they are shown.

AVI, ASF and some MXF files count their packets. Where a codec stores pictures in another order than
they are shown in (B-frames), each picture then bears the time of its place in the file.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import Final

TELLING_PICTURES: Final = 17
"""After so many pictures, more than any codec puts in another order, times are in order."""
_REMEMBERED: Final = 128
"""Packets in whose order a picture's place is looked up: more than codecs and threads hold."""


class CodingOrder:
    """Finds out from a stream's start whether its times are those of decoding."""

    def __init__(self) -> None:
        self._decoded = 0
        self._latest_packet: int | None = None
        self._shown: deque[list[int]] = deque(maxlen=TELLING_PICTURES)
        self._packets_rise = True
        self.reordering = 0
        """Of pictures in decoding order, how many at most come before one that is shown earlier."""

    def packet(self, pts: int | None) -> None:
        """The next packet's time in the file's order."""
        if pts is not None:
            latest = self._latest_packet
            self._packets_rise &= latest is None or pts > latest
            self._latest_packet = pts

    def picture(self, pts: int | None) -> None:
        """The time that the next picture to be shown bears."""
        self._decoded += 1
        if pts is None:
            return
        for earlier in self._shown:
            if earlier[0] > pts:
                earlier[1] += 1
                self.reordering = max(self.reordering, earlier[1])
        self._shown.append([pts, 0])

    def is_told(self, may_reorder: bool) -> bool:
        """Whether enough pictures were seen to know ``lists_coding_times``."""
        return not (may_reorder and self._packets_rise) or self._decoded >= TELLING_PICTURES

    @property
    def jumps_back(self) -> bool:
        """Whether a packet was to be shown before one that came earlier: then times are those."""
        return not self._packets_rise

    @property
    def lists_coding_times(self) -> bool:
        """Whether times rise from packet to packet while those of the pictures jump back."""
        return self._packets_rise and self.reordering > 0


class CodingTimes:
    """Gives pictures the times at which they are shown: those of the packets, in order.

    A packet of which no picture comes (an empty one, one that a decoder drops without a word) must
    not leave its time to the next picture, or all later ones would be early. Of the pictures that
    are decoded before one no more than ``reordering`` are shown after it, of those before a key
    picture none; so times further back belong to nothing that is still to come.
    """

    def __init__(self, reordering: int) -> None:
        self._reordering = reordering
        self._due: list[int] = []
        self._packets: deque[int] = deque(maxlen=_REMEMBERED)
        self._shown: deque[int] = deque(maxlen=_REMEMBERED)
        self._failed: deque[int] = deque(maxlen=_REMEMBERED)

    def packet(self, pts: int | None) -> None:
        """The next packet's time in the file's order."""
        if pts is not None:
            heapq.heappush(self._due, pts)
            self._packets.append(pts)

    def failed(self, pts: int | None) -> None:
        """The packet of ``pts``, or one before it that another thread decoded, gives no picture."""
        if pts is not None:
            self._failed.append(pts)

    def shown_at(self, pts: int | None, *, is_key: bool) -> int | None:
        """When the next picture is shown whose packet had ``pts``."""
        if pts is not None and pts in self._packets:
            first = self._first_place(pts, is_key=is_key)
            # Times that repeat or jump back, as damaged files hold, count more than there are.
            earliest = self._packets[min(max(first, 0), len(self._packets) - 1)]
            while self._due and self._due[0] < earliest:
                heapq.heappop(self._due)
            self._shown.append(pts)
        return heapq.heappop(self._due) if self._due else pts

    def _first_place(self, pts: int, *, is_key: bool) -> int:
        """The earliest place among the packets whose time the picture of ``pts`` may get."""
        before = self._packets.index(pts)
        overtook = sum(one > pts for one in self._shown)
        if is_key:
            return before + overtook
        shown = set(self._shown)
        waiting = sum(one < pts and one not in shown for one in self._packets)
        lost = sum(self._packets[0] <= one < pts for one in self._failed)
        return before + overtook - min(self._reordering, max(waiting - lost, 0))
