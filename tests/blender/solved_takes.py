"""Takes that can be solved again, from networks that know the answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fake_networks import KnowingDetector, KnowingModel, Stage, make_clip
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.media.clips import open_clip
from limn.tools.jobs import finished


def solved_take(folder: Path, people: int = 2) -> tuple[Path, Take]:
    """Write walk.mp4 and walk.take.npz into ``folder``; returns the take's path and the take."""
    clip = folder / "walk.mp4"
    stage = Stage(make_clip(clip, people))
    networks = Networks(KnowingDetector(stage), (KnowingModel(stage),))
    take = finished(estimate(open_clip(clip, None, None), networks, Settings()))
    path = folder / "walk.take.npz"
    save_take(take, path)
    # The lifter has its say in the worker, as in every solve; its runtime stays out of here.
    command = [sys.executable, "-m", "limn.cli", "solve", str(path), "-o", str(path)]
    subprocess.run([*command, "--progress", "none"], check=True, capture_output=True)
    return path, load_take(path)
