"""Faces by lot: which shapes go together, how often and how far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..lifter.chance import Chance

_PAIRS: Final[Mapping[str, float]] = {
    "mouthSmile": 0.3,
    "browOuterUp": 0.08,
    "browDown": 0.22,
    "mouthFrown": 0.1,
    "mouthPress": 0.07,
    "mouthStretch": 0.08,
    "mouthUpperUp": 0.08,
    "mouthLowerDown": 0.08,
    "mouthDimple": 0.05,
    "noseSneer": 0.08,
    "cheekSquint": 0.08,
    "eyeSquint": 0.12,
    "eyeWide": 0.1,
}
"""How often each pair of shapes is in a face, left and right mostly alike."""
_SINGLES: Final[Mapping[str, float]] = {
    "browInnerUp": 0.08,
    "mouthPucker": 0.15,
    "mouthFunnel": 0.12,
    "mouthClose": 0.04,
    "mouthLeft": 0.04,
    "mouthRight": 0.04,
    "mouthRollLower": 0.04,
    "mouthRollUpper": 0.04,
    "mouthShrugLower": 0.04,
    "mouthShrugUpper": 0.04,
    "jawForward": 0.03,
    "jawLeft": 0.03,
    "jawRight": 0.03,
    "cheekPuff": 0.05,
    "tongueOut": 0.0,
}
_LEAST: Final = 0.1
_JAW: Final = 0.45
_BROWS: Final = 0.22
"""Inner and outer brows mostly go up together."""
_BLINK: Final = 0.35
_ASKEW: Final = 0.25


def draw_face(chance: Chance) -> dict[str, float]:
    """The shares of ARKit's shapes in one face, those of no share left out."""
    out: dict[str, float] = {}
    if chance.happens(_JAW, 1)[0]:
        out["jawOpen"] = _some(chance)
    if chance.happens(_BROWS, 1)[0]:
        up = _some(chance)
        out |= {name: up for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")}
    if chance.happens(_BLINK, 1)[0]:
        out |= _both("eyeBlink", chance)
    for name, often in _PAIRS.items():
        if chance.happens(often, 1)[0]:
            out |= _both(name, chance)
    for name, often in _SINGLES.items():
        if chance.happens(often, 1)[0]:
            out[name] = _some(chance)
    return out


def _some(chance: Chance) -> float:
    return float(chance.uniform(_LEAST, 1.0))


def _both(name: str, chance: Chance) -> dict[str, float]:
    """Left and right alike, or now and then one alone or one more than the other."""
    left = right = _some(chance)
    if chance.happens(_ASKEW, 1)[0]:
        right = 0.0 if chance.happens(0.4, 1)[0] else _some(chance)
        if chance.happens(0.5, 1)[0]:
            left, right = right, left
    return {f"{name}{side}": share for side, share in (("Left", left), ("Right", right)) if share}
