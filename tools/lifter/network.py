"""The lifter's network: a perceptron per frame, dilated convolutions over time, a perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from ...core.data import solver_points as points
from ...core.lifting.features import CONTEXT, FEATURES

P: Final = points.COUNT
SMALLEST_SIGMA_M: Final = 0.005
LARGEST_SIGMA_M: Final = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """``width`` of the trunk; ``dilations`` of its blocks, which must reach ``CONTEXT`` frames."""

    width: int = 256
    dilations: tuple[int, ...] = (1, 2, 4, 6, 1)

    def __post_init__(self) -> None:
        if sum(self.dilations) != CONTEXT:
            raise ValueError(f"dilations add up to {sum(self.dilations)}, not to {CONTEXT}")


class _Block(nn.Module):
    """A residual convolution of three taps, written as one matrix: a third faster on CPUs."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width)
        self.over_time = nn.Linear(3 * width, width)
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        d = self.dilation
        """One more look at the neighbours."""
        y = self.norm(x)
        padded = nn.functional.pad(y, (0, 0, d, d))
        taps = torch.cat([padded[:, : -2 * d], y, padded[:, 2 * d :]], -1)
        return x + self.mix(nn.functional.gelu(self.over_time(taps)))


class LifterNetwork(nn.Module):
    """The whole network."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.enter = nn.Sequential(
            nn.Linear(FEATURES, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.blocks = nn.Sequential(*[_Block(width, d) for d in shape.dilations])
        self.leave = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Linear(2 * width, 5 * P + 5),
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Features (b, t, 155) to joints (b, t, 19, 3), sigma (b, t, 19, 2) across and along the
        view, log depth (b, t) and contact logits (b, t, 4); lengths in canonical metres."""
        out = self.leave(self.blocks(self.enter(features))).float()
        joints, log_sigma, log_depth, contact = out.split([3 * P, 2 * P, 1, 4], -1)
        sigma = torch.exp(log_sigma - 2.5).clamp(SMALLEST_SIGMA_M, LARGEST_SIGMA_M)
        return (
            joints.unflatten(-1, (P, 3)),
            sigma.unflatten(-1, (P, 2)),
            log_depth.squeeze(-1),
            contact,
        )
