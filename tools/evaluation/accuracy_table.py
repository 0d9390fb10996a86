"""Writes docs/accuracy.md: Limn on a benchmark folder, beside MediaPipe and a flat-depth baseline.

    python -m limn.tools.evaluation.accuracy_table BENCH_DIR --work DIR [--qualities fast …]

Runs ``limn bench`` for each quality and the depth estimators (``depth_rows``), makes the baseline
from the same takes (--reuse takes the predictions that are in --work and makes what is missing),
and lets the folder's own evaluate.py score everything.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17
from limn.core.data.take_file import load_take
from limn.core.data.types import Take
from limn.core.data.writing import write_npz, write_text
from limn.core.geometry.camera import camera_from_world, normalized_from_px
from limn.tools.evaluation.depth_rows import write_depth_rows

ROOT: Final = Path(__file__).resolve().parents[2]
NAMES: Final = tuple(name for name in COCO_17 if name in BLAZEPOSE_33)
COLUMNS: Final = (
    ("detection", "found %", ".0f"),
    ("PA_MPJPE", "PA mm", ".1f"),
    ("scaled_MPJPE", "scaled mm", ".1f"),
    ("root_MPJPE", "root mm", ".1f"),
    ("PCK150", "PCK150 %", ".1f"),
    ("flip_pct", "flip %", ".0f"),
    ("bone_var", "bone %", ".2f"),
    ("accel_err", "acc mm/f²", ".1f"),
    ("foot_slide", "slide mm/f", ".1f"),
    ("foot_drift", "drift mm", ".0f"),
    ("id_switches", "ID sw", ".0f"),
    ("track_hijacks", "hijack", ".0f"),
    ("fps", "fps", ".1f"),
)
GROUPS: Final = (
    ("MEAN real one person", "Real, one person"),
    ("MEAN real with occluder", "Real, a second figure in front"),
    ("MEAN synthetic one person", "Synthetic, one person"),
    ("MEAN synthetic several people", "Synthetic, two people"),
)
HEAD: Final = """\
# Accuracy

Written by `python -m limn.tools.evaluation.accuracy_table`; don't edit it by hand. {clips} clips
of the project's
benchmark folder, scored by its own `evaluate.py`. Of a clip's truth Limn is given the
intrinsics and nothing else. The groups stand apart because a mean over them would say nothing. What
each step buys, and upper bounds, stand in [ablation.md](ablation.md), what the lifter owes to
motion, noise, windows, inputs and seeds in [lifter.md](lifter.md).

* **found**: person-frames matched to a person; **PA**: mean joint error after Procrustes
  alignment of each frame; **scaled**: root-relative with one scale a person and clip, the fair
  main figure without body height; **root**: root-relative at the size as predicted; **PCK150**:
  joints within 150 mm, of all person-frames, misses counted as wrong; **flip**: frames whose
  trunk faces the wrong way.
* **bone**: how much bone lengths vary; **acc**: acceleration error; **slide** and **drift**: how
  far a planted ankle wanders a frame and from its mean (root-relative methods are placed on the
  true root); **ID sw**, **hijack**: changes of identity.
* **fps** is of the whole job for Limn, decoding and solving included, and of the network's calls
  only for MediaPipe; each on two processor cores, not in the same run.
* Below 10 mm, differences on the real clips mean nothing: their truth is no better. 20 to 30 mm
  of any method's error is where it puts the joints.

Limn's rows are its qualities. *Flat depth* takes Limn's own 2D landmarks and puts every joint at
one distance: what a method without any depth would get. The rows with *keypoints* see the 17
keypoints of MoveNet MultiPose and nothing else. *As published* puts them on depth by the formula
of the project Limn began as (docs/depth.md); *keypoints + depth* is `--estimator
centernet-depth`, *BlazePose + depth* is `--depth-model` beside Limn balanced. **Their depth is no
network's**: it is rendered from the clips' truth and then spoilt. Limn's free body is posed on
the true joints and stands with floor, walls and boxes in a z-buffer of 256 x 256 pixels; inverse
depth gets a scale and a shift that drift and flicker by 2 % a frame, blurred edges, 0.5 % of noise
a pixel and a smooth error over the picture of 1 % of its range, *poor depth* 4 %. What these
methods gain from a real network is not known: none could be had. They have no fps. The clip
with a second figure has no such rows, as nobody knows that figure's true depth.

*MediaPipe full* is 0.10.21, complexity
1, smoothing on; it follows one person only.
"""


def main() -> int:
    """Run what is asked for, score it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "accuracy")
    parser.add_argument("--qualities", nargs="+", default=["fast", "balanced", "best"])
    parser.add_argument("--reuse", action="store_true", help="take the predictions in --work")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "accuracy.md")
    arguments = parser.parse_args()
    rows: list[tuple[str, dict[str, Any]]] = []
    for quality in arguments.qualities:
        folder = arguments.work / quality
        if not (arguments.reuse and any(folder.glob("*.npz"))):
            command = [sys.executable, "-m", "limn.cli", "bench", str(arguments.bench)]
            command += ["--out", str(folder), "--quality", quality, "--save-takes"]
            subprocess.run(command, check=True)
        rows.append((f"Limn {quality}", score(arguments.bench, folder)))
    flat = arguments.work / "flat_depth"
    write_flat_depth(arguments.work / arguments.qualities[-1], flat)
    rows.append(("Flat depth", score(arguments.bench, flat)))
    depth_rows = write_depth_rows(arguments.bench, arguments.work, reuse=arguments.reuse)
    rows += [(title, score(arguments.bench, folder)) for title, folder in depth_rows]
    mediapipe = arguments.bench / "predictions" / "mediapipe_full"
    if mediapipe.is_dir():
        rows.append(("MediaPipe full", score(arguments.bench, mediapipe)))
    write_text(arguments.page, page(rows))
    print(arguments.page)
    return 0


def score(bench: Path, predictions: Path) -> dict[str, Any]:
    """Run the benchmark's own evaluator over a prediction folder and return its figures."""
    result = predictions / "results.json"
    if not predictions.is_relative_to(bench):
        command = [sys.executable, str(bench / "evaluate.py"), str(predictions)]
        command += ["--bench", str(bench), "--json", str(result)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads(result.read_text("utf-8"))


def write_flat_depth(takes: Path, out: Path) -> None:
    """Write the baseline's predictions: the takes' 2D landmarks, all at the person's mean depth."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(takes.glob("*.take.npz")):
        xyz_camera, xy_px = flat_depth(load_take(path))
        facts = {"names": np.array(NAMES), "absolute": np.array(False)}
        arrays = {"joints3d": xyz_camera, "joints2d": xy_px, **facts}
        write_npz(out / f"{path.name.removesuffix('.take.npz')}.npz", arrays)


def flat_depth(take: Take) -> tuple[np.ndarray, np.ndarray]:
    """Return (T, P, J, 3) metres and (T, P, J, 2) pixels by ``NAMES``; NaN where nobody is."""
    shape = (len(take.time_s), len(take.people), len(NAMES))
    xyz_camera = np.full((*shape, 3), np.nan)
    px = np.full((*shape, 2), np.nan)
    for slot, person in enumerate(take.people):
        depth_m = float(camera_from_world(take.camera, person.root_xyz_world)[:, 2].mean())
        xy_px = person.xy_skeleton.select(NAMES).of(person.xy_px)
        xy = normalized_from_px(take.camera, xy_px.astype(np.float64))
        xyz_camera[person.frames, slot, :, :2] = xy * depth_m
        xyz_camera[person.frames, slot, :, 2] = depth_m
        px[person.frames, slot] = xy_px
    return xyz_camera, px


def page(rows: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return the page: one table a group, then every clip's main figures."""
    clips = [name for name in rows[0][1] if not name.startswith("MEAN ")]
    parts = [HEAD.format(clips=len(clips))]
    for key, title in [*GROUPS, *((clip, f"Clip {clip}") for clip in clips)]:
        present = [(name, figures[key]) for name, figures in rows if key in figures]
        if present:
            parts.append(f"\n## {title}\n\n{table(present)}")
    return "".join(parts)


def table(rows: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return a Markdown table of the columns for some methods."""
    lines = ["| method | " + " | ".join(title for _, title, _ in COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 1) + "|")
    for name, figures in rows:
        cells = [_cell(figures.get(key), spec) for key, _, spec in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: float | None, spec: str) -> str:
    return "-" if value is None or not np.isfinite(value) else format(value, spec)


if __name__ == "__main__":
    sys.exit(main())
