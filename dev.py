#!/usr/bin/env python3
"""Sets Limn up, runs its demo and its tests. Needs Python 3.11 or 3.13 and nothing else.

python3 dev.py setup      make .venv with Blender's module, the limn command and the test tools
python3 dev.py demo       setup, then estimate the clip in examples/, build a .blend, draw a preview
python3 dev.py test       setup, then ruff, pyright and the tests, without and inside Blender
python3 dev.py lint       setup, then ruff and pyright
python3 dev.py extension  setup, then build the extension's zip for every platform
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent

BLENDER_MODULE = {(3, 11): "bpy==4.5.15", (3, 13): "bpy==5.2.3"}

# Installed without their requirements: cv2 asks for a newer numpy than Blender 4.5 has and runs
# with either; onnxruntime needs no more than these two.
NETWORK_RUNTIME = (
    "onnxruntime==1.31.1",
    "flatbuffers==25.12.19",
    "packaging==26.3",
    "opencv-python-headless==5.0.0.93",
    "av==18.1.0",  # reads videos: OpenCV 5 hands on unwritten memory for interlaced ones
)
# The programs that read back what Limn exports, for the tests; nothing but numpy is under them.
READERS = ("trimesh==5.2.0", "ezc3d==1.7.2", "pycocotools==2.0.11")
TOOLS = (
    "rich>=13",
    "pytest>=8",
    "pytest-xdist>=3.6",
    "ruff>=0.8",
    "pyright[nodejs]>=1.1.390",
    "hypothesis==6.170.17",
    # Farms that carry a batch's items, run here on one machine.
    "distributed==2026.8.0",
    "openjd-cli==0.8.0",
)

# What the setup tries last; by Limn's own door, which keeps the runtime's telemetry off.
IMPORTS = "import av, bpy, cv2, limn.models.onnx_runtime as door; door.load_onnxruntime()"

# Blender 4.5 and 5.2 bring different numpys, whose types differ; pyright reads this one's.
NUMPY_TYPES = "numpy==2.4.6"

# What Blender's module links to, and the Debian packages that hold it.
SHARED_LIBRARIES = (
    "libX11.so.6 libXrender.so.1 libXfixes.so.3 libXi.so.6 libxkbcommon.so.0 libSM.so.6 libGL.so.1 "
    "libEGL.so.1 libXxf86vm.so.1 libgomp.so.1"
).split()
DEBIAN_LIBRARIES = (
    "libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libgl1 libegl1 libgl1-mesa-dri "
    "libxxf86vm1 libgomp1"
).split()

TESTS_TIMEOUT_S = 900


class SetupError(Exception):
    """Something a person has to do first; the text says what."""


def main() -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("setup", "demo", "test", "lint", "extension"))
    parser.add_argument("--venv", default=".venv", metavar="DIR", help="default: .venv")
    arguments, rest = parser.parse_known_args()
    if rest and arguments.command not in ("test", "extension"):
        parser.error(f"unknown option {rest[0]}")
    os.chdir(ROOT)
    try:
        python = set_up(Path(arguments.venv))
        if arguments.command == "demo":
            return demo(python)
        if arguments.command == "lint":
            return report_failures(lint(python))
        if arguments.command == "test":
            return test(python, rest)
        if arguments.command == "extension":
            return run(python, "tools/release/build_extension.py", *rest)
        say(f"Ready: {python.parent / 'limn'}")
        return 0
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Print at once, so that it stands before what a started program prints."""
    print(text, flush=True)


def run(*command: str | Path, timeout_s: float | None = None) -> int:
    """Run a program to its end and return its exit code, 124 when it took longer than allowed."""
    try:
        return subprocess.run(
            [str(part) for part in command], check=False, timeout=timeout_s
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"dev.py: stopped after {timeout_s:g} s: {command[-1]}", file=sys.stderr)
        return 124


# --- setup ---------------------------------------------------------------------------------------


def set_up(venv: Path) -> Path:
    """Make or refresh the virtual environment and return its Python. Raises SetupError."""
    version = sys.version_info[:2]
    if version not in BLENDER_MODULE:
        raise SetupError(
            f"Limn needs Python 3.11 or 3.13, the ones that Blender's module exists for; this is "
            f"{version[0]}.{version[1]}. Run 'python3.11 dev.py' or 'python3.13 dev.py'."
        )
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = venv / "limn-setup.txt"
    wanted = fingerprint()
    if python.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    started_s = time.monotonic()
    need_system_packages()
    make_venv(venv, python)
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    blender = BLENDER_MODULE[version]
    say(f"Installing Blender as a Python module ({blender}, about 400 MB) and the tools ...")
    # No cache: the wheel would lie on the disk twice.
    check(run(*pip, "--no-cache-dir", blender, *TOOLS), "install Blender's module")
    check(run(*pip, "--no-deps", *NETWORK_RUNTIME), "install the network runtime")
    check(run(*pip, "--no-deps", *READERS), "install the readers of exported files")
    check(run(*pip, "--no-deps", "--editable", "."), "install Limn itself")
    check(run(python, "-c", IMPORTS), "import what was installed")
    stamp.write_text(wanted, "utf-8")
    say(f"Set up {venv} in {time.monotonic() - started_s:.0f} s.")
    return python


def fingerprint() -> str:
    """What the environment was made from; another text means that it is made anew."""
    parts = [sys.version, str(ROOT), *NETWORK_RUNTIME, *TOOLS, *READERS]
    parts += BLENDER_MODULE.values()
    parts += [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "setup.py")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check(exit_code: int, what: str) -> None:
    """Raise SetupError when a step of the setup failed; the program itself said why."""
    if exit_code != 0:
        raise SetupError(f"Could not {what}; see above.")


def make_venv(venv: Path, python: Path) -> None:
    """Make the virtual environment when there is none of this Python. Raises SetupError."""
    if python.exists():
        made_by = subprocess.run(
            [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            check=False, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        if made_by == "{}.{}".format(*sys.version_info[:2]):
            return
        if made_by:
            raise SetupError(f"{venv} is for Python {made_by}; remove it, or add --venv OTHER.")
    check(run(sys.executable, "-m", "venv", "--clear", venv), f"make {venv}")


def need_system_packages() -> None:
    """See that what comes from the system is there, else install it. Raises SetupError."""
    missing = []
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        missing.append("python{}.{}-venv".format(*sys.version_info[:2]))
    if sys.platform.startswith("linux") and not all(map(can_load, SHARED_LIBRARIES)):
        missing += DEBIAN_LIBRARIES
    if not missing:
        return
    names = " ".join(missing)
    if shutil.which("apt-get") is None:
        raise SetupError(f"Install what Debian calls {names} first.")
    if os.geteuid() != 0:
        raise SetupError(f"Missing on this system; run: sudo apt-get install {names}")
    say(f"Installing Debian packages: {names}")
    check(apt_install(missing), f"install {names}")


def apt_install(packages: Sequence[str]) -> int:
    """Install Debian packages, without a question; returns apt-get's exit code."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    apt = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")
    return run(*apt, "update") or run(
        *apt, "install", "--yes", "--no-install-recommends", *packages
    )


def can_load(library: str) -> bool:
    """Whether the system has a shared library."""
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# --- commands ------------------------------------------------------------------------------------


def demo(python: Path) -> int:
    """From the clip in examples/ to a take, a .blend and a preview in out/."""
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    clip, take = Path("examples/park.mp4"), Path("out/demo.take.npz")
    limn = (python, "-m", "limn.cli")
    steps = (
        (*limn, "estimate", clip, "-o", take, "--fov", "38.7"),
        (*limn, "build", take, "-o", "out/demo.blend"),
        (*limn, "preview", take, "-o", "out/demo.mp4"),
    )
    for step in steps:
        if (exit_code := run(*step)) != 0:
            return exit_code
    say("Open out/demo.blend in Blender, or watch out/demo.mp4.")
    return 0


def lint(python: Path) -> list[str]:
    """Run ruff and pyright; returns the names of those that complained."""
    say("--- ruff, pyright")
    failed = [] if run(python, "-m", "ruff", "check", ".") == 0 else ["ruff"]
    types = ROOT / "build" / "types"
    if not (types / "numpy").is_dir():
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        check(run(*pip, "--no-deps", "--target", types, NUMPY_TYPES), "install numpy's types")
    if run(python, "-m", "pyright", "--level", "error", "--pythonpath", python) != 0:
        failed.append("pyright")
    return failed


def want_strace() -> None:
    """Install the program that some tests watch whole runs with, where that needs nobody's leave.

    Without it those tests are skipped and say so.
    """
    is_there = shutil.which("strace") is not None or not sys.platform.startswith("linux")
    if is_there or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    say("Installing the Debian package strace for the tests")
    apt_install(["strace"])


def test(python: Path, extra: Sequence[str]) -> int:
    """Lint, the tests without Blender, and in a process of their own those inside Blender."""
    want_strace()
    failed = lint(python)
    say("--- tests without Blender")
    # A file's tests stay in one process, which makes what they share once. One process more than
    # cores fills the time in which a test waits; more than four only wait for each other's memory.
    processes = str(min(4, (os.cpu_count() or 1) + 1))
    pytest = (python, "-m", "pytest", "-n", processes, "--dist", "loadfile", *extra)
    if run(*pytest, "tests", "--ignore=tests/blender", timeout_s=TESTS_TIMEOUT_S) != 0:
        failed.append("tests without Blender")
    say("--- tests inside Blender")
    if run(*pytest, "tests/blender", timeout_s=TESTS_TIMEOUT_S) != 0:
        failed.append("tests inside Blender")
    return report_failures(failed)


def report_failures(failed: Sequence[str]) -> int:
    """Name what failed, if anything, and return the exit code."""
    if failed:
        print(f"dev.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
