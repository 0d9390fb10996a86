"""A network of the user's in a process of its own, with an end to its time and memory.

Whatever its graph does there, loops for ever, asks for more memory than there is or breaks ONNX
Runtime, costs that process; here it is one sentence. ``live.stop_all`` ends every such process at
once, which is how a run is cancelled while a network is busy. Limn's own networks, which are known
by their sha256, run without.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from numpy.typing import NDArray

from ...core.data.errors import ModelError
from ...interpreter import python_command
from ..devices import ON_PROCESSOR, Device
from ..user.descriptor import Descriptor
from . import live
from .child import MOST_ANSWER_BYTES
from .messages import Ended, read_message, write_message

CHILD: Final = "models.isolation.child"
"""The module that the process runs."""

_MEGABYTE: Final = 1 << 20
_LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network may take: seconds to open and for one picture, bytes of memory.

    All grow with the file: who brings a large network waits for it.
    """

    open_s: float
    run_s: float
    memory_bytes: int

    @classmethod
    def of_size(cls, file_bytes: int) -> Limits:
        """The limits of a file of so many bytes."""
        more_s = file_bytes / (10 * _MEGABYTE)
        return cls(15.0 + more_s, 25.0 + more_s, 448 * _MEGABYTE + 64 * file_bytes)


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """An input or output: ONNX Runtime's name of its type, None for sides that are left open."""

    name: str
    type: str
    shape: tuple[int | None, ...]


class RunFailed(Exception):
    """ONNX Runtime refused a picture; the message is its reason."""


@dataclass(slots=True)
class _Question:
    """Something that was asked and until when it has to be answered."""

    limit_s: float
    until_s: float
    is_over: threading.Event = field(default_factory=threading.Event)
    told: Mapping[str, Any] | None = None
    arrays: Sequence[NDArray[Any]] = ()


class IsolatedNetwork:
    """A network that is open in another process; any number of threads may run it at once."""

    def __init__(
        self,
        source: str,
        path: Path,
        descriptor: Descriptor,
        limits: Limits,
        device: Device = ON_PROCESSOR,
    ) -> None:
        """Start the process and open the file there. Raises ModelError, as every method does.

        A ``device`` other than the processor leaves its memory without a bound: drivers of cards
        reserve more than they use.
        """
        self._source, self._name, self._device = source, descriptor.name, device
        bound: dict[str, Any] = {"memory_bytes": limits.memory_bytes}
        on: dict[str, Any] = {"device": device.name} if device.chosen else bound
        self._limits = limits
        self._how = ""
        self._sending, self._asking = threading.Lock(), threading.Lock()
        self._questions: dict[int, _Question] = {}
        self._count = 0
        self._is_over = False
        self._process = _start(source)
        for work in (self._listen, self._watch):
            threading.Thread(target=work, daemon=True).start()
        if not live.register(self):
            self.end("was stopped")
        try:
            told, _ = self._ask(
                limits.open_s,
                {
                    "source": source, "path": str(path.absolute()), "name": descriptor.name,
                    "sha256": descriptor.sha256, "size_bytes": descriptor.size_bytes,
                    **on,
                },
            )  # fmt: skip
        except ModelError:
            self.close()
            raise
        self.inputs = tuple(map(_tensor, told["inputs"]))
        self.outputs = tuple(map(_tensor, told["outputs"]))

    def run(
        self, outputs: Sequence[str], entry: str, picture: NDArray[Any]
    ) -> Sequence[NDArray[Any]]:
        """Run once. Raises RunFailed where ONNX Runtime itself refuses."""
        told = {"outputs": list(outputs), "input": entry}
        answered, arrays = self._ask(self._limits.run_s, told, (picture,))
        for why in answered.get("kept", ()):
            self._device.keep(self._name, str(why))
        return arrays

    def end(self, how: str = "") -> None:
        """End the process at once; ``how`` it came to that is what those who wait for it get."""
        self._how = self._how or how
        self._process.kill()

    def close(self) -> None:
        """End the process and wait until it is gone."""
        self.end()
        self._process.wait()

    def _ask(
        self, limit_s: float, told: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()
    ) -> tuple[Mapping[str, Any], Sequence[NDArray[Any]]]:
        question = _Question(limit_s, time.monotonic() + limit_s)
        with self._asking:
            self._count += 1
            number = self._count
            self._questions[number] = question
            if self._is_over:
                question.is_over.set()
        try:
            with self._sending:
                write_message(_of(self._process.stdin), {**told, "number": number}, arrays)
        except (OSError, ValueError):
            pass  # it has ended, which the listener tells
        # In slices: on Windows, a wait without end keeps the main thread from being interrupted.
        while not question.is_over.wait(_LOOK_EVERY_S):
            pass
        with self._asking:
            del self._questions[number]
        return self._answered(question)

    def _answered(self, question: _Question) -> tuple[Mapping[str, Any], Sequence[NDArray[Any]]]:
        told = question.told
        if told is None:
            raise ModelError(f"{self._source} {self._how or self._breakdown()}.")
        if told.get("memory"):
            raise ModelError(
                f"{self._source} needs more than {self._limits.memory_bytes // _MEGABYTE} MB of "
                "memory, the most that a file of its size may take."
            )
        if "sentence" in told:
            raise ModelError(str(told["sentence"]))
        if "failure" in told:
            raise RunFailed(str(told["failure"]))
        return told, question.arrays

    def _breakdown(self) -> str:
        code = self._process.returncode
        how = f"exit code {code}"
        if code < 0:
            known = {one.value: one.name for one in signal.Signals}
            how = known.get(-code, f"signal {-code}")
        return f"makes ONNX Runtime break down ({how}); get another export of it"

    def _listen(self) -> None:
        """Hand every answer to who asked for it, until the process ends."""
        answers = _of(self._process.stdout)
        with suppress(Ended, OSError):
            while True:
                told, arrays = read_message(answers, MOST_ANSWER_BYTES)
                question = self._questions.get(told.get("number", 0))
                if question is not None:
                    question.told, question.arrays = told, arrays
                    question.is_over.set()
        self._process.kill()
        self._process.wait()
        live.forget(self)
        with self._asking:
            self._is_over = True
            for question in self._questions.values():
                question.is_over.set()
        answers.close()
        with self._sending:
            _of(self._process.stdin).close()

    def _watch(self) -> None:
        """End the process when an answer is overdue, or nobody takes what is sent to it."""
        while not self._is_over:
            time.sleep(_LOOK_EVERY_S)
            with self._asking:
                waiting = [q for q in self._questions.values() if not q.is_over.is_set()]
            late = [q for q in waiting if q.until_s < time.monotonic()]
            if late:
                self.end(
                    f"took longer than {late[0].limit_s:.0f} s, the most that a file of its size "
                    "may take, and was stopped"
                )


def _start(source: str) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        return subprocess.Popen(
            python_command(CHILD),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries write is no sentence of ours
            creationflags=flags,
            start_new_session=True,  # Ctrl-C is meant for us alone
        )
    except OSError as error:
        raise ModelError(
            f"{source} can't be opened, as no process can be started for it "
            f"({error.strerror or error})."
        ) from error


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _tensor(told: Mapping[str, Any]) -> TensorInfo:
    return TensorInfo(str(told["name"]), str(told["type"]), tuple(told["shape"]))
