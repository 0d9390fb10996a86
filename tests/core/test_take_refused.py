"""Whatever isn't a whole take of this version or older is refused with one sentence."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.take_file import VERSION, load_take, save_take
from synthetic_take import assert_one_sentence, some_take


def rewritten(path: Path, change: dict[str, Any]) -> Path:
    """A take whose header has other values."""
    save_take(some_take(), path)
    with np.load(path) as npz:
        arrays = {name: npz[name] for name in npz.files}
    header = json.loads(str(arrays.pop("header"))) | change
    np.savez(path, header=np.array(json.dumps(header)), **arrays)
    return path


def test_newer_takes_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"newer Limn.*update Limn") as caught:
        load_take(rewritten(tmp_path / "a.npz", {"version": VERSION + 1}))
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": "two"},
        {"version": None},
        {"people": [{"name": "x"}]},
        {"people": [{"name": f"{i}", "height_m": 1.0} for i in range(9)]},
        {"people": 7},
        {"clip": {}},
        {"clip": []},
        {"camera": {"size_px": 3, "focal_doubt": 0.1}},
    ],
)
def test_damaged_headers_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(TakeError) as caught:
        load_take(rewritten(tmp_path / "a.npz", change))
    assert_one_sentence(caught.value)


def _text(path: Path) -> None:
    path.write_text("this is no take")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    np.savez(path, poses=np.zeros((3, 4)))


def _one_array(path: Path) -> None:
    with path.open("wb") as stream:
        np.save(stream, np.zeros(3))


def _objects(path: Path) -> None:
    np.savez(path, header=np.array([{"format": "limn-take"}], dtype=object))


def _half(path: Path) -> None:
    save_take(some_take(), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _headless(path: Path) -> None:
    np.savez(path, header=np.array("{not json"))


def _list_header(path: Path) -> None:
    np.savez(path, header=np.array("[1, 2]"))


def _number_header(path: Path) -> None:
    np.savez(path, header=np.zeros((2, 2)))


def _flipped_bytes(path: Path) -> None:
    save_take(some_take(), path)
    data = bytearray(path.read_bytes())
    for k in range(200, len(data) - 200, 97):
        data[k] ^= 0xFF
    path.write_bytes(bytes(data))


def _zip_of_text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.npy", "hello")


def _missing_array(path: Path) -> None:
    save_take(some_take(), path)
    with np.load(path) as npz:
        arrays = {name: npz[name] for name in npz.files if name != "person_0.frames"}
    np.savez(path, **arrays)


def _wrong_shape(path: Path) -> None:
    save_take(some_take(), path)
    with np.load(path) as npz:
        arrays = {name: npz[name] for name in npz.files}
    arrays["person_0.contact"] = np.zeros((3, 3), np.float32)
    np.savez(path, **arrays)


def _not_a_number(path: Path) -> None:
    save_take(some_take(), path)
    with np.load(path) as npz:
        arrays = {name: npz[name] for name in npz.files}
    arrays["person_0.root_xyz_world"] = np.full((5, 3), np.nan, np.float32)
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "make",
    [
        _text,
        _empty,
        _foreign,
        _one_array,
        _objects,
        _half,
        _headless,
        _list_header,
        _number_header,
        _flipped_bytes,
        _zip_of_text,
        _missing_array,
        _wrong_shape,
        _not_a_number,
        lambda path: path.mkdir(),
        lambda path: None,
    ],
)
def test_what_is_no_take_is_refused_with_one_sentence(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "a.npz"
    make(path)
    with pytest.raises(TakeError) as caught:
        load_take(path)
    assert_one_sentence(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_no_truncation_passes_for_a_take(tmp_path: Path, kept: float) -> None:
    save_take(some_take(), tmp_path / "a.npz")
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "b.npz").write_bytes(data[: int(kept * len(data))])
    with pytest.raises(TakeError):
        load_take(tmp_path / "b.npz")


@pytest.mark.parametrize("seed", range(40))
def test_one_damaged_stretch_is_one_sentence_or_does_no_harm(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.npz"
    save_take(some_take(), path)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    start = int(rng.integers(0, len(data) - 8))
    data[start : start + 8] = rng.integers(0, 256, 8, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))
    try:
        take = load_take(path)
    except TakeError as error:
        assert_one_sentence(error)
    else:
        assert len(take.people) == 2
