"""Writes notebook/ablation.md from the takes of a benchmark run, which hold what the networks saw.

python -m limn.cli bench BENCH_DIR --out out/accuracy/best --quality best --save-takes
python -m limn.tools.evaluation.ablation BENCH_DIR --takes out/accuracy/best
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data import solver_points as points
from ....core.data.arrays import F64
from ....core.data.observations import TrackObservations
from ....core.data.settings import Settings
from ....core.data.take_file import load_take
from ....core.data.types import Camera, Take
from ....core.data.writing import write_text
from ....core.evaluation.accuracy import Accuracy
from ....core.evaluation.benchmark import find_clips
from ....core.evaluation.predictions import Prediction, save_prediction
from ....core.geometry.camera import project_camera
from ....core.lifting.lifter import Lifter
from ....core.solving.evidence.evidence import gather_evidence
from ....core.solving.evidence.lifter_fusion import fuse_lifted
from ....core.solving.floor.ground import find_grounds
from ....core.solving.person import Solved, ground_person, resolve_person, solve_person
from ....core.solving.track.track import initial_points
from ....models.networks.lifter import open_lifter
from ..accuracy_table import GROUPS, ROOT, figures_of
from .truth import BOUNDS, NAMES, TrueJoints

_COLUMNS: Final = (
    ("pa_mm", ".1f"),
    ("scaled_mm", ".1f"),
    ("pck150_percent", ".0f"),
    ("acceleration_mm", ".1f"),
    ("slide_mm", ".1f"),
    ("drift_mm", ".0f"),
)
_HEAD: Final = """\
# What each step buys

Written by `python -m limn.tools.evaluation.ablation`; don't edit it by hand. The same clips, the
same evaluator and
the same networks' output as [accuracy.md](accuracy.md), quality `best`; each cell is
PA / scaled mm, PCK150 %, acceleration error mm/f², slide mm/f, drift mm. Scored are the solved
points themselves, before they become rotations.

"""
_BOUNDS: Final = """
## Upper bounds

Truth in the place of one kind of evidence, everything else as estimated. These are bounds, not
results: they tell where the next millimetres are.

"""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip's networks' output, its camera and its truth."""

    name: str
    take: Take
    truth: TrueJoints

    @property
    def camera(self) -> Camera:
        """The clip's intrinsics, camera space being the solve's."""
        return replace(self.take.camera, T_world_camera=np.eye(4))

    @property
    def fps(self) -> float:
        """Frames a second as they came."""
        return float((len(self.take.time_s) - 1) / np.ptp(self.take.time_s))

    @property
    def tracks(self) -> tuple[TrackObservations, ...]:
        """What the networks saw of everybody."""
        if self.take.observed is None:
            raise SystemExit(f"The take of {self.name} holds no observations.")
        return self.take.observed.tracks


Figures = Mapping[str, Accuracy]
Method = Callable[[Clip], list[F64]]
"""A clip to everybody's points (t, 19, 3), camera metres, from each track's first frame on."""


def main() -> None:
    """Score every step and every bound and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--takes", type=Path, default=ROOT / "out" / "accuracy" / "best")
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "ablation")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "notebook" / "ablation.md")
    arguments = parser.parse_args()
    clips = list(_clips(arguments.bench, arguments.takes))
    lifter = open_lifter()
    steps = {name: _scored(name, m, clips, arguments) for name, m in _steps(lifter).items()}
    bounds = {"nothing": steps[list(steps)[-1]]}
    bounds |= {name: _scored(name, m, clips, arguments) for name, m in _bounds(lifter).items()}
    page = _HEAD + _table("step", steps) + _BOUNDS + _table("given from truth", bounds)
    write_text(arguments.page, page)
    print(arguments.page)


def _clips(bench: Path, takes: Path) -> Iterator[Clip]:
    for folder in find_clips(bench, None):
        path = takes / f"{folder.name}.take.npz"
        if path.exists():
            yield Clip(folder.name, load_take(path), TrueJoints.read(folder))


def _steps(lifter: Lifter) -> Mapping[str, Method]:
    def alone(name: str) -> Method:
        def points_of(clip: Clip) -> list[F64]:
            tracks = [replace(t, passes={name: t.passes[name]}) for t in clip.tracks]
            return [initial_points(gather_evidence(t, clip.camera, clip.fps)) for t in tracks]

        return points_of

    def together(clip: Clip) -> list[F64]:
        return [initial_points(gather_evidence(t, clip.camera, clip.fps)) for t in clip.tracks]

    def lifted(clip: Clip) -> list[F64]:
        seen = [gather_evidence(t, clip.camera, clip.fps) for t in clip.tracks]
        return [initial_points(fuse_lifted(evidence, lifter)) for evidence in seen]

    return {
        "full alone, frame by frame": alone("full"),
        "heavy alone, frame by frame": alone("heavy"),
        "four passes averaged": together,
        "and the lifter": lifted,
        "four passes, solved, no contacts": _solved(None, "off"),
        "four passes, solved, with contacts": _solved(None, "auto"),
        "and the lifter, solved, no contacts": _solved(lifter, "off"),
        "and the lifter, solved, with contacts: Limn": _solved(lifter, "auto"),
    }


def _solved(lifter: Lifter | None, contacts: str) -> Method:
    def points_of(clip: Clip) -> list[F64]:
        settings = Settings(quality="best", contacts=contacts)
        people = [solve_person(t, clip.camera, clip.fps, settings, lifter) for t in clip.tracks]
        return _grounded(people, settings)

    return points_of


def _bounds(lifter: Lifter) -> Mapping[str, Method]:
    def bounded(put: Callable[[Solved, F64], Solved]) -> Method:
        def points_of(clip: Clip) -> list[F64]:
            settings = Settings(quality="best")
            people: list[Solved] = []
            for track in clip.tracks:
                one = solve_person(track, clip.camera, clip.fps, settings, lifter)
                xyz = clip.truth.of(one)
                people.append(one if xyz is None else resolve_person(put(one, xyz), settings))
            return _grounded(people, settings)

        return points_of

    return {name: bounded(put) for name, put in BOUNDS.items()}


def _grounded(people: list[Solved], settings: Settings) -> list[F64]:
    if settings.contacts == "off":
        return [one.X for one in people]
    grounds = find_grounds([one.X for one in people], [one.contacts for one in people])
    return [ground_person(one, g, settings).X for one, g in zip(people, grounds, strict=True)]


def _scored(name: str, method: Method, clips: list[Clip], where: argparse.Namespace) -> Figures:
    folder = where.work / name.replace(" ", "_").replace(",", "").replace(":", "")
    folder.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        shape = (len(clip.take.time_s), len(clip.tracks), len(NAMES))
        xyz, px = np.full((*shape, 3), np.nan), np.full((*shape, 2), np.nan)
        for slot, (track, X) in enumerate(zip(clip.tracks, method(clip), strict=True)):
            rows = slice(int(track.frames[0]), int(track.frames[0]) + len(X))
            xyz[rows, slot] = X[:, : points.LIMBS]
            px[rows, slot] = project_camera(clip.camera, X[:, : points.LIMBS])
        save_prediction(Prediction(NAMES, xyz, px, is_absolute=True), folder / f"{clip.name}.npz")
    print(name)
    return figures_of(where.bench, folder)


def _table(title: str, rows: Mapping[str, Figures]) -> str:
    groups = [(key, name) for key, name in GROUPS if all(key in row for row in rows.values())]
    lines = [f"| {title} | " + " | ".join(name for _, name in groups) + " |"]
    lines.append("|---" * (len(groups) + 1) + "|")
    for name, figures in rows.items():
        lines.append(f"| {name} | " + " | ".join(_cell(figures[key]) for key, _ in groups) + " |")
    return "\n".join(lines) + "\n"


def _cell(figures: Accuracy) -> str:
    pa, scaled, *rest = (f"{getattr(figures, key):{form}}" for key, form in _COLUMNS)
    return f"**{pa}** / {scaled}, {', '.join(rest)}"


if __name__ == "__main__":
    main()
