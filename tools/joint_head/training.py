"""Teaches a head, judges it on people it never saw, writes it as ONNX."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from ...core.data import solver_points as points
from ...core.data.arrays import F32, Floats
from ...core.geometry.alignment import aligned_error
from ...core.lifting.features import CANONICAL_M, body_size
from ..lifter.export import write_onnx
from ..lifter.studio.stills import VARIANTS, Stills
from .network import Exported, HeadNetwork

HIDDEN: Final = 256
_BATCH: Final = 256
_EPOCHS: Final = 24
_RATE: Final = 1e-3
_DECAY: Final = 0.1
_DROPOUT: Final = 0.4
_WARMUP: Final = 50
_LEAST_PRESENCE: Final = 0.3
_HEAD_AND_FEET: Final = 0.4
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_LIMBS: Final = slice(0, points.LIMBS)


@dataclass(frozen=True, slots=True)
class HeadScore:
    """Limb joints of held-out pictures, millimetres: mean distance from the hips and after the best
    similarity (PA); metres told for a metre of depth; limb bones that point the wrong way along the
    view, of those that clearly point anywhere, in percent."""

    distance_mm: float
    pa_mm: float
    depth_told: float
    wrong_signs: float


def train_head(
    stills: Stills, variant: str, own: tuple[F32, F32], seed: int, report: Callable[[str], None]
) -> HeadNetwork:
    """A head for one variant of BlazePose, whose layer is ``own``: see ``blazepose_layer``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    column = VARIANTS.index(variant)
    good = stills.presence[:, column] > _LEAST_PRESENCE
    features, truth = stills.features[good, column], stills.joints[good]
    head = HeadNetwork(HIDDEN, own, features.mean(0), features.std(0))
    learnt = [p for p in head.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=_RATE, weight_decay=_DECAY)
    weight = torch.ones(points.COUNT)
    weight[points.LIMBS :] = _HEAD_AND_FEET
    given, wanted = torch.from_numpy(features), torch.from_numpy(truth)
    steps = math.ceil(_EPOCHS * len(features) / _BATCH)
    for step in range(steps):
        share = 0.5 * (1 + math.cos(math.pi * step / steps)) + 0.01
        for group in optimizer.param_groups:
            group["lr"] = _RATE * share * min(1.0, (step + 1) / _WARMUP)
        rows = torch.from_numpy(rng.integers(0, len(features), _BATCH))
        told = head(given[rows], _DROPOUT).unflatten(-1, (points.COUNT, 3))
        told = told - told[:, _HIPS].mean(1, keepdim=True)
        loss = ((told - wanted[rows]).norm(dim=-1) * weight).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % max(steps // 8, 1) == 0:
            report(f"{variant}: step {step + 1} of {steps}, {1000 * float(loss.detach()):.1f} mm")
    return head.eval()


@torch.no_grad()
def told_by(head: HeadNetwork, stills: Stills, variant: str) -> F32:
    """Joints (n, 19, 3) of all pictures."""
    features = torch.from_numpy(stills.features[:, VARIANTS.index(variant)])
    return head(features).numpy().reshape(-1, points.COUNT, 3)


def judge_head(xyz: Floats, stills: Stills, variant: str) -> HeadScore:
    """How good joints ``xyz`` (n, 19, 3) are where the network saw a person."""
    good = stills.presence[:, VARIANTS.index(variant)] > _LEAST_PRESENCE
    told, truth = xyz[good], stills.joints[good]
    told = told - told[:, _HIPS].mean(1, keepdims=True)
    told = told * CANONICAL_M / float(np.median(body_size(told)))
    wrong = []
    for a, b in points.LIMB_BONES:
        bone, said = truth[:, b] - truth[:, a], told[:, b] - told[:, a]
        steep = np.abs(bone[:, 2]) > 0.25 * np.linalg.norm(bone, axis=-1)
        wrong.append(np.mean(np.sign(bone[steep, 2]) != np.sign(said[steep, 2])))
    distance = np.linalg.norm(told - truth, axis=-1)[:, _LIMBS]
    return HeadScore(
        1000 * float(distance.mean()),
        1000 * float(aligned_error(told[:, _LIMBS], truth[:, _LIMBS]).mean()),
        float((told[..., 2] * truth[..., 2]).sum() / (truth[..., 2] ** 2).sum()),
        100 * float(np.mean(wrong)),
    )


def export_head(head: HeadNetwork, path: Path) -> tuple[int, str]:
    """Write ``path`` and return its size in bytes and its sha256, for the registry."""
    example = torch.zeros(1, 2, 2, 288)
    return write_onnx(Exported(head).eval(), example, path, "features", ("joints",))
