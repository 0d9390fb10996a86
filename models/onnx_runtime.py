"""The one place that imports ONNX Runtime: its telemetry off, its log lines silenced.

ONNX Runtime's own builds count their users: the import alone writes a device id and a database
below the user's cache folder, and a run sends events to a server. ``ORT_DISABLE_TELEMETRY`` stops
files and sockets alike, but only when it is set before the import, so nothing else may import it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..core.data.errors import ModelError

if TYPE_CHECKING:
    from types import ModuleType

    import onnxruntime

TELEMETRY_SWITCH: Final = "ORT_DISABLE_TELEMETRY"
"""The environment variable that ONNX Runtime reads while it is imported."""

_AS_REQUESTED: Final = 1
"""An arena grows by what is asked for, not by the next power of two."""
_SILENT: Final = 4
"""Log only what ends the process: every other failure is raised, and becomes our sentence."""


def load_onnxruntime() -> ModuleType:
    """Return the module ``onnxruntime``. Raises ModelError when it can't be imported."""
    os.environ[TELEMETRY_SWITCH] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"ONNX Runtime can't be loaded ({error}), so no network can run; install Limn again."
        ) from error
    # If another program in this process was first, there are files, but nothing is sent from here.
    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(_SILENT)
    return onnxruntime


def load_session(
    content: bytes, failure: str, advice: str, *, keeps_memory: bool = False
) -> onnxruntime.InferenceSession:
    """Open a network for single-threaded runs on the CPU; ``keeps_memory`` as in ``options_of``.

    Raises ModelError, "``failure`` by ONNX Runtime ...; ``advice``", when it is missing or refuses.
    """
    runtime = load_onnxruntime()
    try:
        return runtime.InferenceSession(
            content,
            options_of(runtime, keeps_memory=keeps_memory),
            providers=["CPUExecutionProvider"],
        )
    except refusals() as error:
        raise ModelError(f"{failure} by ONNX Runtime {runtime.__version__}; {advice}") from error


def options_of(runtime: ModuleType, *, keeps_memory: bool = False) -> onnxruntime.SessionOptions:
    """The options of every session, whatever it runs on; a network that ``keeps_memory`` has the
    next run use what one took."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # An arena keeps what the largest input ever took. Where inputs are of about one size that is
    # what the next run needs, and would be asked of the system page by page.
    options.enable_cpu_mem_arena = keeps_memory
    # One block for all of a run is planned for runs side by side, and seldom fits what is free.
    options.enable_mem_pattern = not keeps_memory
    if keeps_memory and _shares_an_arena():
        options.add_session_config_entry("session.use_env_allocators", "1")
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _SILENT
    # Bytes of its other format would be taken as such, unchecked.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    return options


def run_once(session: Any, names: Sequence[str], feed: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """``session.run`` of an input larger than others, which gives back what it took: 60 MB for the
    detector's largest picture, which an arena would keep."""
    options = load_onnxruntime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return session.run(names, feed, options)


@cache
def _shares_an_arena() -> bool:
    """Give the process one arena for all networks that keep memory: they hold what the runs under
    way take, not each what its own ever took. False where there is none to be had."""
    runtime = load_onnxruntime()
    try:
        where = runtime.OrtMemoryInfo(
            "Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT
        )
        how = runtime.OrtArenaCfg({"arena_extend_strategy": _AS_REQUESTED})
        runtime.create_and_register_allocator(where, how)
    except (*own_errors(), RuntimeError, TypeError, AttributeError):
        # An older build, or another add-on in this process was first: ONNX Runtime 1.20 refuses a
        # second arena, with an error of Python's own.
        return False
    return True


def reason_of(error: Exception) -> str:
    """The telling part of what ONNX Runtime says, without its codes and source lines."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.split(" : ")[-1].split(". ")[0].rstrip(".")[:160]


def refusals() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises for a network or an input that it can't run."""
    load_onnxruntime()
    import onnxruntime.capi.onnxruntime_pybind11_state as states

    return (
        states.Fail,
        states.InvalidArgument,
        states.InvalidGraph,
        states.InvalidProtobuf,
        states.NotImplemented,
        states.RuntimeException,
    )


def own_errors() -> tuple[type[Exception], ...]:
    """Every exception of ONNX Runtime's own; builds of other versions have fewer, or more."""
    load_onnxruntime()
    import onnxruntime.capi.onnxruntime_pybind11_state as states

    known = (one for one in vars(states).values() if isinstance(one, type))
    return tuple(one for one in known if issubclass(one, Exception))
