"""Limn beside MediaPipe and beside its bare networks, on one clip.

    python -m limn.tools.evaluation.speed CLIP [--repeats 3] [--json FILE] [--mediapipe PYTHON]

Every method is a process of its own, in turn, so that whatever else the machine does slows all of
them alike; what counts are ratios within a turn and their medians. A process' figures are the
system's own accounting of it: start, decoding, networks, solving and writing included.

* fps, cpu: frames a wall second and processor seconds of the whole process, over MediaPipe's;
* peak: most resident memory, MB; start: a process that opens everything and looks once, seconds;
* networks: the pipeline over its network calls alone, made again on the same inputs, wall and
  processor time (``limn bench --profile``).

MediaPipe (pose, full, with smoothing) lies in a virtual environment of its own, made at the first
run below out/ where ``--mediapipe`` names none: it wants Python 3.12 or older. Without it the
ratios are over Limn fast.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from limn import api
from limn.core.data.errors import LimnError
from limn.core.data.settings import QUALITIES
from limn.core.data.writing import write_text
from limn.tools.evaluation.speed.methods import MEDIAPIPE, find_mediapipe, methods
from limn.tools.evaluation.speed.running import Run, run, summary, table


def main() -> int:
    """Run everything in turn, print the table, write the JSON."""
    parser = argparse.ArgumentParser(
        prog="limn.tools.evaluation.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clip", type=Path, help="a video; 400 frames of 1080p are enough")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--qualities", nargs="+", choices=QUALITIES, default=list(QUALITIES))
    parser.add_argument("--mediapipe", type=Path, help="a Python that has mediapipe 0.10.21")
    parser.add_argument("--without-mediapipe", action="store_true")
    parser.add_argument("--without-networks", action="store_true", help="no bare networks")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    try:
        frames = api.open_clip(arguments.clip).info.frame_count
    except LimnError as error:
        print(error, file=sys.stderr)
        return 2
    peer = None if arguments.without_mediapipe else find_mediapipe(arguments.mediapipe)
    asked = methods(arguments.clip, arguments.qualities, peer, not arguments.without_networks)
    runs: dict[str, list[Run]] = {name: [] for name in asked}
    for turn in range(arguments.repeats):
        for name, command in asked.items():
            one = run(command)
            print(f"{turn + 1}/{arguments.repeats} {name}: {one.told()}", flush=True)
            runs[name].append(one)
    if peer is None:
        print("MediaPipe isn't here; ratios are over Limn fast.")
    base = MEDIAPIPE if peer is not None else arguments.qualities[0]
    figures = summary(runs, base, frames, arguments.qualities)
    print(table(figures))
    if arguments.json is not None:
        write_text(arguments.json, json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
