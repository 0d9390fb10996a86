"""MediaPipe Pose on a benchmark folder, as prediction files that ``limn score`` reads.

    python -m venv mp && mp/bin/pip install mediapipe==0.10.21        # Python 3.12 or older
    mp/bin/python tools/evaluation/mediapipe_baseline.py examples/bench out/mediapipe_full

A script of its own, since MediaPipe wants an older numpy than Limn: it needs that package alone.
The network is in the package. It follows one person; positions are relative to the hips. Seconds
are those of the network's calls, without decoding.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


def main() -> int:
    """Write one prediction file a clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "bench", type=Path, help="GROUP/CLIP/video.mp4 and gt.npz lie in it; or one video"
    )
    parser.add_argument("out", type=Path, help="folder of CLIP.npz")
    parser.add_argument("--complexity", type=int, choices=(0, 1, 2), default=1, help="1 is full")
    arguments = parser.parse_args()
    if arguments.bench.is_file():
        arguments.out.mkdir(parents=True, exist_ok=True)
        predicted = predict(arguments.bench, arguments.complexity)
        np.savez_compressed(arguments.out / f"{arguments.bench.stem}.npz", **predicted)
        return 0
    clips = sorted(truth.parent for truth in arguments.bench.glob("*/*/gt.npz"))
    if not clips:
        print(f"There is no benchmark clip (GROUP/NAME/gt.npz) in {arguments.bench}.")
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        predicted = predict(clip / "video.mp4", arguments.complexity)
        np.savez_compressed(arguments.out / f"{clip.name}.npz", **predicted)
        print(f"{clip.name}: {len(predicted['joints3d'])} frames")
    return 0


def predict(video: Path, complexity: int) -> dict[str, Any]:
    """The arrays of a prediction file; NaN in frames in which nobody was found."""
    from mediapipe import solutions

    names = [landmark.name.lower() for landmark in solutions.pose.PoseLandmark]
    xyz: list[np.ndarray] = []
    xy: list[np.ndarray] = []
    seconds = 0.0
    with solutions.pose.Pose(model_complexity=complexity, smooth_landmarks=True) as pose:
        for rgb in _frames(video):
            started_s = time.perf_counter()
            found = pose.process(rgb)
            seconds += time.perf_counter() - started_s
            height, width = rgb.shape[:2]
            xyz.append(np.full((1, len(names), 3), np.nan, np.float32))
            xy.append(np.full((1, len(names), 2), np.nan, np.float32))
            if found.pose_world_landmarks:
                world, image = found.pose_world_landmarks.landmark, found.pose_landmarks.landmark
                xyz[-1][0] = [(one.x, one.y, one.z) for one in world]
                xy[-1][0] = [(one.x * width, one.y * height) for one in image]
    return {
        "joints3d": np.array(xyz),
        "joints2d": np.array(xy),
        "names": np.array(names),
        "absolute": np.array(False),
        "seconds": np.array(seconds),
    }


def _frames(video: Path) -> Iterator[np.ndarray]:
    import cv2

    capture = cv2.VideoCapture(str(video))
    while True:
        is_there, bgr = capture.read()
        if not is_there:
            return
        yield cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


if __name__ == "__main__":
    sys.exit(main())
