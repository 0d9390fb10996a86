"""``python -m limn.tools.landmark_offsets PAIRS``; see docs/notebook/together.md."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ...core.data import solver_points as points
from ..lifter.pair_file import read_pairs
from .fitting import Seen, as_source, far_off, fit_offsets, fit_spread, trunk_shares


def main() -> None:
    """Read pairs and print the tables of ``core/together/landmarks/tables.py``."""
    parser = argparse.ArgumentParser(prog="limn.tools.landmark_offsets", description=__doc__)
    parser.add_argument("pairs", type=Path, help="written by limn.tools.lifter shoot --sides 8")
    parser.add_argument("--quality", default="balanced", help="whose landmarks")
    arguments = parser.parse_args()
    pairs = [one for one in read_pairs(arguments.pairs) if one.quality == arguments.quality]
    if not pairs:
        raise SystemExit(f"{arguments.pairs} has no such pairs")

    def every(name: str) -> np.ndarray:
        return np.concatenate([pair.columns[name] for pair in pairs]).astype(np.float64)

    seen = Seen(every("xy"), every("score"), every("truth_m"), every("hidden"))
    offsets = fit_offsets(seen)
    print(f"# {len(pairs)} tracks, {len(seen.xyz)} pictures")
    print(as_source("OFFSET_MM", far_off(offsets), 0))
    limbs = slice(0, points.LIMBS)
    xy, score = seen.xy.copy(), seen.score.copy()
    xy[:, limbs], score[:, limbs] = every("detected_xy"), every("detected_score")
    shares = trunk_shares(offsets, fit_offsets(Seen(xy, score, seen.xyz, seen.hidden)))
    print("SHARE: Final =", {part: round(share, 2) for part, share in shares.items()})
    print(as_source("SPREAD", fit_spread(seen, offsets), 2))


if __name__ == "__main__":
    main()
