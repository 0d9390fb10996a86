"""Reads the weights from disk and lets no altered byte through."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from ..core.data.errors import ModelError
from .registry import Network

WEIGHTS_DIR: Final = Path(__file__).parent / "weights"
"""The folder of the networks that ship with Limn."""


def read_weights(network: Network, folder: Path = WEIGHTS_DIR) -> bytes:
    """Return the bytes of ``network``'s file, exactly those the registry names.

    The caller runs these very bytes, so nothing can change between the check and the use.
    Raises ModelError when the file is missing, unreadable, cut short or altered.
    """
    path = folder / network.file
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"The network {path} is missing; install Limn again.") from None
    except OSError as error:
        raise ModelError(
            f"The network {path} can't be read ({error.strerror}); install Limn again."
        ) from error
    if len(content) < network.size_bytes:
        raise ModelError(
            f"The network {path} is cut short, {len(content)} of {network.size_bytes} bytes; "
            "install Limn again."
        )
    if hashlib.sha256(content).hexdigest() != network.sha256:
        raise ModelError(
            f"The network {path} is not the one that belongs to this version of Limn (its sha256 "
            "differs); install Limn again."
        )
    return content
