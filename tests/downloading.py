"""What the tests of downloads share: a file, little patience, a way to fetch."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from limn.core.data.types import Progress
from limn.models.user.descriptor import Descriptor
from limn.models.user.download import Patience, download
from limn.models.user.library import Library

CONTENT = np.random.default_rng(7).bytes(3_000_000)
QUICK = Patience(silence_s=0.3, window_s=0.4, window_bytes=1000, attempts=3, pause_s=0.0)


def fetch(
    descriptor: Descriptor, library: Library, url: str, patience: Patience = QUICK
) -> list[Progress]:
    job = download(descriptor, library, consent=True, patience=patience, schemes=("http",), url=url)
    return list(job)


def files(library: Library) -> set[str]:
    return {path.name for path in library.folder.iterdir()} if library.folder.is_dir() else set()


def zipped(content: bytes, name: str = "sdk/end2end.onnx") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr("sdk/detail.json", "{}")
    return out.getvalue()
