"""Being the process that a command of Limn's runs in Blender."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from ...core.data.errors import Cancelled
from ...core.data.writing import remove_unfinished

ENDS_WITH_STDIN: Final = "LIMN_ENDS_WITH_STDIN"
"""Set in the environment by whoever holds the other end of stdin while it wants a result."""


def run_as_process(main: Callable[[Sequence[str]], int]) -> NoReturn:
    """Run ``main`` with the arguments of this process, those after ``--`` if there is one, and end.

    When the process that started this one is killed, what is being written is removed.
    """
    if os.environ.pop(ENDS_WITH_STDIN, ""):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    exit_code = main(given)
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender's destructors have hung and crashed at interpreter exit; the file is on the disk.
    os._exit(exit_code)


def _end_with_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        return
    remove_unfinished()
    os._exit(Cancelled.exit_code)
