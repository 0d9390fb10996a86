"""Pictures of a run: how the errors fell, and whether sigma says the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from ...core.data import solver_points as points
from .chance import Chance
from .motion import Motion
from .network import LifterNetwork
from .sampling import Conditions, draw_batch

_WINDOWS: Final = 400
_BINS: Final = 12
_HEAD, _LIMBS, _FEET = slice(12, 15), slice(0, points.LIMBS), slice(15, 19)


def plot_run(log: Path, network: LifterNetwork, held_out: Motion, frames: int, path: Path) -> None:
    """Draw the curves of a run's log.jsonl and the calibration of its network into one picture."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), constrained_layout=True)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    trained = [(line["step"], line["train_mm"]) for line in lines if "train_mm" in line]
    left.plot(*zip(*trained, strict=True), color="0.7", label="training, limb error")
    judged = [(line["step"], line["validation"]) for line in lines if "validation" in line]
    for name in judged[-1][1]:
        values = [scores[name]["pa_mm"] for _, scores in judged]
        left.plot([step for step, _ in judged], values, marker=".", label=f"PA, {name}")
    real = [(line["step"], line["real"]) for line in lines if "real" in line]
    for name, style in (("2D", "k-"), ("2D + 3D", "k--")):
        values = [scores[name]["pa_mm"] for _, scores in real]
        label = f"PA, {name}, real detections"
        left.plot([step for step, _ in real], values, style, marker=".", label=label)
    left.set(xlabel="step", ylabel="mm", title="held-out subjects", ylim=(40, 160))
    left.legend(fontsize=7)
    _plot_calibration(right, network, held_out, frames)
    figure.savefig(path, dpi=110)
    plt.close(figure)


@torch.no_grad()
def _plot_calibration(axes: Axes, network: LifterNetwork, motion: Motion, frames: int) -> None:
    batch = draw_batch(motion, _WINDOWS, frames, Chance(11), Conditions(augmented=False))
    joints, sigma, _, _ = (a.numpy() for a in network.eval()(torch.from_numpy(batch.features)))
    error = joints - batch.joints
    across = np.sqrt((error[..., :2] ** 2).mean(-1))
    for what, part in (("limbs", _LIMBS), ("head", _HEAD), ("feet", _FEET)):
        for direction, e, s in (
            ("across", across[..., part], sigma[..., part, 0]),
            ("along the view", np.abs(error[..., part, 2]), sigma[..., part, 1]),
        ):
            order = np.argsort(s, axis=None)
            said, was = s.ravel()[order], e.ravel()[order]
            groups = np.array_split(np.arange(len(said)), _BINS)
            axes.plot(
                [1000 * said[g].mean() for g in groups],
                [1000 * np.sqrt((was[g] ** 2).mean()) for g in groups],
                marker=".",
                linestyle="-" if direction == "across" else "--",
                label=f"{what}, {direction}",
            )
    axes.plot([5, 300], [5, 300], color="0.8", zorder=0)
    axes.set(xscale="log", yscale="log", xlabel="sigma, mm", ylabel="rms error, mm")
    axes.set_title("what sigma says and what was")
    axes.legend(fontsize=7)
