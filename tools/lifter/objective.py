"""What training minimises, and how a network is judged on motion it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from ...core.data import solver_points as points
from ...core.data.arrays import Floats
from ...core.geometry.alignment import aligned_error
from .chance import Chance
from .motion import Motion
from .sampling import Batch, Conditions, draw_batch

VELOCITY: Final = 0.6
DEPTH: Final = 0.05
LIKELIHOOD: Final = 0.01
CONTACT: Final = 0.05
_FARTHEST_M: Final = 0.8
"""Larger errors count as this one for sigma: a few outliers must not set it."""

_WEIGHT: Final = np.ones(points.COUNT, np.float32)
_WEIGHT[12:15] = 0.5
_WEIGHT[15:] = 0.6


@dataclass(frozen=True, slots=True)
class Truth:
    """A batch's truth as tensors."""

    joints: Tensor
    log_depth: Tensor
    contact: Tensor
    contact_holds: Tensor

    @classmethod
    def of(cls, batch: Batch, device: torch.device) -> Truth:
        """Move a batch's truth to a device."""
        arrays = (batch.joints, batch.log_depth, batch.contact, batch.contact_holds)
        return cls(*(torch.from_numpy(a).to(device) for a in arrays))


def loss(answer: tuple[Tensor, Tensor, Tensor, Tensor], truth: Truth) -> tuple[Tensor, Tensor]:
    """The objective, and the joints' mean error in metres for the log.

    Sigma is fitted by the Gaussian likelihood of the errors as they are: it doesn't move joints.
    """
    joints, sigma, log_depth, contact = answer
    weight = torch.from_numpy(_WEIGHT / _WEIGHT.mean()).to(joints.device)
    error = joints - truth.joints
    distance = error.norm(dim=-1)
    velocity = (error[:, 1:] - error[:, :-1]).norm(dim=-1).mean()
    across2 = (error[..., :2].detach() ** 2).sum(-1).clamp(max=_FARTHEST_M**2)
    along2 = (error[..., 2].detach() ** 2).clamp(max=_FARTHEST_M**2)
    a, b = sigma.unbind(-1)
    likelihood = across2 / (2 * a**2) + 2 * a.log() + along2 / (2 * b**2) + b.log()
    depth = (log_depth - truth.log_depth).abs().mean()
    touch = nn.functional.binary_cross_entropy_with_logits(contact, truth.contact, reduction="none")
    touch = (touch.mean((1, 2)) * truth.contact_holds).mean()
    total = (distance * weight).mean() + VELOCITY * velocity + DEPTH * depth
    total = total + LIKELIHOOD * likelihood.mean() + CONTACT * touch
    return total, distance[..., : points.LIMBS].detach().mean()


CONDITIONS: Final = {
    "perfect 2D": Conditions(augmented=False, noisy=False, has_3d=False, sources="both"),
    "2D": Conditions(augmented=False, hidden=False, has_3d=False, sources="both"),
    "2D, hidden": Conditions(augmented=False, has_3d=False, sources="both"),
    "2D + 3D": Conditions(augmented=False, hidden=False, has_3d=True, sources="both"),
    "2D + 3D, hidden": Conditions(augmented=False, has_3d=True, sources="both"),
    "detector only, hidden": Conditions(augmented=False, has_3d=False, sources="multipose"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """Limb joints, millimetres: mean distance, after the best similarity (PA), and PA of the
    networks' own 3D; ``calibration`` is the rms of error over sigma across and along (1 = right);
    ``recall`` and ``precision`` of contacts; ``log_depth`` mean error."""

    root_mm: float
    pa_mm: float
    networks_pa_mm: float
    calibration: tuple[float, float]
    recall: float
    precision: float
    log_depth: float


@torch.no_grad()
def judge(network: nn.Module, motion: Motion, frames: int, windows: int) -> dict[str, Score]:
    """Score a network under every condition, always on the same windows."""
    device = next(network.parameters()).device
    network.eval()
    out = {}
    for name, conditions in CONDITIONS.items():
        batch = draw_batch(motion, windows, frames, Chance(7), conditions)
        answer = network(torch.from_numpy(batch.features).to(device))
        joints, sigma, log_depth, contact = (tensor.cpu().numpy() for tensor in answer)
        limbs = slice(0, points.LIMBS)
        error = joints - batch.joints
        ratio = error / sigma[..., [0, 0, 1]]
        touches, said = batch.contact > 0.5, contact > 0
        distance = np.linalg.norm(error[:, :, limbs], axis=-1)
        out[name] = Score(
            root_mm=1000 * float(distance.mean()),
            pa_mm=_aligned_mm(joints, batch),
            networks_pa_mm=_aligned_mm(batch.guess, batch),
            calibration=(_rms(ratio[..., :2]), _rms(ratio[..., 2])),
            recall=float(said[touches].mean()),
            precision=float(touches[said].mean()) if said.any() else 0.0,
            log_depth=float(np.abs(log_depth - batch.log_depth).mean()),
        )
    network.train()
    return out


def _aligned_mm(xyz: Floats, batch: Batch) -> float:
    some = (slice(None), slice(None, None, 4), slice(0, points.LIMBS))
    return 1000 * float(aligned_error(xyz[some], batch.joints[some]).mean())


def _rms(values: Floats) -> float:
    return float(np.sqrt((values**2).mean()))
