"""``python -m limn.cli`` is the ``limn`` command, and the worker that Blender starts."""

from __future__ import annotations

import sys

from .starting import main

if __name__ == "__main__":
    sys.exit(main())
