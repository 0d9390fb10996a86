"""Records what the networks' own runtimes answer to real frames, for tests/models.

    python -m limn.tools.convert.record_references --source DIR [NETWORK ...]

DIR holds the packages that ``limn.tools.convert`` downloads. Without networks all are asked; the
answers of those that aren't stay.

LiteRT answers for the TensorFlow Lite networks, TensorFlow.js under node for the others, each from
the original file. The frames are cut from examples/walk.mp4 and stored as PNG beside the answers,
so that the test depends on no decoder. Needs ``pip install limn[weights]``, node and npm; the tests
need none of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from limn.core.data.types import Region
from limn.models.networks.blazepose import CROP_PX
from limn.models.networks.crops import cut
from limn.models.registry import CONVERTED, Converted

from .packages import extract, find_package

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCES: Final = ROOT / "tests" / "models" / "references"
CLIP: Final = ROOT / "examples" / "walk.mp4"
FRAME: Final = 10
TFJS_VERSION: Final = "4.22.0"

CROPS: Final = {
    "walking": Region((1000.0, 535.0), 380.0, -0.1, (895.0, 365.0, 1110.0, 705.0)),
    "arms_raised": Region((449.0, 190.0), 420.0, 0.15, (350.0, 0.0, 550.0, 350.0)),
}
"""Two people of the frame, cut out for BlazePose and MoveNet Thunder."""

CLOSEUPS: Final = {
    "hand_landmark": ("raised_hand", Region((478.0, 36.0), 40.0, -0.3, (0.0, 0.0, 1280.0, 720.0))),
    "face_landmark": ("face", Region((460.0, 95.0), 36.0, 0.0, (0.0, 0.0, 1280.0, 720.0))),
    "iris_landmark": ("eye", Region((458.5, 88.2), 12.0, 0.0, (0.0, 0.0, 1280.0, 720.0))),
}
"""What the networks for a part of the body see of the frame, cut to their inputs' size."""

PICTURES: Final = {
    "landscape": (0, 0, 1280, 720, 384, 224),
    "portrait": (880, 300, 1200, 700, 256, 320),
}
"""Parts of the frame for MoveNet: x0 y0 x1 y1, then the width and height they are scaled to."""

HEATMAP_STEP: Final = 4  # every fourth cell is proof enough in a sixteenth of the bytes


def main() -> None:
    """Write the pictures and the answers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True, help="folder of the packages")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=f"of {', '.join(CONVERTED)}")
    options = parser.parse_args()
    REFERENCES.mkdir(parents=True, exist_ok=True)
    bgr = _frame(CLIP, FRAME)
    path = REFERENCES / "answers.npz"
    answers: dict[str, Any] = dict(np.load(path)) if options.names else {}
    answers["runtimes"] = np.array(
        [f"LiteRT {metadata.version('ai-edge-litert')}", f"TensorFlow.js {TFJS_VERSION}"]
    )
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.names or CONVERTED:
            network = CONVERTED[name]
            graph, *_ = extract(
                find_package(network.package, options.source), dict(network.members), Path(scratch)
            )
            ask = ask_litert if graph.suffix == ".tflite" else ask_tfjs
            for picture, seen in _pictures(name, network, bgr).items():
                file = REFERENCES / f"{picture}.png"
                cv2.imwrite(str(file), seen, [cv2.IMWRITE_PNG_COMPRESSION, 9])
                rgb = cv2.cvtColor(seen, cv2.COLOR_BGR2RGB)
                for output, values in ask(network, graph, rgb).items():
                    answers[f"{name}/{picture}/{output}"] = values
    np.savez_compressed(path, **answers)


def _pictures(name: str, network: Converted, bgr: np.ndarray) -> dict[str, np.ndarray]:
    """What a network is shown of the frame, by the pictures' names."""
    if name in CLOSEUPS:
        picture, region = CLOSEUPS[name]
        side = network.inputs[0].shape[1]
        assert side is not None
        return {picture: cut(bgr, region, side).bgr}
    if name.startswith(("blazepose", "movenet_thunder")):
        return {picture: cut(bgr, region, CROP_PX).bgr for picture, region in CROPS.items()}
    return {
        picture: cv2.resize(bgr[y0:y1, x0:x1], (width, height), interpolation=cv2.INTER_AREA)
        for picture, (x0, y0, x1, y1, width, height) in PICTURES.items()
    }


def ask_litert(network: Converted, graph: Path, rgb: np.ndarray) -> dict[str, np.ndarray]:
    """Return the outputs of a TensorFlow Lite file under our names."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(graph))
    interpreter.allocate_tensors()
    image = rgb[None].astype(np.float32) / 255
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    answers = {
        network.output_names[detail["name"]]: interpreter.get_tensor(detail["index"])
        for detail in interpreter.get_output_details()
        if detail["name"] in network.output_names
    }
    if "heatmap" in answers:
        answers["heatmap"] = answers["heatmap"][:, ::HEATMAP_STEP, ::HEATMAP_STEP]
    return answers


def ask_tfjs(network: Converted, graph: Path, rgb: np.ndarray) -> dict[str, np.ndarray]:
    """Return the output of a TensorFlow.js graph model under our name."""
    folder = graph.parent
    if not (folder / "node_modules").exists():
        package = f"@tensorflow/tfjs@{TFJS_VERSION}"
        subprocess.run(["npm", "install", "--prefix", str(folder), package], check=True)
    height, width = rgb.shape[:2]
    script = Path(__file__).with_name("run_tfjs.mjs")
    result = subprocess.run(
        ["node", str(script), graph.name, str(height), str(width)],
        cwd=folder,
        input=rgb.tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    (output,) = network.outputs
    shape = [size for size in output.shape if size is not None]
    return {output.name: np.frombuffer(result.stdout, np.float32).reshape(shape)}


def _frame(path: Path, index: int) -> np.ndarray:
    capture = cv2.VideoCapture(str(path))
    for _ in range(index):
        capture.grab()
    found, bgr = capture.read()
    capture.release()
    if not found:
        raise ValueError(f"{path} has no frame {index}")
    return bgr


if __name__ == "__main__":
    sys.exit(main())
