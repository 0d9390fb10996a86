"""What is told of a network that ships. ``models.registry`` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned archive in a public package registry: npm or PyPI, by name and version.

    ``built_for`` is, of a wheel that there is one of for every Python and platform, for which this
    one is: Python's version and the platform.
    """

    registry: str
    name: str
    version: str
    sha256: str
    licence: str
    built_for: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a network; None in ``shape`` is chosen per run."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A network that ships: ``file`` in ``models/weights``, of ``size_bytes`` and ``sha256``;
    ``licence`` and ``credit`` of the weights; its tensors."""

    file: str
    size_bytes: int
    sha256: str
    licence: str
    credit: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Converted(Network):
    """A network of others, in another format.

    * ``package`` it was taken from, ``members`` the files in it with their sha256, the first being
      the graph, ``output_names`` from the source's output names to ours.
    """

    package: Package
    members: Mapping[str, str]
    output_names: Mapping[str, str]
