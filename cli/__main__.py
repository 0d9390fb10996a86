"""``python -m limn.cli`` is the ``limn`` command, and the worker that Blender starts."""

from __future__ import annotations

import sys

from .main import run

sys.exit(run())
