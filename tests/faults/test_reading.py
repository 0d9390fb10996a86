"""A stranger's file is judged before it costs memory or time, and refused in one sentence."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.errors import LimnError, TakeError
from limn.core.data.reading import Damaged, open_npz, parse_json, read_bytes, refusing
from limn.core.data.reading.fields import Field, read_fields
from limn.core.data.take_file import load_take, save_take
from synthetic_take import assert_one_sentence, some_take


def npy(header: str, data: bytes = b"") -> bytes:
    """An array's file with whatever header."""
    text = header.encode("latin-1")
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + data


def packed(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refused(path: Path) -> str:
    """The sentence with which a take is refused, of which 20 MB are enough."""
    tracemalloc.start()
    try:
        with pytest.raises(TakeError) as caught:
            load_take(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert_one_sentence(caught.value)
    return str(caught.value)


def changed(path: Path, **arrays: Any) -> Path:  # noqa: ANN401 - whatever numpy takes
    """A take of which arrays are others; dots in names are written "__"."""
    save_take(some_take(), path)
    with np.load(path) as npz:
        held = {name: npz[name] for name in npz.files}
    np.savez_compressed(path, **held | {n.replace("__", "."): v for n, v in arrays.items()})
    return path


def with_header(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A take whose header was changed in place."""
    save_take(some_take(), path)
    with np.load(path) as npz:
        header = json.loads(str(npz["header"]))
    change(header)
    return changed(path, header=np.array(json.dumps(header)))


_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }\n"


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ("(1000000000000,)", b""),
        ("(4,)", b"\0" * 12),
        ("(4,)", b"\0" * 20),
        ("(" * 900 + ")" * 900, b""),
        ("(2**40,)", b""),
        ("(" + "1" * 9000, b""),
        ("(-1,)", b"\0" * 4),
    ],
)
def test_a_header_that_lies_or_nests_is_refused(tmp_path: Path, shape: str, data: bytes) -> None:
    path = packed(tmp_path / "a.npz", {"x.npy": npy(_HEADER % shape, data)})
    with open_npz(path) as archive, pytest.raises(Damaged):
        archive.read("x")


@pytest.mark.parametrize(
    "descr", ["'|O'", "[('a', '<f4')]", "__import__('os').getpid()", "'<f999999999'", "'<U0'"]
)
def test_objects_records_and_code_in_a_header_are_refused(tmp_path: Path, descr: str) -> None:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n"
    path = packed(tmp_path / "a.npz", {"x.npy": npy(header, b"\0" * 8)})
    with open_npz(path) as archive, pytest.raises(Damaged):
        archive.read("x")


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i8", "|b1", "<U7", ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_as_numpy_reads_them(tmp_path: Path, dtype: str, order: Any) -> None:  # noqa: ANN401
    array = np.asarray(np.arange(24).reshape(2, 3, 4) % 7, dtype, order=order)
    np.savez(tmp_path / "a.npz", x=array, one=array[0, 0, 0], none=array[:0])
    with open_npz(tmp_path / "a.npz") as archive:
        for name, want in (("x", array), ("one", array[0, 0, 0]), ("none", array[:0])):
            got = archive.read(name)
            assert got.shape == want.shape
            assert got.dtype == want.dtype.newbyteorder("=")
            assert (got == want).all()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    zeros = npy(_HEADER % "(600000000,)") + bytes(60_000_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(5):
            archive.writestr(f"x{k}.npy", zeros)
    (tmp_path / "a.npz").write_bytes(stream.getvalue())
    assert "would unpack to" in refused(tmp_path / "a.npz")


def test_an_array_of_the_wrong_size_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.npz", person_0__contact=np.zeros((8_000_000, 4), np.float32))
    assert "person_0.contact has the shape" in refused(path)


def test_a_long_text_for_a_header_is_refused_before_it_is_read(tmp_path: Path) -> None:
    assert "more than" in refused(changed(tmp_path / "a.npz", header=np.array("x" * 30_000_000)))


def test_a_directory_of_nothing_but_entries_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.npz", {f"{k}": b"" for k in range(60_000)}, zipfile.ZIP_STORED)
    assert "directory" in refused(path)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_take(some_take(), path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("cuts.npy", b"")
    assert "one name" in refused(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5000, "[" * 33 + "]" * 33])
def test_deep_json_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(Damaged, match="nested"):
        parse_json(text)


def test_many_lists_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(Damaged, match="lists and objects"):
        parse_json("[" + "[]," * 1_000_001 + "[]]")


@pytest.mark.parametrize("text", ['"[[[[{{{{"', r'["\"[[", "\\", {"[": "]"}]', '"\\u005b["'])
def test_brackets_in_texts_do_not_count(text: str) -> None:
    padded = "[" * 30 + text + "]" * 30
    assert parse_json(padded) == json.loads(padded)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_a_device_and_a_folder_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    paths = (tmp_path / "pipe.npz", Path("/dev/zero"), tmp_path / "folder.npz")
    for path in paths:
        with pytest.raises(TakeError) as caught:
            load_take(path)
        assert_one_sentence(caught.value)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as stream:
        stream.truncate(1 << 33)
    with pytest.raises(Damaged, match="larger than"):
        read_bytes(tmp_path / "long", 1000)


@pytest.mark.parametrize("cause", [KeyError("x"), RecursionError(), MemoryError(), OSError(5, "")])
def test_whatever_reading_ends_in_is_one_sentence(cause: Exception) -> None:
    with pytest.raises(LimnError) as caught, refusing("a", "the take", "no take", TakeError):
        raise cause
    assert_one_sentence(caught.value)


def test_a_table_binds_the_names_in_shapes(tmp_path: Path) -> None:
    a = Field("a", "float", ("n", 2), 0, 9)
    b = Field("b", "int", ("n?",), 0, 9, is_needed=False)
    np.savez(tmp_path / "a.npz", a=np.ones((3, 2)), b=np.ones(0, int))
    with open_npz(tmp_path / "a.npz") as archive:
        sizes: dict[str, int] = {}
        assert set(read_fields(archive, "", (a, b), sizes, {"n": 3})) == {"a", "b"}
        assert sizes == {"n": 3}
        with pytest.raises(Damaged, match="more than 2"):
            read_fields(archive, "", (a, b), {}, {"n": 2})
        with pytest.raises(Damaged, match="shape"):
            read_fields(archive, "", (a, b), {"n": 4}, {})


_ARRAYS: list[dict[str, Any]] = [
    {"time_s": np.zeros(20)},
    {"time_s": np.arange(20.0)[::-1]},
    {"time_s": np.arange(20) * 1e-12},
    {"time_s": np.where(np.arange(20) == 19, np.inf, np.arange(20.0))},
    {"time_s": np.array(["x"] * 20)},
    {"time_s": np.zeros(0), "source_frame": np.zeros(0, np.int32)},
    {"source_frame": np.arange(20) * 1.0},
    {"source_frame": np.arange(20)[::-1].copy()},
    {"source_frame": np.arange(20) + (1 << 40)},
    {"cuts": np.array([99], np.int32), "T_world_shots": np.eye(4)[None]},
    {"T_world_shots": np.eye(4)[None]},
    {"camera__K": np.zeros((3, 3))},
    {"camera__K": np.full((3, 3), np.nan)},
    {"camera__T_world_camera": np.ones((4, 4))},
    {"camera__T_world_camera": np.diag([1.0, 1, -1, 1])},
    {"person_0__frames": np.array([0, 1, 2, 3, 99], np.int32)},
    {"person_0__frames": np.array([-1, 1, 2, 3, 4], np.int32)},
    {"person_0__frames": np.arange(5).astype(np.complex64)},
    {"person_0__rest_xyz_body": np.zeros((55, 3), np.float32)},
    {"person_0__rest_xyz_body": np.full((55, 3), 1e9, np.float32)},
    {"person_0__quat_parent_joint": np.zeros((5, 55, 4), np.float32)},
    {"person_0__confidence": np.full((5, 55), 7, np.float32)},
    {"person_0__bridged": np.zeros(5, [("a", "<f4")])},
    {"person_0__xy_score": np.full((5, 33), -0.1, np.float32)},
    {"person_0__xy_score": np.full((5, 33), np.inf, np.float32)},
]


@pytest.mark.parametrize(
    "arrays", _ARRAYS, ids=[f"{k}-{next(iter(a))}" for k, a in enumerate(_ARRAYS)]
)
def test_arrays_that_no_run_can_have_made_are_refused(
    tmp_path: Path, arrays: dict[str, Any]
) -> None:
    refused(changed(tmp_path / "a.npz", **arrays))


_HEADERS: list[tuple[str, object]] = [
    ("clip.path", [1, 2, 3]),
    ("clip.size_px", [-5, 5]),
    ("clip.size_px", [5, 5, 5]),
    ("clip.size_px", [5.5, 5]),
    ("clip.fps", 0),
    ("clip.fps", "fast"),
    ("clip.fps", float("nan")),
    ("clip.fps", 1e300),
    ("clip.fps", 10**400),
    ("clip.first_frame", 1 << 60),
    ("clip.step", 0),
    ("clip.is_still", 1),
    ("camera.size_px", "-rf"),
    ("camera.size_px", [1, {"a": 1}]),
    ("camera.focal_doubt", -1),
    ("people.0.name", 5),
    ("people.0.name", "\ud800"),
    ("people.0.height_m", float("nan")),
    ("people.0.height_m", 1e30),
    ("settings", []),
    ("settings.quality", ["best"]),
    ("report", "x"),
    ("report.floor", ["measured"]),
    ("report.people", 1e308),
    ("report.people.0.checks", "\0"),
    ("report.people.0.checks.jitter", []),
    ("report.people.0.checks.jitter", {"word": "good", "look_at": []}),
    ("report.people.0.checks.jitter.value", float("inf")),
    ("report.people.0.checks.jitter.word", None),
    ("report.people.0.checks.jitter.look_at", ["a"]),
    ("warnings", "all is well"),
    ("warnings", [1]),
    ("tracks", [["full"]]),
    ("tracks", [[], []]),
]


@pytest.mark.parametrize(("where", "value"), _HEADERS, ids=[f"{w}={v!r:.20}" for w, v in _HEADERS])
def test_headers_that_no_run_can_have_made_are_refused(
    tmp_path: Path, where: str, value: object
) -> None:
    def change(header: dict[str, Any]) -> None:
        *way, last = (int(part) if part.isdecimal() else part for part in where.split("."))
        owner: Any = header
        for part in way:
            owner = owner[part]
        owner[last] = value

    sentence = refused(with_header(tmp_path / "a.npz", change))
    assert where.split(".", maxsplit=1)[0] in sentence
