"""Part files: done when they open and agree, refused when damaged, few of them in memory."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8, Floats
from limn.core.data.faces.eyes import EYES_SKELETON
from limn.core.data.hand_points import POINTS
from limn.core.data.observations import PassWorth
from limn.core.data.skeletons import BLAZEPOSE_SKELETON
from limn.core.data.types import Detections, Frame, Landmarks, Region
from limn.core.faces.seen import MESH_POINTS, FaceSeen
from limn.core.hands.seen import HandSeen
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
from limn.core.pipeline.keeping.remembering import remembering
from limn.core.pipeline.networks import Networks
from limn.core.tracking.following.quiet import WindowDetector


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


class Everything:
    """Answers anything, and counts."""

    calls: ClassVar[list[str]] = []
    name, skeleton = "full", BLAZEPOSE_SKELETON
    worth = PassWorth("full", is_precise=False, has_3d=True)

    def detect(self, bgr: U8) -> Detections:
        self.calls.append("detect")
        zeros = np.zeros((2, 17), np.float32)
        return Detections(np.zeros((2, 17, 2), np.float32), zeros, zeros[:, :4], zeros[:, 0])

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.detect(bgr)

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        return self.detect(bgr)

    def detect_in(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.detect(bgr)

    def search_briefly(self, bgr: U8) -> Detections:
        return self.detect(bgr)


class Body(Everything):
    def locate(self, bgr: U8, region: Region) -> Landmarks:
        self.calls.append("body")
        n = len(BLAZEPOSE_SKELETON)
        xyz = np.arange(3 * n, dtype=np.float32).reshape(n, 3)
        return Landmarks(xyz[:, :2], xyz[:, 0], xyz, 0.123456789)


class Hands(Everything):
    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        self.calls.append("hand")
        xyz = np.full((POINTS, 3), 2.5 + mirrored, np.float32)
        return HandSeen(xyz[:, :2], xyz, 0.3, 0.7)


class Faces(Everything):
    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        self.calls.append("face")
        return FaceSeen(np.full((MESH_POINTS, 3), 1.5 + mirrored, np.float32), 0.6)


class Eyes(Everything):
    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        self.calls.append("eyes")
        return np.full((len(EYES_SKELETON), 2), mesh_px.mean(), np.float32)


def test_every_network_is_asked_once(tmp_path: Path) -> None:
    """All that looks at pictures remembers; whoever adds a network says here what it is."""
    region = Region((30.0, 20.0), 20.0, 0.1, (0.0, 0.0, 60.0, 36.0))
    bgr = np.zeros((36, 64, 3), np.uint8)
    Everything.calls.clear()

    networks = Networks(Everything(), (Body(),), hands=Hands(), faces=Faces(), eyes=Eyes())
    looking = {"detector", "landmark_models", "hands", "faces", "eyes"}
    others = {"lifter", "depth", "scene_finder", "background", "remarks", "ear", "memory"}
    others.add("face_shapes")  # it looks at no pictures
    assert {f.name for f in fields(Networks)} == looking | others
    told: list[list[object]] = []
    for _ in range(2):
        memory = Memory(tmp_path, "these", every_s=1e9)
        memory.read(None, 0, [Frame(0, 0.0, bgr)], starts_shot=False)  # type: ignore[arg-type]
        own = remembering(networks, memory)
        eye, (body,) = own.detector, own.landmark_models
        assert isinstance(eye, WindowDetector)
        assert own.hands is not None
        assert own.faces is not None
        answers = [eye.detect(bgr), eye.look_into(bgr, (0, 0, 9, 9)), body.locate(bgr, region)]
        answers += [eye.search(bgr, is_still=still) for still in (False, True)]
        answers += [eye.detect_in(bgr, (0, 0, 9, 9)), eye.search_briefly(bgr)]
        for one in (own.hands, own.faces):
            answers += [one.locate(bgr, region, mirrored=mirrored) for mirrored in (False, True)]
        assert own.eyes is not None
        for mesh in (np.full((MESH_POINTS, 3), 1.5), np.arange(3.0 * MESH_POINTS).reshape(-1, 3)):
            eyes = own.eyes.look(bgr, mesh)
            np.testing.assert_array_equal(eyes, np.float32(mesh.mean()))
        told.append(answers)
        memory.write()
    assert len(Everything.calls) == 11 + 2
    for first, second in zip(*told, strict=True):
        for name in first.__slots__:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
