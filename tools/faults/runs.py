"""The commands that write, each with what it reads, and running them in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).parents[2]
CLIP: Final = ROOT / "examples" / "walk.mp4"
PATIENCE_S: Final = 300.0
_ONE: Final = ("--person", "1")
_CASES: Final[dict[str, tuple[str, ...]]] = {
    "estimate": ("estimate", "walk.mp4", "--quality", "fast", "--step", "4", "-o", "out.take.npz"),
    "solve": ("solve", "walk.take.npz", "--height", "1.8", "-o", "out.take.npz"),
    "edit": ("edit", "walk.take.npz", "--mirror", "-o", "out.take.npz"),
    "people": ("people", "walk.take.npz", "--rename", "1", "Anna", "-o", "out.take.npz"),
    "bvh": ("export", "walk.take.npz", *_ONE, "--to", "out.bvh"),
    "smpl": ("export", "walk.take.npz", *_ONE, "--to", "out.smpl"),
    "amass": ("export", "walk.take.npz", *_ONE, "--to", "out.amass.npz"),
    "trc": ("export", "walk.take.npz", "--to", "out.trc"),
    "c3d": ("export", "walk.take.npz", "--to", "out.c3d"),
    "csv": ("export", "walk.take.npz", "--to", "out.csv"),
    "json": ("export", "walk.take.npz", "--to", "out.json"),
    "coco": ("export", "walk.take.npz", "--to", "out.coco.json"),
    "obj": ("export", "walk.take.npz", "--last-frame", "0", "--to", "out.obj"),
    "ply": ("export", "walk.take.npz", "--last-frame", "0", "--to", "out.ply"),
    "still glb": ("export", "walk.take.npz", "--last-frame", "0", "--still", "--to", "out.glb"),
    "pc2": ("export", "walk.take.npz", *_ONE, "--to", "out.pc2"),
    "mdd": ("export", "walk.take.npz", *_ONE, "--to", "out.mdd"),
    "mp4": ("preview", "walk.take.npz", "-o", "out.mp4"),
    "gif": ("preview", "walk.take.npz", "-o", "out.gif"),
    "png": ("preview", "walk.take.npz", "-o", "out.png"),
    "compare": ("compare", "walk.mp4", "--qualities", "fast", "--step", "8", "-o", "out.png"),
    "bench": ("bench", "bench", "--quality", "fast", "--out", "."),
    "map": (
        *("retarget", "walk.take.npz", "--rig", "rig.blend", "--armature", "Person 1"),
        *("-o", "rigged.blend", "--save-map", "out.json"),
    ),
    "blend": ("build", "walk.take.npz", "-o", "out.blend"),
    "retarget": (
        *("retarget", "walk.take.npz", "--rig", "rig.blend", "--armature", "Person 1"),
        *("-o", "out.blend"),
    ),
    **{
        suffix: ("export", "walk.take.npz", "--to", f"out.{suffix}")
        for suffix in ("fbx", "glb", "usdc", "usd", "abc")
    },
}
_IN_BLENDER: Final = ("map", "blend", "retarget", "fbx", "glb", "usdc", "usd", "abc")


@dataclass(frozen=True, slots=True)
class Case:
    """A command line whose result is the file ``output``; ``others`` may be written too."""

    name: str
    arguments: tuple[str, ...]
    output: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended and what it said."""

    code: int
    said: str

    @property
    def is_one_sentence(self) -> bool:
        """Whether a failed run said one sentence and nothing beside it."""
        return len(self.said.strip().splitlines()) == 1 and self.said.startswith("limn: ")


def cases(named: Sequence[str] | None = None) -> list[Case]:
    """All commands that can run here, or those of them that are ``named``."""
    chosen = []
    for name, arguments in _CASES.items():
        if named is not None and name not in named:
            continue
        if name in _IN_BLENDER and find_spec("bpy") is None and shutil.which("blender") is None:
            continue
        if (name == "c3d" and find_spec("ezc3d") is None) or (
            name in ("obj", "ply", "still glb") and find_spec("trimesh") is None
        ):
            continue
        output = next((a for a in arguments if a.startswith("out.")), "walk.npz")
        others = ("rigged.blend",) if name == "map" else ()
        chosen.append(Case(name, arguments, output, others))
    return chosen


def make_inputs(folder: Path) -> None:
    """Put into ``folder`` what the commands read: a clip, its take, a rig and a benchmark."""
    shutil.copy(CLIP, folder / CLIP.name)
    bench = folder / "bench" / "group" / "walk"
    bench.mkdir(parents=True)
    shutil.copy(CLIP, bench / "video.mp4")
    np.savez(bench / "gt.npz", K=np.array([[1255.0, 0, 640], [0, 1255.0, 360], [0, 0, 1.0]]))
    needed: list[tuple[str, ...]] = [
        ("estimate", "walk.mp4", "--quality", "fast", "-o", "walk.take.npz")
    ]
    if cases(("blend",)):
        needed.append(("build", "walk.take.npz", "-o", "rig.blend"))
    for arguments in needed:
        ended = run_limn(arguments, folder, folder)
        if ended.code:
            raise RuntimeError(f"limn {' '.join(arguments)}: {ended.said}")


def command(arguments: Sequence[str]) -> list[str]:
    """The command line of ``limn`` in this Python."""
    return [sys.executable, "-m", "limn.cli", *arguments]


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a run whose temporary files go to ``scratch``."""
    return {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}


def run_limn(
    arguments: Sequence[str],
    folder: Path,
    scratch: Path,
    before: Callable[[], object] | None = None,
) -> Ended:
    """Run ``limn`` in ``folder`` to its end; ``before`` is called in the new process."""
    done = subprocess.run(
        command(arguments),
        cwd=folder,
        env=environment(scratch),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=before,
        timeout=PATIENCE_S,
        check=False,
    )
    return Ended(done.returncode, done.stderr.decode("utf-8", "replace"))


def wait_for_group(group: int) -> None:
    """Wait until no process of the process group ``group`` runs any more."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise RuntimeError(f"The processes of group {group} don't end.")


@contextmanager
def workplace() -> Iterator[tuple[Path, Path]]:
    """A folder with all inputs, and an empty one for temporary files."""
    with tempfile.TemporaryDirectory() as parent:
        folder, scratch = Path(parent) / "work", Path(parent) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        make_inputs(folder)
        yield folder, scratch
