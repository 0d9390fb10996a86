"""Commands on a full disk, killed in the middle, two at once; tools/faults has the long runs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from fake_networks import make_clip
from limn.core.data.take_file import save_take
from limn.media.writing.writers import open_writer
from limn.tools.faults import full_disk
from limn.tools.faults.kills import kill_one
from limn.tools.faults.runs import Case, cases, run_limn
from limn.tools.faults.writers import run_pair

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of Unix")
in_blender = pytest.mark.bpy
Place = tuple[Path, Path]
_TAKE = "walk.take.npz"


@pytest.fixture
def places(tmp_path: Path) -> Place:
    """A folder with a clip and its take, and one for temporary files."""
    folder, scratch = tmp_path / "work", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    save_take(make_clip(folder / "walk.mp4"), folder / _TAKE)
    return folder, scratch


def case_of(name: str) -> Case:
    found = cases((name,))
    if not found:
        pytest.skip(f"{name} needs a package that isn't here")
    return found[0]


@pytest.mark.parametrize("name", ["edit", "bvh", "pc2", "c3d", "mp4", "gif", "png"])
def test_a_full_disk_is_told_and_the_earlier_file_stays(places: Place, name: str) -> None:
    limited = full_disk._limited_files
    assert full_disk.try_levels(case_of(name), *places, 1, limited) == []


@pytest.mark.skipif(not full_disk._can_mount(), reason="no small disk can be mounted")
@pytest.mark.parametrize("name", ["edit", "mp4"])
def test_a_small_disk_is_told_and_the_earlier_file_stays(places: Place, name: str) -> None:
    assert full_disk.try_levels(case_of(name), *places, 1, full_disk._small_disk) == []


@in_blender
@pytest.mark.parametrize("name", ["fbx", "glb", "usdc", "abc", "blend"])
def test_blenders_exporters_tell_a_full_disk(places: Place, name: str) -> None:
    limited = full_disk._limited_files
    assert full_disk.try_levels(case_of(name), *places, 1, limited) == []


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
@pytest.mark.parametrize("name", ["mp4", "pc2"])
def test_a_killed_run_loses_nothing(places: Place, name: str, how: str) -> None:
    _, fault = kill_one(case_of(name), how, None, *places)
    assert fault == ""


@in_blender
@pytest.mark.parametrize(
    ("name", "how"), [("fbx", "SIGTERM"), ("abc", "SIGKILL"), ("blend", "SIGINT")]
)
def test_a_killed_run_of_blender_loses_nothing(places: Place, name: str, how: str) -> None:
    _, fault = kill_one(case_of(name), how, None, *places)
    assert fault == ""


@pytest.mark.parametrize(
    ("output", "one", "other"),
    [
        ("out.take.npz", ("edit", _TAKE, "--mirror"), ("edit", _TAKE, "--facing", "90")),
        ("out.mp4", ("preview", _TAKE), ("preview", _TAKE, "--style", "gallery")),
    ],
)
def test_two_runs_may_write_one_file(
    places: Place, output: str, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert run_pair([(*one, "-o", output), (*other, "-o", output)], *places) == ""


def test_a_program_that_lies_about_its_success_is_found_out(
    places: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg 5.1 ends well when the disk fills while it writes the index."""
    folder, scratch = places
    fewer = folder / "fewer.mp4"
    with open_writer(fewer, 25.0, (64, 48)) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    program = folder / "bin" / "ffmpeg"
    program.parent.mkdir()
    whole = folder / "walk.mp4"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *encoder=*) echo Encoder libx264; exit 0;; esac\n'
        'cat > /dev/null\nfor last; do :; done\nhead -c "$BYTES" "$FILM" > "$last"\n',
        "utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    earlier = folder / "out.mp4"
    earlier.write_bytes(b"earlier")
    size = whole.stat().st_size
    for film, count in ((whole, 0), (whole, size // 2), (whole, size - 1), (fewer, 10**6)):
        monkeypatch.setenv("FILM", str(film))
        monkeypatch.setenv("BYTES", str(count))
        ended = run_limn(("preview", _TAKE, "-o", "out.mp4"), folder, scratch)
        assert (ended.code, ended.is_one_sentence) == (7, True), ended.said
        assert earlier.read_bytes() == b"earlier"
    monkeypatch.setenv("FILM", str(whole))
    assert run_limn(("preview", _TAKE, "-o", "out.mp4"), folder, scratch).code == 0
    assert earlier.read_bytes() == whole.read_bytes()
