"""Items carried by Flamenco 3, Blender's own farm: a batch becomes one job of its manager.

``farms/flamenco/limn_motion.js`` is the job type, which the manager compiles into tasks; it can
read no files, so clips and their lengths come with the job (Flamenco's API, POST /api/v3/jobs).
"""

from __future__ import annotations

import argparse
import http.client
import json
import platform
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from ...core.data.errors import LimnError, SettingsError
from ...core.data.safe_text import showable
from ..cancelling import Cancellation
from ..clips.work_item import WorkItem
from ..reporting import Reporter
from .pool import Worker
from .tasks import STRETCH_S

JOB_TYPE: Final = "limn-motion"
_PRIORITY: Final = 50  # Flamenco's own default
_PATH: Final = "/api/v3/jobs"
_ANSWERS_S: Final = 30.0  # in which the manager must have answered
_MOST: Final = 1 << 20  # bytes of its answer
_USUAL_FPS: Final = 30.0  # of what isn't looked at in stretches


def submit(
    items: Sequence[WorkItem],
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    reporter: Reporter,
    cancellation: Cancellation,
) -> int:
    """Hand ``items`` to the manager that is named; ``parser`` is that of ``limn estimate``.

    Raises SettingsError where no manager answers, and LimnError when it refuses.
    """
    job = job_of(items, parser, arguments, cancellation)
    told = _post(arguments.flamenco, job)
    outcome = {"job": str(told.get("id", "")), "status": str(told.get("status", ""))}
    kind, count = ("scene" if arguments.together else "clip"), len(items)
    said = f"1 {kind} is" if count == 1 else f"{count} {kind}s are"
    reporter.done(
        outcome | {"clips": count},
        f"{said} job {showable(outcome['job'])} of {arguments.flamenco}",
    )
    return 0


def job_of(
    items: Sequence[WorkItem],
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    cancellation: Cancellation,
) -> dict[str, Any]:
    """The job as Flamenco's API takes it."""
    most_s = STRETCH_S if arguments.stretch_s is None else arguments.stretch_s
    worker, entries = Worker(items[0].options), list[dict[str, Any]]()
    try:
        for item in items:
            with cancellation.interruptible():
                entries.append(_entry(worker, item, most_s, parser))
    finally:
        worker.process.close()
    return {
        "name": f"Limn: {arguments.output.resolve().name}",
        "type": JOB_TYPE,
        "priority": _PRIORITY,
        "submitter_platform": platform.system().lower(),
        "settings": {
            "items": json.dumps(entries),
            "output": str(arguments.output.absolute()),
            "command": "limn",
        },
    }


def _entry(
    worker: Worker, item: WorkItem, most_s: float, parser: argparse.ArgumentParser
) -> dict[str, Any]:
    """An item as the job type reads it: a clip, or the clips of one scene, and its options."""
    frames, fps = (0, _USUAL_FPS) if item.films else _length(worker, item)
    return {
        "clips": [str(clip.absolute()) for clip in item.films or (item.clip,)],
        "take": str(item.output.absolute()),
        "frames": frames,
        "stretch": round(most_s * fps),
        "options": item.with_whole_paths().option_words(parser),
    }


def _length(worker: Worker, item: WorkItem) -> tuple[int, float]:
    """Frames of a clip, 0 where they aren't known, and its rate."""
    try:
        info = worker.process.length(item.clip)
    except LimnError:
        return 0, _USUAL_FPS  # which its task says
    # A range of a clip isn't counted from its first frame.
    is_whole = info["first"] == 0 and info["step"] == 1 and not item.options.get("last_frame")
    return (int(info["frames"]) if is_whole else 0), float(info["fps"])


def _post(address: str, job: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(address if "//" in address else f"http://{address}")
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    try:
        kind, host, port = kinds[parts.scheme], parts.hostname, parts.port
    except (KeyError, ValueError) as error:
        raise SettingsError(f"--flamenco {address} is no address such as {_EXAMPLE}.") from error
    if not host:
        raise SettingsError(f"--flamenco {address} is no address such as {_EXAMPLE}.")
    connection = kind(host, port, timeout=_ANSWERS_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", parts.path.rstrip("/") + _PATH, json.dumps(job), headers)
        answer = connection.getresponse()
        text, status = answer.read(_MOST), answer.status
    except (OSError, http.client.HTTPException) as error:
        raise SettingsError(f"No Flamenco manager answers at {address}.") from error
    finally:
        connection.close()
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    if status != http.client.OK:
        why = showable(str(told.get("message", "")) or f"status {status}").rstrip(".")
        raise LimnError(f"The Flamenco manager refuses the job: {why}.")
    return told


_EXAMPLE: Final = "http://farm:8080"
