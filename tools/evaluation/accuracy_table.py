"""Writes docs/accuracy.md: Limn on a benchmark folder, beside MediaPipe and a flat-depth baseline.

    python -m limn.tools.evaluation.accuracy_table BENCH_DIR --work DIR [--qualities fast …]

Runs ``limn bench`` for each quality and the depth estimators (``depth_rows``), makes the baseline
from the same takes (--reuse takes the predictions that are in --work and makes what is missing),
and scores everything (``core.evaluation``).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17
from limn.core.data.take_file import load_take
from limn.core.data.types import Take
from limn.core.data.writing import write_text
from limn.core.evaluation.accuracy import Accuracy
from limn.core.evaluation.benchmark import find_clips, score_folder
from limn.core.evaluation.predictions import Prediction, save_prediction
from limn.core.geometry.camera import camera_from_world, normalized_from_px
from limn.tools.evaluation.depth_rows import write_depth_rows

ROOT: Final = Path(__file__).resolve().parents[2]
NAMES: Final = tuple(name for name in COCO_17 if name in BLAZEPOSE_33)
COLUMNS: Final = (
    ("found_percent", "found %", ".0f"),
    ("pa_mm", "PA mm", ".1f"),
    ("scaled_mm", "scaled mm", ".1f"),
    ("root_mm", "root mm", ".1f"),
    ("pck150_percent", "PCK150 %", ".1f"),
    ("flip_percent", "flip %", ".0f"),
    ("bone_percent", "bone %", ".2f"),
    ("acceleration_mm", "acc mm/f²", ".1f"),
    ("slide_mm", "slide mm/f", ".1f"),
    ("drift_mm", "drift mm", ".0f"),
    ("id_switches", "ID sw", ".0f"),
    ("hijacks", "hijack", ".0f"),
    ("fps", "fps", ".1f"),
)
GROUPS: Final = (
    ("real, one person", "Real, one person"),
    ("real, several people", "Real, a second figure in front"),
    ("synthetic, one person", "Synthetic, one person"),
    ("synthetic, several people", "Synthetic, two people"),
)
HEAD: Final = """\
# Accuracy

Written by `python -m limn.tools.evaluation.accuracy_table`; only *Cameras that move*, *Half
figures* and *Faces and heads* are edited by hand. {clips} clips of the project's benchmark folder,
scored by `limn score`. Of a clip's truth Limn is given the intrinsics and nothing else. The groups
stand apart because a mean over them would say nothing. What each step buys, and upper bounds, stand
in [ablation.md](notebook/ablation.md), what the lifter owes to motion, noise, windows, inputs and
seeds in [lifter.md](notebook/lifter.md).

## Measure it yourself

Two of the clips are in the repository with their truth, `examples/bench` (0.8 MB, its README says
where they come from); what follows gives their rows of Limn fast and MediaPipe at this page's end:

```
limn bench examples/bench --out out/fast --quality fast     # predictions; no network access
limn bench examples/bench --out out/flat --estimator flat   # a baseline without any depth
limn score examples/bench out/fast out/flat examples/bench/predictions/mediapipe_full
```

`limn score --help` explains the columns, `--csv` and `--json` give all figures. A folder of your
own clips is laid out alike, `GROUP/NAME/video.mp4` and `gt.npz`, whose arrays
`core/evaluation/truth.py` lists; any method's predictions can be scored, `NAME.npz` as
`core/evaluation/predictions.py` describes it. A test keeps the figures of quality fast.
`python -m limn.tools.evaluation.accuracy_table BENCH_DIR --page out/accuracy.md` writes this page
for any such folder, `tools/evaluation/mediapipe_baseline.py` makes MediaPipe's predictions.

## The figures

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
of the project Limn began as (docs/guide/depth.md); *keypoints + depth* is `--estimator
centernet-depth`, *BlazePose + depth* is `--depth-model` beside Limn balanced. **Their depth is no
network's**: it is rendered from the clips' truth and then spoilt. Limn's free body is posed on
the true joints and stands with floor, walls and boxes in a z-buffer of 256 x 256 pixels; inverse
depth gets a scale and a shift that drift and flicker by 2 % a frame, blurred edges, 0.5 % of noise
a pixel and a smooth error over the picture of 1 % of its range, *poor depth* 4 %. What these
methods gain from a real network is not known: none could be had. They have no fps. The clip
with a second figure has no such rows, as nobody knows that figure's true depth.

*MediaPipe full* is 0.10.21, complexity 1, smoothing on; it follows one person only.
"""

FIRST_APART: Final = ("Cameras that move",)
LAST_APART: Final = ("Half figures", "Faces and heads")
"""Sections measured apart, on other clips or by other scores. They are written by hand; the page
that is there passes them on."""


def main() -> int:
    """Run what is asked for, score it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "accuracy")
    parser.add_argument("--qualities", nargs="+", default=["fast", "balanced", "best"])
    parser.add_argument("--reuse", action="store_true", help="take the predictions in --work")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "accuracy.md")
    arguments = parser.parse_args()
    rows: list[tuple[str, Mapping[str, Accuracy]]] = []
    for quality in arguments.qualities:
        folder = arguments.work / quality
        if not (arguments.reuse and any(folder.glob("*.npz"))):
            command = [sys.executable, "-m", "limn.cli", "bench", str(arguments.bench)]
            command += ["--out", str(folder), "--quality", quality, "--save-takes"]
            subprocess.run(command, check=True)
        rows.append((f"Limn {quality}", figures_of(arguments.bench, folder)))
    flat = arguments.work / "flat_depth"
    write_flat_depth(arguments.work / arguments.qualities[-1], flat)
    rows.append(("Flat depth", figures_of(arguments.bench, flat)))
    depth_rows = write_depth_rows(arguments.bench, arguments.work, reuse=arguments.reuse)
    rows += [(title, figures_of(arguments.bench, folder)) for title, folder in depth_rows]
    mediapipe = arguments.bench / "predictions" / "mediapipe_full"
    if mediapipe.is_dir():
        rows.append(("MediaPipe full", figures_of(arguments.bench, mediapipe)))
    apart = sections((ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8"))
    write_text(arguments.page, page(rows, apart))
    print(arguments.page)
    return 0


def figures_of(bench: Path, predictions: Path) -> dict[str, Accuracy]:
    """Figures of a prediction folder by group and by clip."""
    scored = score_folder(find_clips(bench, None), predictions)
    return {**scored.means, **scored.clips}


def write_flat_depth(takes: Path, out: Path) -> None:
    """Write the baseline's predictions: the takes' 2D landmarks, all at the person's mean depth."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(takes.glob("*.take.npz")):
        name = f"{path.name.removesuffix('.take.npz')}.npz"
        save_prediction(flat_depth(load_take(path)), out / name)


def flat_depth(take: Take) -> Prediction:
    """The take's 2D landmarks by ``NAMES``, all of a person at their mean depth."""
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
    return Prediction(NAMES, xyz_camera, px, is_absolute=False)


def sections(page: str) -> dict[str, str]:
    """The page's sections, each with its head, by title."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("## "): part for part in parts}


def page(rows: Sequence[tuple[str, Mapping[str, Accuracy]]], apart: Mapping[str, str]) -> str:
    """Return the page: one table a group, then every clip's main figures; ``apart`` are the
    sections measured apart by title."""
    clips = [name for name in rows[0][1] if "/" in name]
    parts = [
        HEAD.format(clips=len(clips)),
        *(f"\n{apart[title].strip()}\n" for title in FIRST_APART),
    ]
    for key, title in [*GROUPS, *((clip, f"Clip {clip}") for clip in clips)]:
        present = [(name, figures[key]) for name, figures in rows if key in figures]
        if present:
            parts.append(f"\n## {title}\n\n{table(present)}")
    return "".join([*parts, *(f"\n{apart[title].strip()}\n" for title in LAST_APART)])


def table(rows: Sequence[tuple[str, Mapping[str, Accuracy]]]) -> str:
    """Return a Markdown table of the columns for some methods."""
    lines = ["| method | " + " | ".join(title for _, title, _ in COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 1) + "|")
    for name, figures in rows:
        cells = [_cell(getattr(figures, key), spec) for key, _, spec in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: float, spec: str) -> str:
    return "-" if not np.isfinite(value) else format(value, spec)


if __name__ == "__main__":
    sys.exit(main())
