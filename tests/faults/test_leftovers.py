"""What killed runs leave is swept by its name; what is being written, or a user's, never is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from limn.core.data.errors import OutputError
from limn.core.data.writing import (
    remove_unfinished,
    replacing,
    scratch_folder,
    sweep,
    temporaries,
    write_text,
)
from limn.scene.files.process import ENDS_WITH_STDIN

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of Unix")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_names_of_users_are_nobodys_temporary_files(tmp_path: Path) -> None:
    users = ["a.part.json", "a.json.part", ".limn-mine.json", ".limn-1234-notes", ".limn"]
    for name in users:
        (tmp_path / name).write_text("mine", "utf-8")
        os.utime(tmp_path / name, (0, 0))
    write_text(tmp_path / "a.json", "{}\n")
    sweep(tmp_path)
    assert names(tmp_path) == sorted([*users, "a.json"])
    assert {(tmp_path / name).read_text("utf-8") for name in users} == {"mine"}


_HOLD = """
import sys
import limn.core.data.writing as writing
with writing.replacing({target!r}) as temporary, writing.replacing_from_folder({target!r}) as inner:
    temporary.write_text("half")
    inner.write_text("half")
    print("writing", flush=True)
    sys.stdin.read()
"""


@posix_only
def test_leftovers_of_killed_runs_go_and_files_in_hand_stay(tmp_path: Path) -> None:
    def start() -> subprocess.Popen[bytes]:
        script = _HOLD.format(target=str(tmp_path / "a.txt"))
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe)
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        return process

    lives, dies = start(), start()
    assert len(names(tmp_path)) == 4
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))  # age alone is no reason while the owner can be asked
    dies.kill()
    dies.communicate()
    sweep(tmp_path)
    held = names(tmp_path)
    assert len(held) == 2
    assert all(f"-{lives.pid}-" in name for name in held)
    lives.communicate()
    assert names(tmp_path) == ["a.txt"]


def test_what_the_same_process_writes_stays(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("a", "utf-8")
        os.utime(temporary, (0, 0))
        assert sweep(tmp_path) == 0
    left = temporary.with_name(temporary.name[:-12] + "00000000.txt")
    left.touch()  # an earlier process had the same number
    assert sweep(tmp_path) == (1 if os.name == "posix" else 0)


def test_leftovers_of_other_machines_go_after_a_day(tmp_path: Path) -> None:
    day = 24 * 3600
    now = time.time()
    old, new = tmp_path / ".limn-00000000-1-0000aaaa.npz", tmp_path / ".limn-00000000-1-0000bbbb"
    old.touch()
    new.mkdir()
    (new / "being_written.fbx").touch()
    os.utime(old, (now - 1.1 * day, now - 1.1 * day))
    os.utime(new, (now - 1.1 * day, now - 1.1 * day))
    sweep(tmp_path)
    assert names(tmp_path) == [new.name], "something in it is new"
    os.utime(new / "being_written.fbx", (now - 1.1 * day, now - 1.1 * day))
    os.utime(new, (now - 1.1 * day, now - 1.1 * day))
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_a_write_sweeps_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / ".limn-00000000-1-0000aaaa.blend@"
    left.touch()
    os.utime(left, (0, 0))
    monkeypatch.setattr(temporaries, "_swept_at_s", {})
    write_text(tmp_path / "a.txt", "a")
    assert names(tmp_path) == ["a.txt"]


def test_what_is_unfinished_can_be_removed_at_once(tmp_path: Path) -> None:
    seen = []

    def be_ended() -> None:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("half", "utf-8")
            temporary.with_name(f"{temporary.name}@").touch()  # Blender's
            remove_unfinished()
            seen.extend(names(tmp_path))

    with pytest.raises(OutputError):
        be_ended()
    assert seen == names(tmp_path) == []


def test_a_scratch_folder_is_private_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
        (folder / "a" / "b").mkdir(parents=True)
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert names(tmp_path) == []


def test_a_process_that_ends_leaves_nothing_and_a_fork_leaves_its_parents(tmp_path: Path) -> None:
    script = f"""
import os, sys
from limn.core.data.writing import Unfinished
held = Unfinished({str(tmp_path / "a.txt")!r})
if hasattr(os, "fork") and os.fork() == 0:
    sys.exit()
if hasattr(os, "fork"):
    os.wait()
print(held.path.exists())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "True\n"
    assert names(tmp_path) == []


@posix_only
def test_blenders_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    script = f"""
import threading
from limn.core.data.writing import replacing
from limn.scene.files.process import run_as_process

def main(arguments):
    with replacing({str(tmp_path / "a.blend")!r}) as temporary:
        print(temporary.name, *arguments, flush=True)
        threading.Event().wait()

run_as_process(main)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, "ignored", "--", "take"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, ENDS_WITH_STDIN: "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        name, given = process.stdout.readline().decode().split()
        assert (names(tmp_path), given) == ([name], "take")
        process.stdin.close()
        assert process.wait(60) == 130
    assert names(tmp_path) == []
