"""A batch's worker with networks that know the answer and clips that end it.

python fake_clip_worker.py CLIP: a clip named crash*, kill*, raise*, exit* or hang* ends the process
in that way, hang*.mp4 once it has begun. One named once* kills it the first time alone, and at
nap* the first one sleeps a while. The estimate of torn* ends with an error while a stretch of it is
looked at, for long.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("cli", "media")]

from fake_networks import FRAMES, SIZE_PX, KnowingDetector, KnowingModel, Stage  # noqa: E402
from limn.cli.clips import clip_worker  # noqa: E402
from limn.core.data.errors import ClipError  # noqa: E402
from limn.models import estimators  # noqa: E402
from walking import walking_take  # noqa: E402

stage = Stage(walking_take(Path(sys.argv[1]), FRAMES, SIZE_PX, people=1))
networks = KnowingDetector(stage), (KnowingModel(stage),)
estimators.open_estimator = lambda quality, **_: networks
open_source = clip_worker.open_source


def open_or_end(path: Path, arguments: Any) -> Any:  # noqa: ANN401
    name = path.name
    if name.startswith("crash"):
        ctypes.string_at(0)
    if name.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("raise"):
        raise ZeroDivisionError("a bug\x1b[31m")
    if name.startswith("exit"):
        os._exit(9)
    begun = path.with_suffix(".begun")
    if name.startswith(("once", "nap")) and not begun.exists():
        with suppress(OSError):
            begun.touch()
        if name.startswith("once"):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(2)
    if name.startswith("hang"):
        path.with_suffix(".begun").touch()
        time.sleep(60)
    return open_source(path, arguments)


run_clip, run_stretch = clip_worker.run_clip, clip_worker.run_stretch


def estimate_or_fail(source: Any, *given: Any) -> dict[str, Any]:  # noqa: ANN401
    path = Path(source.info.path)
    if not path.name.startswith("torn"):
        return run_clip(source, *given)
    while not path.with_suffix(".begun").exists():
        time.sleep(0.05)
    raise ClipError(f"{path} is torn.")


def look_ahead(source: Any, file: Path, *given: Any) -> dict[str, Any]:  # noqa: ANN401
    path = Path(source.info.path)
    if path.name.startswith("torn"):
        result = run_stretch(source, file, *given)
        path.with_suffix(".begun").touch()
        time.sleep(60)
        path.with_suffix(".ended").touch()
        return result
    return run_stretch(source, file, *given)


clip_worker.open_source = open_or_end
clip_worker.run_clip, clip_worker.run_stretch = estimate_or_fail, look_ahead
sys.exit(clip_worker.main())
