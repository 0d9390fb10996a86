"""Part files: done when they open and agree, refused when damaged, few of them in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.types import Frame
from limn.core.pipeline.keeping import memory as memory_module
from limn.core.pipeline.keeping.answers import AnswerTable, Question, from_arrays
from limn.core.pipeline.keeping.memory import Memory
from limn.core.pipeline.keeping.part_file import (
    Part,
    is_part_of,
    load_part,
    name_of,
    parts_in,
    remove_parts,
    save_part,
)


def test_a_part_is_done_when_it_opens_and_agrees(tmp_path: Path) -> None:
    path = name_of(tmp_path / "new", 0, 9, "whole")
    table = AnswerTable()
    question = Question(bytes(range(16)), 3, np.array([1.0, 2.0]))
    table.add(question, (np.ones((2, 3), np.float32), np.zeros(1)))
    table.add(Question(bytes(16), -1, np.zeros(0)), (np.ones((0, 3), np.float32), np.ones(1)))
    save_part(path, Part("these", "item", {"detect": table, "nobody": table}))
    assert is_part_of(path, "these", "item")
    assert not is_part_of(path, "these", "another")
    assert not is_part_of(path, "others", "item")
    back = load_part(path).tables["nobody"]
    answer = back.exact(question)
    assert answer is not None
    assert [values.dtype for values in answer] == [np.float32, np.float64]
    np.testing.assert_array_equal(answer[0], np.ones((2, 3)))
    assert back.exact(replace(question, frame=3, picture=bytes(15) + b"1")) is None
    data = path.read_bytes()
    for cut in (0, 10, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:cut])
        assert not is_part_of(path, "these", "item")
    assert [one.first for one in parts_in(path.parent)] == [0]
    (path.parent / "mine.txt").write_text("stays")
    remove_parts(path.parent)
    assert [f.name for f in path.parent.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("counts", np.array([1, 1], np.int32)),
        ("counts", np.array([-1], np.int32)),
        ("counts_0", np.array([7], np.int32)),
        ("pictures", np.zeros((1, 4), np.uint8)),
        ("frames", np.zeros(5, np.int32)),
    ],
)
def test_tables_that_make_no_sense_are_refused(name: str, value: np.ndarray) -> None:
    table = AnswerTable()
    table.add(Question(bytes(16), 0, np.zeros(1)), (np.ones((2, 3), np.float32),))
    arrays = table.as_arrays()
    assert len(from_arrays(arrays)) == 1
    with pytest.raises((ValueError, KeyError)):
        from_arrays({**arrays, name: value})


def test_memory_stays_flat_over_a_long_clip(tmp_path: Path) -> None:
    """Of a clip's part files only those about the present frames are held, and no old pictures."""
    step = 30
    for first in range(0, 1200, step):
        table = AnswerTable()
        table.add(Question(bytes(16), first, np.zeros(0)), (np.zeros((1, 3)),))
        save_part(name_of(tmp_path, first, first + step - 1, "x"), Part("these", "", {"a": table}))
    memory = Memory(tmp_path, "these", every_s=1e9)
    held: list[int] = []
    for first in range(0, 1200, 6):
        bgr = np.zeros((36, 64, 3), np.uint8)
        chunk = [Frame(first + k, (first + k) / 30, bgr.copy()) for k in range(6)]
        memory.read(None, first, chunk, starts_shot=False)  # type: ignore[arg-type]
        memory.forget(first)
        held.append(len(memory._loaded))
        assert len(memory._shown) <= 6
    assert max(held) <= memory_module._BEHIND // step + 3
    assert held[-1] > 0


def test_nearly_the_same_question_is_answered_by_stretches_alone(tmp_path: Path) -> None:
    """A run that goes on asks exactly what it asked before, and gets nothing else."""
    bgr = np.zeros((36, 64, 3), np.uint8)
    asked = np.array([100.0, 50.0, 30.0])

    def ask_again(item: str, off: float) -> bool:
        folder = tmp_path / f"{item}{off}"
        first = Memory(folder, "these", item, every_s=1e9)
        chunk = [Frame(4, 0.1, bgr)]
        first.read(None, 0, chunk, starts_shot=False)  # type: ignore[arg-type]
        first.answer("hand", bgr, asked, lambda: (np.ones((1, 3)),))
        first.close(name_of(folder, 4, 4, "x"))
        second = Memory(folder, "these", every_s=1e9)
        second.read(None, 0, chunk, starts_shot=False)  # type: ignore[arg-type]
        (told,) = second.answer("hand", bgr, asked + off, lambda: (np.zeros((1, 3)),))
        return bool(told.any())

    assert ask_again("stretch", 0.0)
    assert ask_again("stretch", 0.03)
    assert not ask_again("stretch", 0.1)
    assert ask_again("", 0.0)
    assert not ask_again("", 0.03)
