"""Muon: steps whose singular values are all alike, for the matrices inside a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_QUINTIC: Final = (3.4445, -4.7750, 2.0315)
"""Jordan's coefficients: steepest at zero, and after five rounds everything lies near one."""
_ROUNDS: Final = 5
_TINY: Final = 1e-7


class Muon(Optimizer):
    """Momentum whose every step is brought next to the nearest orthogonal matrix.

    Keller Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024.
    ``torch.optim.Muon`` reckons in half precision, which few processors have and which the others
    emulate ten times as slowly; here the tensors' own precision is kept.
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        *,
        learning_rate: float = 2e-2,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        """Raises ValueError for a parameter that isn't a matrix."""
        settings = {"lr": learning_rate, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(matrices, settings)
        if any(matrix.ndim != 2 for group in self.param_groups for matrix in group["params"]):
            raise ValueError("Muon steps matrices only")

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override] - there is nothing to evaluate twice
        """One step along every matrix's own momentum (Nesterov's)."""
        for group in self.param_groups:
            rate, momentum = group["lr"], group["momentum"]
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                mean = state["momentum"].lerp_(matrix.grad, 1 - momentum)
                direction = orthogonalized(matrix.grad.lerp(mean, momentum))
                rows, columns = matrix.shape
                matrix.mul_(1 - rate * group["weight_decay"])
                matrix.add_(direction, alpha=-rate * max(1.0, rows / columns) ** 0.5)


def orthogonalized(matrix: Tensor) -> Tensor:
    """``matrix`` (m, n) with its singular values between 0.6 and 1.3, its directions kept.

    Newton's and Schulz's iteration with a polynomial of degree five. Directions whose singular
    value is under a thousandth of the matrix's norm stay smaller.
    """
    a, b, c = _QUINTIC
    is_tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if is_tall else matrix
    wide = wide / (wide.norm() + _TINY)
    for _ in range(_ROUNDS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.T if is_tall else wide
