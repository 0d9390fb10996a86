"""One process' work for ``limn.tools.evaluation.speed``: ``start QUALITY`` or ``networks QUALITY
CLIP``, whose figures are the last line printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limn.core.pipeline.networks import Networks


def start(quality: str) -> None:
    """Open the networks of a quality and let each look at an empty picture."""
    import numpy as np
    from limn import api

    networks = api.open_networks(api.Settings(quality=quality))
    look_once(networks, np.zeros((1080, 1920, 3), np.uint8))


def look_once(networks: Networks, bgr: Any) -> None:  # noqa: ANN401 - a picture (h, w, 3) uint8
    """Let detector, landmark and hand networks look at ``bgr``."""
    from limn.core.data.types import Region

    height, width = bgr.shape[:2]
    region = Region((width / 2, height / 2), height / 2.0, 0.0, (0.0, 0.0, width, height))
    networks.detector.detect(bgr)
    for model in networks.landmark_models:
        model.locate(bgr, region)
    if networks.hands is not None:
        networks.hands.locate(bgr, region)


def networks(quality: str, clip: str) -> dict[str, Any]:
    """``limn bench --profile``'s figures of a clip."""
    from limn import api
    from limn.cli.cancelling import Cancellation
    from limn.cli.clips.session import Session
    from limn.cli.evaluation.profiling import profile_pipeline
    from limn.cli.reporting import TextReporter

    settings = api.Settings(quality=quality)
    opened = api.open_networks(settings)
    session = Session(settings, opened, TextReporter(as_json=False), Cancellation())
    return profile_pipeline(api.open_clip(Path(clip)), session, None).as_dict()


def main() -> None:
    """Do what the arguments say."""
    what, *rest = sys.argv[1:]
    if what == "start":
        start(*rest)
    else:
        print(json.dumps(networks(*rest)))


if __name__ == "__main__":
    main()
