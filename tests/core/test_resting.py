"""Large arrays that lie on the disk while nobody looks at them."""

from __future__ import annotations

import gc
import mmap
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.profiling import resting
from limn.core.data.profiling.resting import let_rest, rested
from limn.core.data.take_file import load_take, save_take

TAKE = Path(__file__).parents[1] / "data" / "takes" / "walk_v1.take.npz"


def is_on_disk(values: object) -> bool:
    while isinstance(values, np.ndarray):
        values = values.base
    return isinstance(getattr(values, "obj", values), mmap.mmap)


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "_LEAST_BYTES", 64)


@pytest.mark.usefixtures("all_are_large")
def test_what_rests_is_the_same_when_it_is_read_again() -> None:
    values = np.arange(3000, dtype=np.float32).reshape(10, 100, 3).swapaxes(0, 1)
    held = rested(values)
    assert is_on_disk(held)
    assert held.dtype == values.dtype
    let_rest()
    assert np.array_equal(held, values)
    held[3] = 7  # who writes to it finds that again too
    let_rest()
    assert (held[3] == 7).all()


def test_short_arrays_stay_where_they_are() -> None:
    values = np.zeros((300, 33, 3), np.float32)
    assert rested(values) is values


@pytest.mark.usefixtures("all_are_large")
def test_no_more_files_are_open_than_systems_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    monkeypatch.setattr(resting, "_MOST", len(resting._maps) + 2)
    values = np.zeros((300, 33, 3), np.float32)
    held = [rested(values) for _ in range(3)]
    assert [is_on_disk(one) for one in held] == [True, True, False]
    held.clear()
    assert is_on_disk(rested(values))


@pytest.mark.usefixtures("all_are_large")
def test_without_room_on_the_disk_arrays_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    whole = load_take(TAKE)
    monkeypatch.setattr(resting.tempfile, "TemporaryFile", full)
    values = np.zeros((300, 33, 3), np.float32)
    assert rested(values) is values
    held = load_take(TAKE)
    assert not is_on_disk(held.people[0].quat_parent_joint)
    assert np.array_equal(held.people[0].quat_parent_joint, whole.people[0].quat_parent_joint)


@pytest.mark.usefixtures("all_are_large")
def test_a_loaded_take_rests_and_is_saved_as_it_was(tmp_path: Path) -> None:
    take = load_take(TAKE)
    assert take.observed is not None
    seen = next(iter(take.observed.tracks[0].passes.values()))
    assert is_on_disk(seen.xyz_m)
    assert is_on_disk(take.people[0].quat_parent_joint)
    save_take(take, tmp_path / "again.take.npz")
    with np.load(TAKE) as before, np.load(tmp_path / "again.take.npz") as after:
        names = [name for name in before.files if name.startswith(("track_", "person_"))]
        assert names
        assert all(np.array_equal(before[name], after[name]) for name in names)


@pytest.mark.usefixtures("all_are_large")
def test_a_take_that_is_cut_off_is_refused_as_ever(tmp_path: Path) -> None:
    broken = bytearray(TAKE.read_bytes())
    at = broken.find(b"track_0.")
    broken[at + 200 : at + 260] = bytes(60)
    path = tmp_path / "broken.take.npz"
    path.write_bytes(broken)
    with pytest.raises(TakeError, match=r"broken\.take\.npz"):
        load_take(path)
