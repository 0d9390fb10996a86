"""The process that opens and runs one network of the user's; started by ``isolated``.

It reads the file itself, so that nothing of it is in the memory of whoever asks, and does nothing
with it beyond ONNX Runtime's work. It ends when its input does, at once, whatever
goes on.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any, Final

from numpy.typing import NDArray

from ...core.data.errors import ModelError
from ...core.data.reading import open_regular
from ...core.data.settings import PROCESSOR
from ..devices import USERS_TOLERANCE, Device, Session
from ..onnx_runtime import load_session, reason_of, refusals
from ..user.descriptor import MOST_BYTES
from ..user.onnx_file import check_onnx, check_outline
from .messages import Ended, is_numeric, read_message, write_message

MOST_ANSWER_BYTES: Final = 64 << 20
"""All outputs of one run together."""
_MOST_PICTURE_BYTES: Final = 256 << 20
_MOST_THREADS: Final = 64
_MOST_TENSORS: Final = 100
_MOST_NAME: Final = 200
_MEMORY_SIGNS: Final = ("allocate", "bad_alloc", "bad allocation")


class _Host:
    """The network of this process and the stream to whoever asks."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers
        self._speaking = threading.Lock()
        self._session: Session | None = None
        self._device = Device()
        self._source = ""

    def open(self, told: dict[str, Any]) -> dict[str, Any]:
        """Read, check and open the file; its inputs and outputs. Raises ModelError."""
        self._source = source = str(told["source"])
        content = _read_verified(told)
        session = load_session(
            content, f"{source} can't be opened", "get the file again or another export of it."
        )
        try:
            found = {
                "inputs": _described(session.get_inputs()),
                "outputs": _described(session.get_outputs()),
            }
        except UnicodeDecodeError as error:
            raise ModelError(f"{source} has tensors whose names are no text.") from error
        self._device = Device(str(told.get("device", PROCESSOR)))
        name = str(told["name"])
        self._session = self._device.session(session, content, name, USERS_TOLERANCE)
        return found

    def run(self, told: dict[str, Any], picture: NDArray[Any]) -> list[NDArray[Any]]:
        """Run once. Raises ModelError for answers that are no arrays of numbers or too large."""
        assert self._session is not None
        answers: list[Any] = list(self._session.run(told["outputs"], {told["input"]: picture}))
        if not all(map(is_numeric, answers)):
            raise ModelError(f"{self._source} answers with something else than arrays of numbers.")
        size = sum(answer.nbytes for answer in answers)
        if size > MOST_ANSWER_BYTES:
            raise ModelError(
                f"{self._source} answers with {size >> 20} MB for one picture, where no decoder "
                f"reads more than {MOST_ANSWER_BYTES >> 20} MB."
            )
        return answers

    def answer(self, told: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Do what was asked for and say how it went."""
        number = {"number": told["number"]}
        try:
            if "path" in told:
                self._say({**number, **self.open(told)})
            else:
                found = self.run(told, arrays[0])
                self._say({**number, "kept": self._device.reasons()}, found)
        except ModelError as error:
            cause = error.__cause__
            self._say({**number, "sentence": str(error), **_memory(cause)})
        except (MemoryError, *refusals()) as error:
            self._say({**number, "failure": reason_of(error), **_memory(error)})

    def _say(self, told: dict[str, Any], arrays: list[NDArray[Any]] | None = None) -> None:
        with self._speaking:
            write_message(self._answers, told, arrays or ())


def _memory(error: BaseException | None) -> dict[str, bool]:
    """Whether memory is what was missing: ONNX Runtime tells it in words only."""
    is_short = isinstance(error, MemoryError)
    return {"memory": is_short or any(sign in str(error) for sign in _MEMORY_SIGNS)}


def _described(tensors: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": tensor.name[:_MOST_NAME],
            "type": tensor.type[:_MOST_NAME],
            "shape": [
                side if isinstance(side, int) and side >= 0 else None for side in tensor.shape
            ],
        }
        for tensor in tensors[:_MOST_TENSORS]
    ]


def _read_verified(told: dict[str, Any]) -> bytes:
    """The very bytes that are run, if they are those that are vouched for. Raises ModelError."""
    source, wanted_bytes, sha256 = told["source"], told["size_bytes"], told["sha256"]
    altered = ModelError(
        f"{source} is not the file that '{told['name']}' stands for (its sha256 differs); get it "
        "again."
    )
    try:
        with open_regular(told["path"]) as file:
            size = os.fstat(file.fileno()).st_size
            if wanted_bytes is not None and size < wanted_bytes:
                raise ModelError(
                    f"{source} is cut short, {size} of {wanted_bytes} bytes; get it again."
                )
            if size > MOST_BYTES:
                raise ModelError(f"{source} is larger than the 2 GB that an ONNX file can have.")
            if sha256 is None:
                check_outline(file, source)  # before all is read: holes may make any size
            elif wanted_bytes is not None and size > wanted_bytes:
                raise altered
            content = file.read()
    except FileNotFoundError:
        raise ModelError(f"{source} is missing; add the model again.") from None
    except OSError as error:
        raise ModelError(f"{source} can't be read ({error.strerror or error}).") from error
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise altered
    check_onnx(content, source)
    return content


def _limit(memory_bytes: int) -> None:
    """Bound what this process may take, where the system knows such limits; it leaves no core."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS knows the name, and not always the limit
            resource.setrlimit(kind, (bound, bound))


def _end_if_broken(done: Future[None]) -> None:
    if done.exception() is not None:
        os._exit(1)  # nobody would be told otherwise


def main() -> None:
    """Serve whoever started this process until its input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for whoever started this
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    requests = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    # What libraries print would stand in the middle of an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    host, pool = _Host(answers), ThreadPoolExecutor(_MOST_THREADS)
    try:
        while True:
            told, arrays = read_message(requests, _MOST_PICTURE_BYTES)
            if "memory_bytes" in told:
                _limit(int(told["memory_bytes"]))
            pool.submit(host.answer, told, arrays).add_done_callback(_end_if_broken)
    except Ended:
        os._exit(0)  # at once, whatever a thread is doing


if __name__ == "__main__":
    main()
