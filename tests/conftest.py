"""Every test runs this checkout as the package ``limn``, whatever its folder is called."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

# As in the command line: one BLAS thread. Read while numpy loads, which is after this.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).resolve().parents[1]


def _load_checkout() -> None:
    spec = importlib.util.spec_from_file_location(
        "limn", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["limn"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["limn"])


if "limn" not in sys.modules:
    _load_checkout()
# Tests are imported one by one (--import-mode=importlib); what they share is found beside them.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("", "cli", "lifter", "media")]
