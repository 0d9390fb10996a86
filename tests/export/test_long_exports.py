"""What long takes need to be written: no more memory than short ones, and the very same text."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.types import Take
from limn.core.formats import file_axes
from limn.core.formats.table import export_take
from synthetic_take import some_person, some_take


def _long(frames: int, people: int = 1) -> Take:
    """People who are there all the time, with rotations of unit length."""
    everybody = []
    for k in range(people):
        person = some_person(f'Person "{k}", first', frames)
        quats = person.quat_parent_joint
        quats = quats / np.linalg.norm(quats, axis=-1, keepdims=True)
        here = np.arange(frames, dtype=np.int32)
        everybody.append(replace(person, frames=here, quat_parent_joint=quats))
    take = some_take(0)
    return replace(
        take,
        time_s=np.arange(frames) / 30.0,
        source_frame=np.arange(frames, dtype=np.int32),
        people=tuple(everybody),
        cuts=np.zeros(0, np.int32),
        turns=np.zeros((0, 3), np.float32),
        path=np.zeros((0, 3), np.float32),
        zoom=np.zeros(0, np.float32),
        observed=None,
        views=(),
    )


def _peak_mb(take: Take, path: Path) -> float:
    tracemalloc.start()
    export_take(take, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


@pytest.mark.parametrize("suffix", [".bvh", ".csv", ".json"])
def test_a_long_take_needs_no_more_than_a_short_one(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_axes, "_STRETCH", 64)
    short = _peak_mb(_long(200), tmp_path / f"short{suffix}")
    long = _peak_mb(_long(1600), tmp_path / f"long{suffix}")
    written = (tmp_path / f"long{suffix}").stat().st_size / 2**20
    assert written > 2
    assert long - short < 0.25 * written, f"{short:.1f} MB, then {long:.1f} MB"


@pytest.mark.parametrize("suffix", [".bvh", ".csv", ".json"])
@pytest.mark.parametrize("people", [1, 2])
def test_stretches_leave_no_seam(
    suffix: str, people: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = _long(50, people if suffix != ".bvh" else 1)
    export_take(take, tmp_path / f"whole{suffix}")
    for stretch in (1, 7, 25):
        monkeypatch.setattr(file_axes, "_STRETCH", stretch)
        export_take(take, tmp_path / f"parts{suffix}")
        whole, parts = (tmp_path / f"{name}{suffix}" for name in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes()
    if suffix == ".json":
        document = json.loads((tmp_path / "parts.json").read_text("utf-8"))
        assert [len(one["poses"]) for one in document["people"]] == [50] * people
