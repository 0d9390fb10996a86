"""Takes that can be solved again, from networks that know the answer."""

from __future__ import annotations

from pathlib import Path

from fake_networks import KnowingDetector, KnowingModel, Stage, make_clip
from limn.core.pipeline import estimate
from limn.core.settings import Settings
from limn.core.take import save_take
from limn.core.types import Take
from limn.media.clips import open_clip


def solved_take(folder: Path, people: int = 2) -> tuple[Path, Take]:
    """Write walk.mp4 and walk.take.npz into ``folder``; returns the take's path and the take."""
    clip = folder / "walk.mp4"
    stage = Stage(make_clip(clip, people))
    run = estimate(
        open_clip(clip, None, None), KnowingDetector(stage), (KnowingModel(stage),), Settings()
    )
    while True:
        try:
            next(run)
        except StopIteration as end:
            take: Take = end.value
            break
    path = folder / "walk.take.npz"
    save_take(take, path)
    return path, take
