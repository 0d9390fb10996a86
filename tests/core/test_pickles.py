"""Pickles of other tools are read as values, and nothing that is in one is ever run."""

from __future__ import annotations

import collections
import io
import os
import pickle
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.reading.files import DAMAGES
from limn.core.data.reading.pickles import read_values

from ..foreign_pickles import PlainTensor, Tensor, old_torch, save_pickle, save_torch

ARRAY = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
VALUES = {
    "poses": ARRAY,
    "big": ARRAY.astype(">f8"),
    "fortran": np.asfortranarray(ARRAY[0]),
    "empty": np.zeros((0, 3)),
    "flags": np.array([True, False]),
    "texts": np.array(["neutral", "Ä"]),
    "scalar": np.float64(1.5),
    7: [1, -2, 3 << 70, 0.25, None, True, b"bytes", "text", (1, (2, 3)), {4, 5}],
    "ordered": collections.OrderedDict([("a", 1), ("b", [2])]),
    "by default": collections.defaultdict(dict, {0: {"pose": ARRAY}, 1: {}}),
    "lists by default": collections.defaultdict(list, {"a": [1]}),
    "path": Path("some/clip.mp4"),
}


def _same(got: Any, want: Any) -> bool:  # noqa: ANN401
    if isinstance(want, np.ndarray):
        return got.shape == want.shape and got.dtype.isnative and (got == want).all()
    if isinstance(want, dict):
        return list(got) == list(want) and all(_same(got[k], want[k]) for k in want)
    return bool(got == (str(want) if isinstance(want, Path) else want))


@pytest.mark.parametrize("protocol", range(6))
def test_values_of_every_protocol_come_back(tmp_path: Path, protocol: int) -> None:
    save_pickle(tmp_path / "a.pkl", VALUES, protocol)
    got = read_values(tmp_path / "a.pkl")
    for key, want in VALUES.items():
        assert _same(got[key], want), key


def test_tensors_of_torch_come_back_as_arrays(tmp_path: Path) -> None:
    value = {"a": Tensor(ARRAY), "wide": Tensor(ARRAY[0, 0], shape=(5, 4)), "n": [Tensor(ARRAY)]}
    save_torch(tmp_path / "a.pt", value)
    (tmp_path / "old.pt").write_bytes(old_torch(value))
    for name in ("a.pt", "old.pt"):
        got = read_values(tmp_path / name)
        assert _same(got["a"], ARRAY)
        assert _same(got["n"][0], ARRAY)
        assert _same(got["wide"], np.tile(ARRAY[0, 0], (5, 1)))


def test_tensors_in_a_plain_pickle_come_back(tmp_path: Path) -> None:
    save_pickle(tmp_path / "a.pkl", {"pred": PlainTensor(ARRAY)})
    assert _same(read_values(tmp_path / "a.pkl")["pred"], ARRAY)


def test_numpy_files_with_objects_come_back(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array({"pred": ARRAY}, dtype=object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", plain=ARRAY, people=np.array([{"x": ARRAY}, None], dtype=object))
    assert _same(read_values(tmp_path / "a.npy")["pred"], ARRAY)
    got = read_values(tmp_path / "a.npz")
    assert _same(got["plain"], ARRAY)
    assert _same(got["people"][0]["x"], ARRAY)


def test_joblib_arrays_come_back(tmp_path: Path) -> None:
    """Layout of joblib 1.5: a wrapper, a byte that counts the padding, padding, the numbers."""
    wrapper = (
        b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\x00\x00\x00shapeK\x02K\x03"
        b"K\x04\x87X\x05\x00\x00\x00orderX\x01\x00\x00\x00CX\x05\x00\x00\x00dtypecnumpy\ndtype\n"
        b"X\x02\x00\x00\x00f4\x89\x88\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff"
        b"\xffK\x00tbX\x1b\x00\x00\x00numpy_array_alignment_bytesK\x10ub"
    )
    data = wrapper + b"\x03\xff\xff\xff" + ARRAY.tobytes() + b"."
    (tmp_path / "a.joblib").write_bytes(data)
    (tmp_path / "packed.joblib").write_bytes(zlib.compress(data))
    assert _same(read_values(tmp_path / "a.joblib"), ARRAY)
    assert _same(read_values(tmp_path / "packed.joblib"), ARRAY)


class _Runs:
    """What the pickle of a hostile file does when it is opened the usual way."""

    def __init__(self, function: Any, *arguments: Any) -> None:  # noqa: ANN401
        self.call = function, arguments

    def __reduce__(self) -> Any:  # noqa: ANN401
        return self.call


def _deep(depth: int) -> bytes:
    return b"\x80\x02" + b"(" * depth + b"t" * depth + b"."


def _deep_key(depth: int) -> bytes:
    return b"\x80\x02})" + b"\x85" * depth + b"K\x01s."


def hostile(mark: Path) -> dict[str, bytes]:
    """Hostile pickles by what they try; those that run anything make the file ``mark``."""
    touch = f"touch {mark}"
    return {
        "system": pickle.dumps({"a": _Runs(os.system, touch)}),
        "eval": pickle.dumps(_Runs(eval, f"open({str(mark)!r}, 'w')")),
        "getattr": pickle.dumps(_Runs(getattr, "a", "format")),
        "instance": b"(S'" + touch.encode() + b"'\nios\nsystem\n.",
        "object": b"(cos\nsystem\nS'" + touch.encode() + b"'\no.",
        "extension": b"\x80\x02\x82\x01.",
        "buffer": b"\x80\x05\x97.",
        "persistent": b"P1\n.",
        "claims 10 GB of bytes": b"\x80\x04\x8e" + struct.pack("<Q", 10 << 30) + b"a.",
        "claims 10 GB of text": b"\x80\x04\x8d" + struct.pack("<Q", 10 << 30) + b"a.",
        "claims a large number": b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"a.",
        "large array": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R"
        b"(K\x01\x8a\x05\x00\x00\x00\x00\x01\x85cnumpy\ndtype\nX\x02\x00\x00\x00f4\x85RNC\x01atb.",
        "default factory": pickle.dumps(
            {"a": _Runs(collections.defaultdict, _Runs(os.system, touch))}
        ),
        "default number": b"\x80\x02ccollections\ndefaultdict\nK\x05\x85R.",
        "deep key": _deep_key(100_000),
        "memo": b"\x80\x02h\x05.",
        "empty": b"",
        "text": b"hello, this is no pickle",
        "no end": b"\x80\x02}",
    }


def test_hostile_pickles_run_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for what, data in hostile(mark).items():
        (tmp_path / "a.pkl").write_bytes(data)
        with pytest.raises(DAMAGES):
            read_values(tmp_path / "a.pkl")
        assert not mark.exists(), what


def test_a_name_that_is_not_on_the_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(_Runs(os.system, "true")))
    with pytest.raises(ValueError, match=r"it wants to use posix\.system, which Limn never runs"):
        read_values(tmp_path / "a.pkl")


def test_depth_is_no_danger(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(_deep(100_000))
    assert isinstance(read_values(tmp_path / "a.pkl"), tuple)


def test_a_tensor_cannot_look_behind_its_numbers(tmp_path: Path) -> None:
    beyond = Tensor(ARRAY)
    beyond.shape, beyond.strides = (2, 3, 5), (12, 4, 1)
    save_torch(tmp_path / "a.pt", beyond)
    with pytest.raises(ValueError, match="reaches behind its numbers"):
        read_values(tmp_path / "a.pt")
    vast = Tensor(ARRAY[0, 0, :1])
    vast.shape, vast.strides = (1 << 20, 1 << 20), (0, 0)
    save_torch(tmp_path / "a.pt", vast)
    with pytest.raises(ValueError, match="more than"):
        read_values(tmp_path / "a.pt")


def test_mutants_end_in_values_or_a_damage(tmp_path: Path) -> None:
    """500 mutants of each kind of file: bytes changed, taken out, doubled, cut."""
    chance = random.Random(7)
    value = {"a": Tensor(ARRAY), "b": [1, "x"]}
    save_torch(tmp_path / "t.pt", value)
    save_pickle(tmp_path / "p.pkl", VALUES)
    unpacked = io.BytesIO((tmp_path / "t.pt").read_bytes())
    with zipfile.ZipFile(unpacked) as archive:
        inner = archive.read("archive/data.pkl")
    for data in ((tmp_path / "p.pkl").read_bytes(), inner, old_torch(value)):
        for _ in range(500):
            mutant = bytearray(data)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(mutant))
                kind = chance.randrange(4)
                if kind == 0:
                    mutant[at] = chance.randrange(256)
                elif kind == 1:
                    del mutant[at : at + chance.randint(1, 8)]
                elif kind == 2:
                    mutant[at:at] = mutant[at : at + chance.randint(1, 8)]
                else:
                    del mutant[max(at, 1) :]
                if not mutant:
                    mutant = bytearray(b".")
            (tmp_path / "m.pkl").write_bytes(mutant)
            try:
                read_values(tmp_path / "m.pkl")
            except DAMAGES:
                pass
