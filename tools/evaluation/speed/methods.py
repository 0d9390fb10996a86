"""The commands that are measured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
MEDIAPIPE: Final = "mediapipe"
VERSION: Final = "0.10.21"
_VENV: Final = ROOT / "out" / "mediapipe"
_BASELINE: Final = ROOT / "tools" / "evaluation" / "mediapipe_baseline.py"
_START_MEDIAPIPE: Final = (
    "import numpy, mediapipe; "
    "mediapipe.solutions.pose.Pose(model_complexity=1)"
    ".process(numpy.zeros((1080, 1920, 3), numpy.uint8))"
)


def methods(
    clip: Path, qualities: Sequence[str], peer: Path | None, with_networks: bool
) -> dict[str, list[str]]:
    """Commands by name, in the order of a turn; ``peer`` is MediaPipe's Python or None."""
    here = [sys.executable, "-m"]
    folder = Path(tempfile.gettempdir())
    out: dict[str, list[str]] = {}
    for quality in qualities:
        take = folder / f"limn-speed-{quality}.take.npz"
        asked = ["--quality", quality, "-o", str(take)]
        out[quality] = [*here, "limn.cli", "estimate", str(clip), *asked]
        if peer is not None and quality == qualities[0]:
            written = str(folder / "limn-speed-mediapipe")
            out[MEDIAPIPE] = [str(peer), str(_BASELINE), str(clip), written]
    once = f"{__package__}.once"
    for quality in qualities:
        out[f"start {quality}"] = [*here, once, "start", quality]
        if peer is not None and quality == qualities[0]:
            out[f"start {MEDIAPIPE}"] = [str(peer), "-c", _START_MEDIAPIPE]
    if with_networks:
        for quality in qualities:
            out[f"networks {quality}"] = [*here, once, "networks", quality, str(clip)]
    return out


def find_mediapipe(python: Path | None) -> Path | None:
    """A Python that has MediaPipe, made below out/ where none is named; None where it can't be."""
    if python is not None:
        return python
    own = _VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not own.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=False)
        if made.returncode != 0:
            return None
    there = subprocess.run([str(own), "-c", "import mediapipe"], check=False, capture_output=True)
    if there.returncode == 0:
        return own
    asked = [str(own), "-m", "pip", "install", "-q", f"mediapipe=={VERSION}"]
    return own if subprocess.run(asked, check=False).returncode == 0 else None
