"""Muon's steps: alike in every direction, and quicker downhill where directions differ a lot."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs the packages of limn[lifter]")

from limn.tools.lifter.muon import Muon, orthogonalized  # noqa: E402
from torch import nn  # noqa: E402
from torch.optim import SGD, Optimizer  # noqa: E402


@pytest.mark.parametrize("shape", [(24, 24), (16, 40), (40, 16)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    least = min(shape)
    left, _ = torch.linalg.qr(torch.randn(shape[0], least))
    right, _ = torch.linalg.qr(torch.randn(shape[1], least))
    steep = left @ torch.diag(torch.logspace(0, -2, least)) @ right.T
    inside = left.T @ orthogonalized(steep) @ right
    values = inside.diagonal()
    assert values.min() > 0.6
    assert values.max() < 1.3
    assert (inside - torch.diag(values)).abs().max() < 1e-3


def test_size_and_sign_of_the_gradient_do_not_matter_but_its_direction() -> None:
    torch.manual_seed(1)
    matrix = torch.randn(8, 12)
    assert torch.allclose(orthogonalized(1e3 * matrix), orthogonalized(matrix), atol=1e-4)
    assert torch.allclose(orthogonalized(-matrix), -orthogonalized(matrix), atol=1e-4)
    assert torch.equal(orthogonalized(torch.zeros(4, 6)), torch.zeros(4, 6))


def _left_over(optimizer: Optimizer, weight: nn.Parameter) -> float:
    """What is left of a regression whose inputs differ a thousandfold in size."""
    torch.manual_seed(2)
    sizes = torch.logspace(0, -1.5, 16)
    wanted = torch.randn(16, 16)
    error = torch.zeros(())
    for step in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * (1 - step / 300)
        inputs = torch.randn(64, 16) * sizes
        error = (inputs @ (weight - wanted).T).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    return float(error.detach())


def test_it_learns_what_small_inputs_tell_sooner_than_plain_momentum() -> None:
    plain = nn.Parameter(torch.zeros(16, 16))
    alike = nn.Parameter(torch.zeros(16, 16))
    behind = _left_over(SGD([plain], momentum=0.95), plain)
    ahead = _left_over(Muon([alike]), alike)
    assert ahead < 0.2 * behind


def test_weight_decay_shrinks_matrices_and_unused_ones_stay() -> None:
    used, unused = (nn.Parameter(torch.eye(4)) for _ in range(2))
    optimizer = Muon([used, unused], learning_rate=0.1, weight_decay=0.5)
    used.grad = torch.zeros(4, 4)
    optimizer.step()
    assert torch.allclose(used.detach(), 0.95 * torch.eye(4))
    assert torch.equal(unused.detach(), torch.eye(4))


def test_only_matrices_are_taken() -> None:
    with pytest.raises(ValueError, match="matrices only"):
        Muon([nn.Parameter(torch.zeros(3))])
