"""Takes come back bit by bit; anything else is refused with one sentence."""

from __future__ import annotations

import os
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from limn.core.data.errors import OutputError
from limn.core.data.observations import Observed
from limn.core.data.safe_text import MOST_OF_A_NAME
from limn.core.data.take_file import load_take, save_take
from synthetic_take import assert_one_sentence, some_person, some_take


@pytest.mark.parametrize(
    ("written", "read"),
    {
        "tab\tand\nline": r"tab\tand\nline",
        "\x1b[31mred": r"\x1b[31mred",
        "a\u202eb": r"a\u202eb",
    }.items(),
)
def test_names_come_back_fit_for_scenes_files_and_terminals(
    tmp_path: Path, written: str, read: str
) -> None:
    take = some_take(1)
    save_take(replace(take, people=(replace(take.people[0], name=written),)), tmp_path / "a.npz")
    assert load_take(tmp_path / "a.npz").people[0].name == read
    long = replace(take.people[0], name="x" * 70_000)
    save_take(replace(take, people=(long,)), tmp_path / "a.npz")
    assert len(load_take(tmp_path / "a.npz").people[0].name) == MOST_OF_A_NAME


@pytest.mark.parametrize("people", [0, 1, 2])
def test_a_take_comes_back_bit_by_bit(tmp_path: Path, people: int) -> None:
    take = some_take(people)
    save_take(take, tmp_path / "a.npz")
    back = load_take(tmp_path / "a.npz")
    assert back.clip == take.clip
    assert (back.settings, back.report, back.warnings) == (
        take.settings,
        take.report,
        take.warnings,
    )
    assert (back.camera.size_px, back.camera.focal_doubt) == (take.camera.size_px, 0.07)
    pairs: list[tuple[Any, Any]] = [(take, back), (take.camera, back.camera)]
    pairs += list(zip(take.people, back.people, strict=True))
    for before, after in pairs:
        for field in fields(before):
            one, two = getattr(before, field.name), getattr(after, field.name)
            if isinstance(one, np.ndarray):
                assert one.dtype == two.dtype, field.name
                assert one.tobytes() == two.tobytes(), field.name
    assert [p.name for p in back.people] == [p.name for p in take.people]
    assert [p.height_m for p in back.people] == [p.height_m for p in take.people]


def test_takes_hold_no_pickles(tmp_path: Path) -> None:
    save_take(some_take(), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as npz:
        assert all(npz[name].dtype.kind in "fiubU" for name in npz.files)
        assert "allow_pickle" not in npz.files


def test_saving_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    save_take(some_take(1), tmp_path / "a.npz")
    save_take(some_take(2), tmp_path / "a.npz")
    assert len(load_take(tmp_path / "a.npz").people) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_a_full_disk_leaves_the_old_take_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_take(some_take(1), tmp_path / "a.npz")

    def full(stream: BinaryIO, *_array: object, **_named: object) -> None:
        stream.write(b"PK")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        save_take(some_take(2), tmp_path / "a.npz")
    assert_one_sentence(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
    assert len(load_take(tmp_path / "a.npz").people) == 1


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        save_take(some_take(), tmp_path / "nowhere" / "a.npz")
    assert_one_sentence(caught.value)


def test_a_file_for_a_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError) as caught:
        save_take(some_take(), tmp_path / "notes.txt" / "a.npz")
    assert_one_sentence(caught.value)


def test_a_folder_in_the_way_is_one_sentence_and_no_part_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.npz").mkdir()
    with pytest.raises(OutputError) as caught:
        save_take(some_take(), tmp_path / "a.npz")
    assert_one_sentence(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.skipif(os.name == "nt", reason="folders have no write bit there")
def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(locked, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(OutputError) as caught:
            save_take(some_take(), locked / "a.npz")
        assert_one_sentence(caught.value)
    finally:
        locked.chmod(stat.S_IRWXU)


def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(stream: BinaryIO, *_array: object, **_named: object) -> None:
        stream.write(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_take(some_take(), tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


def test_stages_refuse_arrays_of_the_wrong_shape_by_name() -> None:
    person = some_person("A", 4)
    with pytest.raises(ValueError, match=r"Person.contact has shape \(4, 2\), expected \(4, 4\)"):
        replace(person, contact=np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match=r"Person.frames must increase"):
        replace(person, frames=np.array([0, 2, 2, 3], np.int32))
    with pytest.raises(ValueError, match=r"Person.root_xyz_world.*not finite"):
        replace(person, root_xyz_world=np.full((4, 3), np.inf, np.float32))
    for name in ("contact", "xy_px", "xy_score"):
        with pytest.raises(ValueError, match=f"Person.{name}.*not finite"):
            replace(person, **{name: np.full_like(getattr(person, name), np.nan)})
    take = some_take(0)
    with pytest.raises(ValueError, match=r"Take.time_s must increase"):
        replace(take, time_s=np.zeros(20))
    with pytest.raises(ValueError, match=r"Take.time_s.*not finite"):
        replace(take, time_s=np.where(np.arange(20) == 19, np.inf, np.arange(20.0)))
    with pytest.raises(ValueError, match=r"Take.T_world_shots.*not finite"):
        replace(take, cuts=np.array([1]), T_world_shots=np.full((1, 4, 4), np.nan))
    seen = Observed(take.time_s, take.source_frame, ())
    with pytest.raises(ValueError, match=r"Observed.source_frame has shape"):
        replace(seen, source_frame=take.source_frame[1:])
    with pytest.raises(ValueError, match=r"Observed.lines.*not finite"):
        replace(seen, lines=np.full((2, 5), np.nan, np.float32))
    with pytest.raises(ValueError, match="outside the clip"):
        replace(some_take(1), time_s=np.zeros(3), source_frame=np.zeros(3, np.int32))
