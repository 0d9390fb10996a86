"""The one writer of files: all or nothing, whatever happens meanwhile."""

from __future__ import annotations

import ast
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import OutputError
from limn.core.data.writing import (
    new_file,
    replacing,
    replacing_from_folder,
    write_bytes,
    write_npz,
    write_text,
)
from synthetic_take import assert_one_sentence

posix_only = pytest.mark.skipif(os.name != "posix", reason="links, modes and signals of Unix")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(OutputError) as caught:
        write()
    assert_one_sentence(caught.value)
    return str(caught.value)


def test_text_and_arrays_arrive_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ünïcode\n")
    assert (tmp_path / "a.txt").read_bytes() == "ünïcode\n".encode()
    arrays = {
        "xyz": np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32),
        "columns": np.asfortranarray(np.arange(12).reshape(3, 4)),
        "words": np.array("Tänzerin"),
        "none": np.zeros((0, 3)),
    }
    for is_packed in (True, False):
        write_npz(tmp_path / "a.npz", arrays, is_packed=is_packed)
        with np.load(tmp_path / "a.npz", allow_pickle=False) as read:
            assert set(read.files) == set(arrays)
            for name, array in arrays.items():
                np.testing.assert_array_equal(read[name], array)
                assert read[name].dtype == array.dtype
    assert names(tmp_path) == ["a.npz", "a.txt"]


def test_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_npz(tmp_path / "a.npz", {"a": np.array([object()])})
    assert names(tmp_path) == []


def test_what_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def stop_in_the_middle() -> None:
        with new_file(path) as stream:
            stream.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_the_temporary_file_lies_beside_with_the_suffix_and_a_name_of_its_own(
    tmp_path: Path,
) -> None:
    target = tmp_path / ("n" * 246 + ".take.npz")  # as long as names may be
    with replacing(target) as one, replacing(target) as other:
        assert one.parent == other.parent == tmp_path
        assert one.suffix == other.suffix == ".npz"
        assert len({one, other, target}) == 3
        np.savez(one, a=np.zeros(3))
        np.savez(other, a=np.ones(3))
    assert names(tmp_path) == [target.name]
    assert np.load(target)["a"].tolist() == [0, 0, 0], "the last to end stays"


@posix_only
def test_a_link_at_the_temporary_name_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", "utf-8")
    monkeypatch.setattr(secrets, "token_hex", lambda _size: "00000000")
    with replacing(tmp_path / "probe.txt") as temporary:
        planted = temporary
        temporary.write_text("probe", "utf-8")
    planted.symlink_to(victim)
    refused(lambda: write_text(tmp_path / "a.txt", "text"))
    planted.unlink(missing_ok=True)
    planted.write_text("somebody's", "utf-8")
    refused(lambda: write_text(tmp_path / "a.txt", "text"))
    assert planted.read_text("utf-8") == "somebody's"
    assert victim.read_text("utf-8") == "precious"
    assert not (tmp_path / "a.txt").exists()


@posix_only
def test_a_link_at_the_target_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "far.txt").write_text("far", "utf-8")
    for name, make in (("soft.txt", os.symlink), ("hard.txt", os.link)):
        make(tmp_path / "far.txt", tmp_path / name)
        write_text(tmp_path / name, "near")
        assert (tmp_path / name).read_text("utf-8") == "near"
        assert not (tmp_path / name).is_symlink()
        assert (tmp_path / "far.txt").read_text("utf-8") == "far"


@posix_only
def test_permissions_are_the_earlier_files_or_the_usual(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    before = os.umask(0o027)
    try:
        write_text(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        seen = []
        with replacing(path) as temporary:
            seen.append(stat.S_IMODE(temporary.stat().st_mode))
            temporary.unlink()  # some libraries make the file anew
            temporary.write_text("newer", "utf-8")
        assert seen == [0o604]
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
        with replacing_from_folder(tmp_path / "b.txt") as inner:
            inner.write_text("b", "utf-8")
        assert stat.S_IMODE((tmp_path / "b.txt").stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_what_may_not_be_replaced_stays(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "kept.txt").write_text("kept", "utf-8")
    (tmp_path / "kept.txt").chmod(0o444)
    assert "is a folder" in refused(lambda: write_text(tmp_path / "folder.txt", ""))
    assert "read-only" in refused(lambda: write_text(tmp_path / "kept.txt", "new"))
    assert "does not exist" in refused(lambda: write_text(tmp_path / "no" / "a.txt", "new"))
    assert "Can't write" in refused(lambda: write_text(tmp_path / ("n" * 300), "new"))
    assert "name" in refused(lambda: write_text(tmp_path / "a\0b", "new"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.txt")
        assert "no ordinary file" in refused(lambda: write_text(tmp_path / "pipe.txt", "new"))
    assert (tmp_path / "kept.txt").read_text("utf-8") == "kept"
    (tmp_path / "kept.txt").chmod(0o644)


def test_a_check_that_fails_keeps_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(b"old")

    def write(data: bytes) -> None:
        with replacing(path, lambda temporary: temporary.stat().st_size > 3) as temporary:
            temporary.write_bytes(data)

    assert "disk may be full" in refused(lambda: write(b"cut"))
    assert path.read_bytes() == b"old"
    write(b"whole")
    assert path.read_bytes() == b"whole"
    assert "disk may be full" in refused(lambda: write_bytes(path, b"")), "empty is never whole"


def test_a_library_may_put_more_beside_what_it_writes(tmp_path: Path) -> None:
    with replacing_from_folder(tmp_path / "a.txt") as inner:
        assert inner.name == "a.txt"
        inner.write_text("a", "utf-8")
        (inner.parent / "textures").mkdir()
    assert names(tmp_path) == ["a.txt"]

    def write_nothing() -> None:
        with replacing_from_folder(tmp_path / "b.txt"):
            pass

    refused(write_nothing)
    assert names(tmp_path) == ["a.txt"]


@posix_only
@pytest.mark.parametrize("room", [0, 100, 5000])
def test_a_write_that_fails_says_one_sentence_and_nothing_else(tmp_path: Path, room: int) -> None:
    script = f"""
import resource, numpy as np
from limn.core.data.writing import write_npz
from limn.core.data.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
numbers = np.random.default_rng(0).normal(size=9999)
try:
    write_npz({str(tmp_path / "a.npz")!r}, {{"a": numbers, "b": numbers}})
except OutputError as error:
    print(error)
"""
    (tmp_path / "a.npz").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"Can't write {tmp_path / 'a.npz'}: File too large.\n"
    assert done.stderr == ""
    assert (tmp_path / "a.npz").read_bytes() == b"old"
    assert names(tmp_path) == ["a.npz"]


_ROOT = Path(__file__).resolve().parents[2]
_OWN_TEMPORARIES = {
    "core/data/profiling/resting.py",
    "cli/sharing/leases.py",
    "cli/farms/report_page.py",
    "operators/help/manual.py",
    "operators/help/pages.py",
    "media/writing/writers.py",
    "models/user/download.py",
    "models/user/library.py",
    "models/user/locking.py",
}
"""Where a file of the writer's, or what is kept of a download, is filled; a lease, which is all a
file is there for; folders of Limn's own for pictures and the manual's pages; and files without a
name that hold arrays."""


def _writes(call: ast.Call) -> bool:
    """Whether a call writes a file, or puts one in another's place, by itself."""
    name = ast.unparse(call.func)
    if name.endswith((".savez", ".savez_compressed", ".write_text", ".write_bytes")):
        return True
    if name in ("os.replace", "os.rename", "shutil.move") or "tempfile." in name:
        return True
    if name != "open" and not name.endswith(".open"):
        return False
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    modes += [k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)]
    is_mode = [mode for mode in modes if isinstance(mode, str) and set(mode) <= set("rwaxbt+")]
    return bool(set("".join(is_mode)) & set("wax+")) and "devnull" not in ast.unparse(call)


def test_nobody_writes_files_but_the_writer() -> None:
    found = set()
    for room in ("core", "media", "models", "scene", "operators", "cli"):
        for file in (_ROOT / room).rglob("*.py"):
            name = file.relative_to(_ROOT).as_posix()
            calls = [
                n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)
            ]
            if not name.startswith("core/data/writing/") and any(map(_writes, calls)):
                found.add(name)
    assert found == _OWN_TEMPORARIES
