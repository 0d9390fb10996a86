"""Where networks run: on the processor, or on a graphics card that has been seen to answer alike.

A card's first picture is answered by the processor too. Where the answers differ by more than the
network's tolerance, or the card fails, the network stays on the processor, and ``sentences`` says
so; so it does with "auto" where the card takes longer for a picture.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.data.settings import AUTOMATIC, PROCESSOR
from .onnx_runtime import reason_of
from .providers import failures, open_on, providers_here

BY_ITSELF: Final = ("cuda", "rocm", "directml", "webgpu", "openvino")
"""What "auto" takes, the first of them that is here: what somebody has put there on purpose. CoreML
comes with macOS's wheel unasked, and the others build a network anew at every start."""
LEAST_BYTES: Final = 4_000_000
"""Files below it stay on the processor, which is done before a picture has reached the card."""
TOLERANCE: Final = 1e-3
"""Limn's own networks: a crop's landmarks within tenths of a pixel, joints within a millimetre."""
USERS_TOLERANCE: Final = 2e-3
"""Networks of the user's."""

Answers = Sequence[NDArray[Any]]


class Session(Protocol):
    """What Limn uses of an ``onnxruntime.InferenceSession``."""

    def run(self, output_names: Any, input_feed: Any) -> Any:  # noqa: ANN401 - onnxruntime's own
        """The outputs of those names."""
        ...

    def get_inputs(self) -> Sequence[Any]:
        """What goes in."""
        ...

    def get_outputs(self) -> Sequence[Any]:
        """What comes out."""
        ...


class Device:
    """What all networks of a run are to run on: "auto", "cpu" or a name of ``PROVIDERS``.

    ``here`` tells which providers are installed, ``opener`` opens a network on one of them and
    ``clock`` tells seconds; tests bring their own.
    """

    def __init__(
        self,
        name: str = PROCESSOR,
        here: Callable[[], Sequence[str]] = providers_here,
        opener: Callable[[str, bytes], Session] = open_on,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.opener, self.clock = opener, clock
        self._here = here
        self._noting = threading.Lock()
        self._kept: dict[str, list[str]] = {}

    @cached_property
    def chosen(self) -> str:
        """The provider that networks are tried on; empty: they run on the processor alone.

        Raises ModelError when ONNX Runtime can't be imported.
        """
        if self.name == PROCESSOR:
            return ""
        if self.name != AUTOMATIC:
            return self.name
        here = self._here()
        return next((name for name in BY_ITSELF if name in here), "")

    @property
    def is_automatic(self) -> bool:
        """Whether nobody chose it by name."""
        return self.name == AUTOMATIC

    def takes(self, size_bytes: int) -> bool:
        """Whether a network of that size is tried on a card."""
        return size_bytes >= LEAST_BYTES and bool(self.chosen)

    def session(
        self, processor: Session, content: bytes, label: str, tolerance: float = TOLERANCE
    ) -> Session:
        """``processor``, or what tries the same network, ``content``, on the card as well.

        ``label`` is its name in ``sentences``, ``tolerance`` the largest ``difference`` allowed.
        """
        if not self.takes(len(content)):
            return processor
        if self.chosen not in self._here():
            self.keep(label, f"the execution provider '{self.chosen}' isn't installed here")
            return processor
        return ComparedSession(self, processor, content, label, tolerance)

    def keep(self, label: str, why: str) -> None:
        """Note that the network ``label`` runs on the processor, and why."""
        with self._noting:
            labels = self._kept.setdefault(why, [])
            if label not in labels:
                labels.append(label)

    def reasons(self) -> list[str]:
        """Why networks stayed on the processor, each reason once."""
        with self._noting:
            return list(self._kept)

    def sentences(self) -> tuple[str, ...]:
        """One for each reason for which networks stayed on the processor."""
        with self._noting:
            kept = [(why, sorted(labels)) for why, labels in self._kept.items()]
        return tuple(
            f"{', '.join(labels)} {'runs' if len(labels) == 1 else 'run'} on the processor, as "
            f"{why}."
            for why, labels in kept
        )


class ComparedSession:
    """A network that moves to the card once its first picture came out alike there.

    Cards run one picture at a time: DirectML's and WebGPU's sessions know no threads.
    """

    def __init__(
        self, device: Device, processor: Session, content: bytes, label: str, tolerance: float
    ) -> None:
        self._device, self._processor, self._label = device, processor, label
        self._tolerance = tolerance
        self._content: bytes | None = content
        self._card: Session | None = None
        self._settling, self._running = threading.Lock(), threading.Lock()
        self.difference = float("nan")
        """Of the first picture, see ``difference_of``."""
        self.seconds: tuple[float, float] = (float("nan"), float("nan"))
        """For a picture, on the processor and on the card."""

    @property
    def is_on_card(self) -> bool:
        """Whether the next picture goes to the card."""
        return self._card is not None

    def get_inputs(self) -> Sequence[Any]:
        """What goes in."""
        return self._processor.get_inputs()

    def get_outputs(self) -> Sequence[Any]:
        """What comes out."""
        return self._processor.get_outputs()

    def run(self, output_names: Sequence[str], input_feed: Mapping[str, NDArray[Any]]) -> Answers:
        """The outputs by name for one picture; the first one is the processor's answer."""
        if self._content is not None:
            with self._settling:
                if self._content is not None:
                    answers = self._settle(self._content, output_names, input_feed)
                    self._content = None
                    return answers
        card = self._card
        if card is not None:
            try:
                with self._running:
                    return card.run(output_names, input_feed)
            except failures() as error:
                self._card = None
                self._keep(f"fails ({reason_of(error)})")
        return self._processor.run(output_names, input_feed)

    def _settle(self, content: bytes, names: Sequence[str], feed: Mapping[str, Any]) -> Answers:
        device = self._device
        mine, first_s = self._timed(self._processor, names, feed)
        try:
            card = device.opener(device.chosen, content)
            theirs, _ = self._timed(card, names, feed)
            _, card_s = self._timed(card, names, feed)  # the first run may build its programs
        except failures() as error:
            self._keep(f"fails ({reason_of(error)})")
            return mine
        self.difference = difference_of(mine, theirs)
        self.seconds = min(first_s, self._timed(self._processor, names, feed)[1]), card_s
        if not self.difference <= self._tolerance:
            self._keep("answers differently")
        elif device.is_automatic and card_s > self.seconds[0]:
            self._keep("takes longer for a picture")
        else:
            self._card = card
        return mine

    def _timed(
        self, session: Session, names: Sequence[str], feed: Mapping[str, Any]
    ) -> tuple[Answers, float]:
        start = self._device.clock()
        answers = session.run(names, feed)
        return answers, self._device.clock() - start

    def _keep(self, why: str) -> None:
        self._device.keep(self._label, f"'{self._device.chosen}' {why}")


def difference_of(mine: Answers, theirs: Answers) -> float:
    """How far ``theirs`` are from ``mine``, the largest of all outputs.

    Of an output, the root mean square of the difference over that of ``mine``, or over 1 where that
    is smaller: scores, shares and metres near nought count as they are. Infinite for other shapes
    and for numbers that are not finite where those of ``mine`` are.
    """
    if len(mine) != len(theirs):
        return float("inf")
    worst = 0.0
    for ours, other in zip(mine, theirs, strict=True):
        a, b = np.asarray(ours, np.float64), np.asarray(other, np.float64)
        known = np.isfinite(a)
        if a.shape != b.shape or not np.isfinite(b[known]).all():
            return float("inf")
        if known.any():
            away = float(np.sqrt(np.mean((a[known] - b[known]) ** 2)))
            worst = max(worst, away / max(float(np.sqrt(np.mean(a[known] ** 2))), 1.0))
    return worst


ON_PROCESSOR: Final = Device()
"""What everything runs on that isn't told otherwise."""
