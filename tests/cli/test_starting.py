"""The process as the shell sees it: exit codes, streams and signals at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from limn.core.data.take_file import save_take
from synthetic_take import some_take

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's streams and signals")

# What runs is limn.cli.starting.main, as in the console script, with something done to it before.
_MAIN = "import sys; from limn.cli import starting; sys.exit(starting.main())"
_COMMAND_FIRST = """\
import argparse, ctypes, os, signal, sys, time
from limn.cli import main, starting
def make_parser(only):
    parser = argparse.ArgumentParser()
    parser.set_defaults(execute=execute)
    return parser
main.make_parser = make_parser
def execute(arguments, reporter, cancellation):
{body}
    return 0
sys.exit(starting.main())
"""


def _run(
    script: str, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
        errors="surrogateescape",
    )


def _shell(line: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which "$@" is the limn command with ``arguments``."""
    command = [sys.executable, "-m", "limn.cli", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", line, "sh", *command], capture_output=True, text=True, check=False, timeout=60
    )


def _executing(body: str) -> str:
    return _COMMAND_FIRST.format(body="\n".join(f"    {line}" for line in body.splitlines()))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    folder = tmp_path / "dance 👩 李"
    folder.mkdir()
    made = some_take(1)
    made = replace(made, people=(replace(made.people[0], name="Zoë 👩"),), report={})
    save_take(made, folder / "a.take.npz")
    return folder / "a.take.npz"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8", "cp932"])
def test_any_output_encoding_takes_any_name(encoding: str, take: Path) -> None:
    output = take.with_name("b.take.npz")
    given = ("edit", take, "--mirror", "-o", output)
    done = _run(_MAIN, *given, PYTHONIOENCODING=encoding)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert output.is_file()
    assert "a.take.npz" in _run(_MAIN, "info", take, PYTHONIOENCODING=encoding).stdout
    gone = _run(_MAIN, "info", take.with_name("gone"), PYTHONIOENCODING=encoding)
    assert (gone.returncode, gone.stderr.count("\n")) == (5, 1)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_change_no_exit_code_and_get_into_no_file(closed: str, take: Path) -> None:
    output = take.with_name("b.take.npz")
    done = _shell(f'"$@" {closed}', "edit", take, "--mirror", "-o", output)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert _shell('"$@"', "info", output).returncode == 0
    assert _shell(f'"$@" {closed}', "info", take.with_name("gone")).returncode == 5
    assert _shell(f'"$@" {closed}', "info", "--what").returncode == 2


def test_a_stream_closed_before_the_start_is_not_taken_by_the_next_file(tmp_path: Path) -> None:
    body = f"with open({str(tmp_path / 'f')!r}, 'w'): os.write(2, b'a library speaks')"
    command = [sys.executable, "-c", _executing(body)]
    subprocess.run(["sh", "-c", '"$@" 2>&-', "sh", *command], check=True, timeout=60)
    assert (tmp_path / "f").read_bytes() == b""


def test_the_process_ends_with_what_was_left_for_the_end_and_with_threads_at_work(
    tmp_path: Path,
) -> None:
    body = f"""\
import atexit, threading
atexit.register(lambda: open({str(tmp_path / "end")!r}, 'w').close())
if arguments.works:
    def work():
        time.sleep(0.3)
        open({str(tmp_path / "work")!r}, 'w').close()
    threading.Thread(target=work).start()
print('done')
"""
    told = "parser.add_argument('--works', action='store_true')"
    script = _executing(body).replace("    return parser", f"    {told}\n    return parser")
    for given, left in (((), ["end"]), (("--works",), ["end", "work"])):
        done = _run(script, *given)
        assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
        assert sorted(one.name for one in tmp_path.iterdir()) == left


def test_a_reader_that_goes_away_is_no_error_with_a_traceback(take: Path) -> None:
    line = '{ "$@"; echo "code $?" >&2; } | true'
    done = _shell(line, "models", "list")
    assert done.stderr in ("code 130\n", "code 0\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's full device")
@pytest.mark.parametrize("words", [("info", "TAKE"), ("info", "TAKE", "--json"), ("--version",)])
def test_output_that_takes_no_more_is_one_sentence(words: tuple[str, ...], take: Path) -> None:
    done = _shell('"$@" > /dev/full', *(take if word == "TAKE" else word for word in words))
    assert done.returncode == 7
    said = "limn: Can't write the output: No space left on device.\n"
    assert done.stderr.endswith(said)
    assert "Traceback" not in done.stderr


INTERRUPTS = ("SIGINT", "SIGTERM", "SIGHUP")


@pytest.fixture(autouse=True)
def _terminals_hang_up() -> Iterator[None]:
    """Let SIGHUP mean what it does in a terminal, also where these tests run under nohup."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", INTERRUPTS)
@pytest.mark.parametrize("module", ["argparse", "numpy", "limn.cli.clips.estimate", "numpy.linalg"])
def test_an_interrupt_while_modules_load_ends_by_a_sentence(name: str, module: str) -> None:
    script = (
        "import os, signal, sys\n"
        "class Finder:\n"
        "    @staticmethod\n"
        "    def find_spec(wanted, path=None, target=None):\n"
        f"        if wanted == {module!r}: os.kill(os.getpid(), signal.{name})\n"
        "sys.meta_path.insert(0, Finder)\n"
        "from limn.cli import starting\n"
        "sys.exit(starting.main())\n"
    )
    done = _run(script, "--help")
    assert done.returncode == 130
    assert done.stderr == "limn: Cancelled; no half-finished file was left.\n"


@pytest.mark.parametrize("name", INTERRUPTS)
def test_an_interrupt_after_the_end_changes_nothing(name: str) -> None:
    body = (
        "import atexit\n"
        f"atexit.register(lambda: os.kill(os.getpid(), signal.{name}))\n"
        "print('done')"
    )
    done = _run(_executing(body))
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.parametrize("name", INTERRUPTS)
def test_work_that_never_asks_is_interrupted_all_the_same(name: str) -> None:
    body = f"os.kill(os.getpid(), signal.{name})\nwhile True: time.sleep(0.01)"
    done = _run(_executing(body))
    assert done.returncode == 130
    assert done.stderr == "limn: Cancelled; no half-finished file was left.\n"


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGKILL"])
def test_native_code_that_crashes_is_one_sentence(name: str) -> None:
    done = _run(_executing(f"os.kill(os.getpid(), signal.{name})"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"limn: The run broke down ({name}).\n"


def test_whoever_kills_the_command_kills_all_of_it() -> None:
    body = "print(os.getpid(), flush=True)\ntime.sleep(60)"
    command = [sys.executable, "-c", _executing(body)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        worker = int(run.stdout.readline())
        assert worker != run.pid
        run.kill()
        # The pipe ends when nobody holds it any more, a moment before the process is gone.
        assert run.stdout.read() == ""
    for _ in range(600):
        if not _runs(worker):
            return
        time.sleep(0.05)
    pytest.fail("the run goes on without the command")


@pytest.mark.parametrize("name", INTERRUPTS)
def test_a_signal_to_the_command_reaches_the_run(name: str) -> None:
    body = "print('begun', flush=True)\nwith cancellation.interruptible(): time.sleep(60)"
    command = [sys.executable, "-c", _executing(body)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(getattr(signal, name))
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said == "limn: Cancelled; no half-finished file was left.\n"


def _runs(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and ") Z " not in state.read_text()


def test_too_little_memory_is_one_sentence() -> None:
    done = _run(_executing("raise MemoryError"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "memory" in done.stderr


def test_native_code_that_never_comes_back_is_left() -> None:
    body = (
        "signal.siginterrupt(signal.SIGINT, False)\n"
        "ends, library = os.pipe(), ctypes.CDLL(None)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "library.read(ends[0], ctypes.create_string_buffer(8), 8)"
    )
    done = _run(_executing(body))
    assert done.returncode == 130
    assert done.stderr.startswith("limn: Cancelled by force")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("given", [("info",), ("nothing",), ("info", "x", "--y\x1b[31m\n")])
def test_a_wrong_command_line_is_one_sentence(given: tuple[str, ...]) -> None:
    done = _run(_MAIN, *given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("limn: ")
    assert "\x1b" not in done.stderr


_WARNING = """
import sys, warnings
from limn.cli import main, starting
main.run = lambda: warnings.warn("overflow in a broken file", RuntimeWarning) or 0
sys.exit(starting.main())
"""


def test_what_libraries_warn_of_is_not_shown() -> None:
    for options, shown in (([], ""), (["-W", "default"], "overflow in a broken file")):
        command = [sys.executable, *options, "-c", _WARNING]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stderr == "") if not shown else (shown in done.stderr)
