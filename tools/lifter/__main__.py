"""``python -m limn.tools.lifter train``, then ``export`` and ``plot``; see docs/lifter.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from .collect import Split, collect
from .motion import load_motion
from .training import Config, Trainer

_HERE = Path(__file__).parent


def _train(arguments: argparse.Namespace) -> None:
    config = Config.read(arguments.config)
    motion, held_out = (load_motion(arguments.data, s) for s in ("train", "validation"))
    print(f"{motion.minutes:.1f} minutes to train on, {held_out.minutes:.1f} held out")
    Trainer(config, arguments.run).train(motion, held_out, lambda line: print(line, flush=True))


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
    train.add_argument("--config", type=Path, default=_HERE / "config.toml")
    train.set_defaults(run_step=_train)
    gather = steps.add_parser("collect", help="bring a folder of BVH files into the data's layout")
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
    draw.add_argument("output", type=Path, help="such as docs/lifter.png")
    draw.add_argument("--data", type=Path, required=True)
    draw.add_argument("--config", type=Path, default=_HERE / "config.toml")
    draw.set_defaults(run_step=_plot)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    main()
