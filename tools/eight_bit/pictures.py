"""What networks see while clips are estimated in ``fast``: their inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from limn import api
from limn.models.runtime import NetworkRunner
from numpy.typing import NDArray

_MOST_PX = 200_000
"""Larger pictures, of searches, would take long and tell nothing more."""
_EVERY = 4


class _Watched:
    """A runner whose every so many-th input is kept."""

    def __init__(self, inner: NetworkRunner) -> None:
        self.inner = inner
        self.seen: list[NDArray[Any]] = []
        self._number = 0

    def run(self, image: NDArray[Any]) -> list[NDArray[np.float32]]:
        """The answer of the runner."""
        self._number += 1
        if self._number % _EVERY == 0 and image.shape[1] * image.shape[2] < _MOST_PX:
            self.seen.append(image.copy())
        return self.inner.run(image)


def pictures_of(clips: Sequence[Path], count: int) -> dict[str, list[NDArray[Any]]]:
    """By network, at most ``count`` inputs from all ``clips``, chosen by chance, the same ones
    whenever the networks answer the same. Raises what ``api.estimate`` raises."""
    settings = api.Settings(quality="fast", device="cpu")
    watched: dict[str, _Watched] = {}
    original: Callable[..., NetworkRunner] = NetworkRunner.named

    def named(name: str, *rest: Any, is_brief: bool = False, **more: Any) -> Any:  # noqa: ANN401
        runner = original(name, *rest, **more)
        return watched.setdefault(name, _Watched(runner)) if is_brief else runner

    NetworkRunner.named = named  # pyright: ignore[reportAttributeAccessIssue]
    try:
        networks = api.open_networks(settings)
    finally:
        NetworkRunner.named = original  # pyright: ignore[reportAttributeAccessIssue]
    for clip in clips:
        api.estimate(clip, settings, networks=networks)
    chance = np.random.default_rng(0)
    out: dict[str, list[NDArray[Any]]] = {}
    for name, one in watched.items():
        order = chance.permutation(len(one.seen))[:count]
        out[name] = [one.seen[k] for k in order]
    return out
