"""Many clips in Blender without a window: ``limn batch`` with a .blend of each.

    blender --background --python batch.py -- CLIP... -o DIR [--jobs 4 --quality best ...]

Works with the batch.py of an installed extension as well as with a checkout's; the Python packages
that Limn needs are the ones Blender unpacked when the extension was enabled. A clip that fails is
named at the end and makes the exit code 1; the others are done all the same. All options of
``limn batch`` are taken; what is done isn't done again.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path


def main() -> int:
    """Load the package this script lies in, whatever its folder is called, and run the batch."""
    # Not imported: the folder may hold a numpy.py of anybody's, and is no place to search.
    runpy.run_path(str(Path(__file__).with_name("interpreter.py")))["load_package"]()
    batch = importlib.import_module("limn.operators.background.batch")
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    return batch.run_batch(given)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
