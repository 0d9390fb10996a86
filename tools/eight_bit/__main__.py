"""Makes the 8-bit networks of ``fast`` and the probe, from Limn's own files and some clips.

    python -m limn.tools.eight_bit CLIP [CLIP ...] [--output DIR]

The networks look at the clips, and the weights are rounded so that what they answer to that changes
least. Needs ``pip install limn[weights]``; takes some minutes. Another processor sums in another
order, so the bytes may differ: the sizes and sha256 that it prints belong into
``models/registry.py``, NOTICE and models/weights/eight_bit.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Final

import onnx
from limn.core.data.errors import LimnError
from limn.core.data.writing import write_bytes
from limn.models.registry import CONVERTED, EIGHT_BIT, EIGHT_BIT_PROBE
from limn.models.store import WEIGHTS_DIR, read_weights

from .pictures import pictures_of
from .plain_graph import plain
from .probe import probe
from .quantising import quantised, whole_parts

_PICTURES: Final = 48
_BY: Final = "Rounded to 8 bits by Limn."


def main() -> int:
    """Look, round, write."""
    parser = argparse.ArgumentParser(
        prog="limn.tools.eight_bit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, default=WEIGHTS_DIR, help="folder of the files")
    options = parser.parse_args()
    _write(options.output / EIGHT_BIT_PROBE.file, probe())
    try:
        pictures = pictures_of(options.clips, _PICTURES)
    except LimnError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for name, network in EIGHT_BIT.items():
        net = plain(onnx.load_from_string(read_weights(CONVERTED[name])))
        net.doc = f"{net.doc} {_BY}"
        done = quantised(net, pictures[name], whole_parts(net))
        _write(options.output / network.file, done.model())
    return 0


def _write(path: Path, model: onnx.ModelProto) -> None:
    content = model.SerializeToString(deterministic=True)
    write_bytes(path, content)
    print(f"{path.name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    sys.exit(main())
