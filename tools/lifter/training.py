"""The training loop: seeded, resumable, on a GPU where there is one."""

from __future__ import annotations

import json
import math
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from ...core.data.arrays import F32
from ...core.data.writing import replacing
from ...core.lifting.lifter import Answer
from .chance import Chance
from .motion import Motion
from .muon import Muon
from .network import LifterNetwork, Shape
from .objective import Truth, judge, loss
from .pair_file import Pair
from .pairs import PairBook
from .real_judge import judge_pairs
from .sampling import Batch, Conditions, Measured, draw_batch, with_mirror_image

_LAST_SHARE_OF_RATE: Final = 0.02
_GRADIENT_NORM: Final = 1.0
_JUDGED_WINDOWS: Final = 192
_JUDGED_QUALITY: Final = "balanced"


@dataclass(frozen=True, slots=True)
class Cycle:
    """So many steps in which the learning rate falls from its highest along half a cosine.

    ``learning_rate`` is Muon's, for matrices; the rest has a share of it, ``rate_of_the_rest``.
    ``as_seen`` and ``on_motion`` are the shares of measured windows, see ``sampling.Measured``;
    ``cut_off`` that of the simulated ones whose people are half figures.
    """

    steps: int
    learning_rate: float
    as_seen: float = 0.0
    on_motion: float = 0.0
    cut_off: float = 0.0


@dataclass(frozen=True, slots=True)
class Config:
    """What ``config.toml`` says; see there."""

    seed: int
    window_frames: int
    batch_windows: int
    cycles: tuple[Cycle, ...]
    warmup_steps: int
    rate_of_the_rest: float
    weight_decay: float
    average: float
    threads: int
    judge_every_steps: int
    save_every_steps: int
    network: Shape

    @classmethod
    def read(cls, path: Path) -> Config:
        """Read a TOML file; raises TypeError when a key is missing or unknown."""
        values = tomllib.loads(path.read_text("utf-8"))
        shape = values.pop("network")
        return cls(
            cycles=tuple(Cycle(**cycle) for cycle in values.pop("cycles")),
            network=Shape(width=shape["width"], dilations=tuple(shape["dilations"])),
            **values,
        )

    @property
    def steps(self) -> int:
        """Steps of all cycles."""
        return sum(cycle.steps for cycle in self.cycles)

    def cycle_at(self, step: int) -> tuple[Cycle, int]:
        """The cycle of a step and how far into it that is; the last one holds after the end."""
        for cycle in self.cycles:
            if step < cycle.steps:
                return cycle, step
            step -= cycle.steps
        return self.cycles[-1], self.cycles[-1].steps

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        warm = min(1.0, (step + 1) / self.warmup_steps)
        cycle, into = self.cycle_at(step)
        cosine = 0.5 * (1 + math.cos(math.pi * into / cycle.steps))
        share = cosine * (1 - _LAST_SHARE_OF_RATE) + _LAST_SHARE_OF_RATE
        return cycle.learning_rate * warm * share


class Trainer:
    """A run in ``folder``: checkpoint.pt to go on from, average.pt the weights, log.jsonl.

    ``start`` has the weights of the first step; without it they are drawn by the seed.
    """

    def __init__(self, config: Config, folder: Path, start: LifterNetwork | None = None) -> None:
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.config = config
        self.folder = folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = LifterNetwork(config.network).to(self.device)
        self.average = LifterNetwork(config.network).to(self.device)
        if start is not None:
            self.network.load_state_dict(start.state_dict())
        self.average.load_state_dict(self.network.state_dict())
        self.optimizers = _optimizers(self.network, config.weight_decay)
        # Emulated, half precision takes ten times as long as single precision.
        self._has_halves = (
            self.device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
        self.step = 0
        self.seconds = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if (checkpoint := folder / "checkpoint.pt").exists():
            self._load(torch.load(checkpoint, weights_only=True, map_location=self.device))

    def train(
        self,
        motion: Motion,
        validation: Motion,
        report: Callable[[str], None],
        pairs: Sequence[Pair] = (),
    ) -> None:
        """Run to the last step; what was interrupted goes on from its last checkpoint.

        Without ``pairs`` every window is simulated.
        """
        config, errors = self.config, []
        known = [pair for pair in pairs if not pair.held_out]
        book = PairBook(known) if known else None
        real = [pair for pair in pairs if pair.held_out and pair.quality == _JUDGED_QUALITY]
        while self.step < config.steps:
            began = time.perf_counter()
            # Seeded by the step, so that a resumed run sees the batches an unbroken one would.
            chance = Chance(config.seed * 1_000_003 + self.step)
            cycle, _ = config.cycle_at(self.step)
            measured = Measured(book, cycle.as_seen, cycle.on_motion) if book else None
            conditions = Conditions(cut_off=cycle.cut_off)
            batch = draw_batch(
                motion, config.batch_windows, config.window_frames, chance, conditions, measured
            )
            errors.append(self._descend(with_mirror_image(batch)))
            self.step += 1
            self.seconds += time.perf_counter() - began
            if self.step % 100 == 0:
                recent = errors[-100:]
                line = {
                    "step": self.step,
                    "seconds": round(self.seconds),
                    "train_mm": round(1000 * sum(recent) / len(recent), 1),
                }
                self._log(line, report)
            is_last = self.step == config.steps
            if self.step % config.judge_every_steps == 0 or is_last:
                scores = judge(self.average, validation, config.window_frames, _JUDGED_WINDOWS)
                held_out = {name: asdict(score) for name, score in scores.items()}
                self._log({"step": self.step, "validation": held_out}, report)
                if real:
                    self._log({"step": self.step, "real": self._judge_real(real)}, report)
            if self.step % config.save_every_steps == 0 or is_last:
                self._save()

    def _descend(self, batch: Batch) -> float:
        config, truth = self.config, Truth.of(batch, self.device)
        rate = config.rate(self.step)
        for optimizer, share in zip(self.optimizers, (1.0, config.rate_of_the_rest), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = share * rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._has_halves):
            answer = self.network(torch.from_numpy(batch.features).to(self.device))
        total, error = loss(answer, truth)
        self.network.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), _GRADIENT_NORM)
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(config.average, 1 - 1 / (self.step + 2))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(now, 1 - keep)
        return float(error)

    def _judge_real(self, pairs: Sequence[Pair]) -> dict[str, Any]:
        @torch.no_grad()
        def network(features: F32) -> Answer:
            given = torch.from_numpy(np.ascontiguousarray(features)).to(self.device)
            joints, sigma, log_depth, contact = (a.cpu().numpy() for a in self.average(given))
            return joints, sigma, log_depth, 1 / (1 + np.exp(-contact))

        return {
            name: asdict(judge_pairs(network, pairs, shows_3d=shows)[0])
            for name, shows in (("2D", False), ("2D + 3D", True))
        }

    def _log(self, line: dict[str, Any], report: Callable[[str], None]) -> None:
        text = json.dumps(line)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(text + "\n")
        report(text)

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
        }
        for name, content in (("checkpoint.pt", state), ("average.pt", state["average"])):
            with replacing(self.folder / name) as temporary:
                torch.save(content, temporary)

    def _load(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]


def _optimizers(
    network: LifterNetwork, weight_decay: float
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the matrices inside, AdamW for the last one, which tells metres, and for the rest.

    After the same seven minutes it errs by 5 to 12 mm less than AdamW alone (notebook/lifter.md).
    """
    last = network.leave[-1]
    inner = [p for p in network.parameters() if p.ndim == 2 and p is not last.weight]
    rest = [p for p in network.parameters() if p.ndim != 2 or p is last.weight]
    return (
        Muon(inner, weight_decay=weight_decay),
        torch.optim.AdamW(rest, weight_decay=weight_decay, fused=True),
    )
