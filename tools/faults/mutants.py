"""Files that are nearly right: hypothesis strategies that change one thing of a good one."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from ...core.data.reading import take_layout as layout
from ...core.data.reading.fields import Field
from ...core.data.skeletons import REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS

Mutant = tuple[str, bytes]
"""What was changed, and the file."""
Draw = Callable[[Any], Any]

NUMBERS: Final = (
    *(0, 1, -1, 2, -5, 1e-12, 0.5, 1e12, 1e30, -1e30, 1e308, 10**12, 10**30, 2**31, 2**63),
    *(float("nan"), float("inf"), -float("inf"), True, False),
)
TEXTS: Final = (
    *("", "x", "\0", "a\nb\x1b[31mRED\x1b[0m\x07", "x" * 400, "/etc/passwd", "../../up", "-rf"),
    *("a\"b'c{}", "\u202egpj.exe", "é" * 90, "con", "%s%n", "\ud800", "a/b\\c:d", "😀"),
)
VALUES: Final = (None, [], {}, [1, 2, 3], {"a": 1}, *NUMBERS, *TEXTS)
_DTYPES: Final = ("<f8", "<f4", "<f2", ">f4", "<i4", "<i8", "<u4", "|b1", "<c8", "<U1", "|S1")
_HEADERS: Final = (
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 500 + ")" * 500 + ", }",
    "{'descr': '<f4', 'fortran_order': __import__('os').abort(), 'shape': (1,), }",
    "",
)


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    """A zip archive of ``members``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def npy(array: Any) -> bytes:  # noqa: ANN401 - whatever numpy takes
    """An array as numpy writes it."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()


def read_npy(data: bytes) -> np.ndarray[Any, np.dtype[Any]]:
    """An array that numpy wrote."""
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def takes(good: bytes) -> st.SearchStrategy[Mutant]:
    """Takes with one thing changed, from the header's values to the archive's bytes."""
    members = members_of(good)
    header = json.loads(str(read_npy(members["header.npy"])))
    arrays = sorted(name for name in members if name != "header.npy")
    return st.one_of(
        _take_headers(members, header),
        _take_headers(members, header),
        _npz_arrays(members, arrays, _fields(arrays)),
        _npz_arrays(members, arrays, _fields(arrays)),
        _npz_members(members, arrays),
        damaged(good),
    )


def npz_files(good: bytes) -> st.SearchStrategy[Mutant]:
    """Other archives of arrays with one thing changed."""
    members = members_of(good)
    arrays = sorted(members)
    return st.one_of(_npz_arrays(members, arrays, {}), _npz_members(members, arrays), damaged(good))


def small_smplx() -> bytes:
    """A file in SMPL-X's layout with a vertex at every joint, of no use but whole."""
    count = len(SMPLX_55)
    parents = np.array([SMPLX_PARENTS, range(count)], np.int64)
    random = np.random.default_rng(0)
    arrays = {
        "v_template": REST_XYZ_BODY,
        "f": np.array([[0, 1, 2], [2, 1, 3]], np.uint32),
        "shapedirs": random.normal(0, 0.01, (count, 3, 20)).astype(np.float32),
        "posedirs": random.normal(0, 1e-3, (count, 3, 9 * (count - 1))).astype(np.float32),
        "J_regressor": np.eye(count, dtype=np.float32),
        "weights": np.eye(count, dtype=np.float32),
        "kintree_table": parents,
    }
    return packed({f"{name}.npy": npy(array) for name, array in arrays.items()})


def documents(good: object) -> st.SearchStrategy[Mutant]:
    """JSON files with one value changed, or nested, cut or of other bytes."""
    text = json.dumps(good)
    deep = st.sampled_from(["[" * 100_000, '{"a":' * 20_000, text[:-1] + "[" * 5000, "[]", "1"])
    return st.one_of(
        _changed_json(good).map(lambda one: (one[0], json.dumps(one[1]).encode())),
        deep.map(lambda one: ("nested", one.encode())),
        damaged(text.encode()),
    )


@st.composite
def damaged(draw: Draw, good: bytes) -> Mutant:
    """Bytes of which some are others, missing or too many."""
    data = bytearray(good)
    start = draw(st.integers(0, max(len(data) - 1, 0)))
    how = draw(st.sampled_from(("cut", "flip", "insert", "zero")))
    if how == "cut":
        return f"cut at {start}", bytes(data[:start])
    if how == "flip":
        for _ in range(draw(st.integers(1, 8))):
            at = draw(st.integers(0, max(len(data) - 1, 0)))
            data[at] ^= draw(st.integers(1, 255))
    elif how == "insert":
        data[start:start] = draw(st.binary(min_size=1, max_size=64))
    else:
        data[start : start + 64] = bytes(len(data[start : start + 64]))
    return f"{how} at {start}", bytes(data)


@st.composite
def _take_headers(draw: Draw, members: dict[str, bytes], header: object) -> Mutant:
    what, changed = draw(_changed_json(header))
    return what, packed({**members, "header.npy": npy(json.dumps(changed))})


@st.composite
def _changed_json(draw: Draw, document: object) -> tuple[str, object]:
    changed = deepcopy(document)
    way = draw(st.sampled_from(list(_ways(document))))
    owner: Any = changed
    for part in way[:-1]:
        owner = owner[part]
    name = ".".join(map(str, way))
    if draw(st.integers(0, 4)) == 0:
        del owner[way[-1]]
        return f"{name} is missing", changed
    value = draw(st.sampled_from(VALUES))
    owner[way[-1]] = value
    return f"{name} = {value!r:.60}", changed


def _ways(document: object, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(document, dict):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    for key, value in inner:
        yield (*way, key)
        yield from _ways(value, (*way, key))


def _fields(arrays: list[str]) -> dict[str, Field]:
    tables = {
        "": (*layout.CLIP_ARRAYS, *layout.OBSERVED_ARRAYS),
        "person": layout.PERSON_ARRAYS,
        "track": (*layout.TRACK_ARRAYS, *layout.PASS_ARRAYS),
    }
    out = {}
    for name in arrays:
        bare = name.removesuffix(".npy")
        kind = bare.split("_")[0] if bare.startswith(("person_", "track_")) else ""
        last = bare.rpartition(".")[2] if kind else bare
        found = [field for field in tables[kind] if field.name == last]
        out |= dict.fromkeys([name], found[-1]) if found else {}
    return out


@st.composite
def _npz_arrays(
    draw: Draw, members: dict[str, bytes], arrays: list[str], fields: dict[str, Field]
) -> Mutant:
    name = draw(st.sampled_from(arrays))
    array = read_npy(members[name]).copy()
    how = draw(st.sampled_from(("values", "all", "dtype", "shape", "reverse", "scale")))
    field = fields.get(name)
    bounds = (field.low, field.high) if field else (-1e9, 1e9)
    value = draw(st.sampled_from((*bounds, 0.0, 1.0, float("nan"), float("inf"), -1.0, 1e30)))
    with np.errstate(all="ignore"):
        if how == "values" and array.size:
            for _ in range(draw(st.integers(1, 4))):
                array.flat[draw(st.integers(0, array.size - 1))] = _of_dtype(value, array)
        elif how == "all":
            array = np.full_like(array, _of_dtype(value, array))
        elif how == "dtype":
            array = array.astype(draw(st.sampled_from(_DTYPES)))
        elif how == "shape":
            array = array[draw(st.sampled_from((slice(1), slice(0), slice(1, None), None)))]
        elif how == "reverse":
            array = array[::-1] if array.ndim else array
        elif array.dtype.kind != "U":
            factor = draw(st.sampled_from((0.0, -1.0, 1e-6, 10.0, 1e3, 1e5)))
            array = (array * factor).astype(array.dtype)
    return f"{name} {how} {value:g}", packed({**members, name: npy(array)})


def _of_dtype(value: float, array: np.ndarray[Any, np.dtype[Any]]) -> Any:  # noqa: ANN401
    if array.dtype.kind == "f":
        return value
    if array.dtype.kind in "iu":
        whole = int(value) if np.isfinite(value) else -7
        return max(min(whole, np.iinfo(array.dtype).max), np.iinfo(array.dtype).min)
    return bool(value) if array.dtype.kind == "b" else "x"


@st.composite
def _npz_members(draw: Draw, members: dict[str, bytes], arrays: list[str]) -> Mutant:
    changed = dict(members)
    name = draw(st.sampled_from(arrays))
    how = draw(st.sampled_from(("remove", "rename", "add", "text", "header", "cut")))
    if how == "remove":
        del changed[name]
    elif how == "rename":
        changed["../../x.npy"] = changed.pop(name)
    elif how == "add":
        changed["x" * draw(st.sampled_from((1, 5000)))] = b"hello"
    elif how == "text":
        changed[name] = b"this is no array"
    elif how == "header":
        text = draw(st.sampled_from(_HEADERS)).encode() + b"\n"
        changed[name] = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text
    else:
        changed[name] = changed[name][: draw(st.integers(0, len(changed[name])))]
    return f"{name} {how}", packed(changed)
