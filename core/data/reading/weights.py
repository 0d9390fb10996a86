"""Small networks that Limn was taught and carries as arrays, read into dataclasses of these."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import ModelError
from .files import refusing
from .npz import open_npz

T = TypeVar("T")


def load_weights(path: Path, kind: type[T], what: str, sha256: str) -> T:
    """The weights in ``path``, every field of the dataclass ``kind`` an array of floats.

    Raises ModelError in one sentence, which calls it ``what``, for any other file than that of
    ``sha256``, the one that belongs to this version.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise ModelError(f"The {what} {path} is missing; install Limn again.") from None
    if digest != sha256:
        raise ModelError(
            f"The {what} {path} is not the one that belongs to this version of Limn (its "
            "sha256 differs); install Limn again."
        )
    is_not = f"not a {what}; install Limn again"
    with refusing(path, f"the {what}", is_not, ModelError), open_npz(path) as archive:
        return weights_of(kind, {name: archive.read_as(name, "f") for name in _names(kind)})


def weights_of(kind: type[T], arrays: Mapping[str, Any]) -> T:
    """The ``kind`` of these arrays, in single precision."""
    return kind(**{name: np.asarray(value, np.float32) for name, value in arrays.items()})


def _names(kind: Any) -> list[str]:  # noqa: ANN401 - a dataclass
    return [one.name for one in fields(kind)]
