"""The process in which a batch runs its clips, one after the other, with networks loaded once.

What it is asked comes as lines of JSON on stdin, first the command's options, then clips; what it
answers are the lines of ``JsonLinesReporter`` on stdout: "ready" or "error" to the options, "done"
or "error" to each clip. Whatever else ends it is seen by the batch, which starts another.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from ...core.data.errors import LimnError
from ...core.data.settings import CORES_VARIABLE
from ...core.pipeline.keeping.part_file import name_of
from ..cancelling import Cancellation, interrupt_main
from ..options import settings_from
from ..process import CANCELLED, hush_libraries, open_streams
from ..reporting import JsonLinesReporter
from ..sharing.shared_clip import SharedClip
from .estimate import given_camera, run_clip
from .observe import run_stretch
from .parts import made_by
from .range import open_source
from .session import Session, open_session
from .together import run_films, take_fovs
from .work_item import WHOLE, Stretch


class _Requests:
    """Lines of stdin, read by a thread, so that an end of stdin also ends a clip under way."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # os.read, as a thread that holds sys.stdin's lock at exit makes the interpreter abort.
        begun = b""
        while read := os.read(0, 1 << 16):
            *lines, begun = (begun + read).split(b"\n")
            for line in lines:
                self._lines.put(line)
        # Nobody asks any more: the batch is over, or whoever ran it is dead.
        interrupt_main()

    def next(self) -> dict[str, Any]:
        """Wait for the next request."""
        return json.loads(self._lines.get())


def main() -> int:
    """Answer requests until stdin ends; returns the exit code."""
    open_streams()
    hush_libraries()
    reporter, cancellation = JsonLinesReporter(), Cancellation()
    with cancellation.listening():
        try:
            _serve(reporter, cancellation)
        except LimnError as error:
            reporter.failed(error)
            return error.exit_code
        except (KeyboardInterrupt, BrokenPipeError):
            return CANCELLED


def _serve(reporter: JsonLinesReporter, cancellation: Cancellation) -> NoReturn:
    requests = _Requests()
    with cancellation.interruptible():
        options = argparse.Namespace(**requests.next())
    session = open_session(settings_from(options), reporter, cancellation)
    reporter.ready()
    while True:
        with cancellation.interruptible():
            asked = requests.next()
        try:
            reporter.done(_answer(asked, options, session), "")
        except LimnError as error:
            reporter.failed(error)


def _answer(asked: dict[str, Any], options: argparse.Namespace, session: Session) -> dict[str, Any]:
    """What comes of one request: a clip's length, a stretch of it, or its take."""
    clip = Path(asked["clip"])
    parts = Path(asked["parts"]) if asked.get("parts") else None
    if asked.get("films"):
        films = list(map(Path, asked["films"]))
        given = argparse.Namespace(**vars(options))
        given.clips, given.output = films, Path(asked["output"])
        given.calibration = Path(given.calibration) if given.calibration else None
        session = replace(session, parts=parts)
        return run_films(given, take_fovs(given), session, str(asked.get("key", "")))
    source = open_source(clip, options)
    if "output" not in asked:
        info = source.info
        return {
            "frames": 0 if info.is_still else info.frame_count,
            "fps": info.fps,
            "first": info.first_frame,
            "step": info.step,
        }
    key, output = str(asked.get("key", "")), Path(asked["output"])
    if "stretch" in asked:
        return run_stretch(source, output, Stretch(*asked["stretch"]), session, key)
    camera = given_camera(options, source)
    with closing(_sharing(asked, parts, session)) as others, _own_cores():
        session = replace(session, parts=parts, others=others)
        return run_clip(source, output, session, key, camera)


def _sharing(asked: dict[str, Any], parts: Path | None, session: Session) -> SharedClip:
    """Who is at which stretch of the clip; nobody but this worker where it isn't shared."""
    shared = asked.get("shared", []) if parts is not None else []
    places = [(name_of(parts, a, b, WHOLE), a, b, key) for a, b, key in shared if parts]

    def take_all_cores() -> None:
        if places and asked.get("cores"):
            os.environ[CORES_VARIABLE] = str(asked["cores"])

    return SharedClip(made_by(session.settings), places, take_all_cores)


@contextmanager
def _own_cores() -> Iterator[None]:
    """Give back, at the end, cores that were taken in the block."""
    before = os.environ.get(CORES_VARIABLE)
    try:
        yield
    finally:
        os.environ.pop(CORES_VARIABLE, None)
        if before is not None:
            os.environ[CORES_VARIABLE] = before


if __name__ == "__main__":
    sys.exit(main())
