"""The laws of cleaning, in every layout: no jitter, feet that stand, poses that stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.types import Person
from limn.core.formats.bvh import save_bvh
from limn.core.formats.table import export_take
from limn.core.geometry.alignment import aligned_error
from limn.core.geometry.kinematics import person_joints_world
from limn.core.importing.as_take import ImportSettings
from limn.core.importing.opening import import_motion
from synthetic_take import some_take

from .test_importing import AS_IS, LAYOUTS, jitter, shaken, slide_mm
from .test_importing_points import write_other_rig
from .test_sam3d_body import mhr_points, stacked
from .walking_source import walking

FPS, FRAMES = 30.0, 90
MOST_JITTER, MOST_SLIDE_MM, MOST_CHANGE_MM = 7.0, 2.0, 5.0
Write = Callable[[Path, Person], Path]


def _exported(name: str) -> Write:
    def write(folder: Path, person: Person) -> Path:
        some = some_take(1)
        take = replace(
            some,
            people=(person,),
            time_s=np.arange(FRAMES) / FPS,
            source_frame=np.arange(FRAMES, dtype=np.int32),
            clip=replace(some.clip, fps=FPS, step=1),
        )
        if name.endswith(".bvh"):
            save_bvh(take, person, folder / name)
        else:
            export_take(take, folder / name)
        return folder / name

    return write


def _foreign(layout: str) -> Write:
    def write(folder: Path, person: Person) -> Path:
        name, save, _ = LAYOUTS[layout]
        (folder / name).parent.mkdir(exist_ok=True)
        save(folder / name, person)
        return folder / name

    return write


def _mixamo(folder: Path, person: Person) -> Path:
    write_other_rig(folder / "a.bvh", person, 30.0)
    return folder / "a.bvh"


def _array(folder: Path, person: Person) -> Path:
    np.save(folder / "a.npy", person_joints_world(person).astype(np.float32))
    return folder / "a.npy"


WRITERS: dict[str, Write] = {
    **{layout: _foreign(layout) for layout in LAYOUTS},
    "bvh": _exported("a.bvh"),
    "mixamo": _mixamo,
    "trc": _exported("a.trc"),
    "csv": _exported("a.csv"),
    "npy": _array,
    "sam3d": lambda folder, person: stacked(folder, mhr_points(person)[None]),
}


@pytest.mark.parametrize(("seed", "drift_mps"), [(1, 0.12), (2, 0.2)])
@pytest.mark.parametrize("layout", WRITERS)
def test_the_laws_hold(layout: str, seed: int, drift_mps: float, tmp_path: Path) -> None:
    walker = walking(FRAMES)
    file = WRITERS[layout](tmp_path, shaken(walker, 0.0165, drift_mps, seed))
    raw = import_motion(file, replace(AS_IS, fps=FPS)).people[0]
    clean = import_motion(file, ImportSettings(fps=FPS)).people[0]
    assert jitter(raw) > 16.0
    assert slide_mm(raw, walker.contact) > 4.0
    assert jitter(clean) <= MOST_JITTER
    assert slide_mm(clean, walker.contact) <= MOST_SLIDE_MM
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert 1000 * aligned_error(after, before).mean() <= MOST_CHANGE_MM


@pytest.mark.parametrize("layout", ["amass", "trc"])
def test_a_bending_back_isnt_straightened(layout: str, tmp_path: Path) -> None:
    """Points in space tell a trunk that bends: held stiff, poses moved by 4 to 5 mm and not 2."""
    walker = walking(FRAMES)
    file = WRITERS[layout](tmp_path, shaken(walker, 0.0165, 0.12, 3))
    raw, clean = (import_motion(file, how).people[0] for how in (AS_IS, ImportSettings()))
    before, after = (person_joints_world(one)[:, :22].astype(np.float64) for one in (raw, clean))
    assert 1000 * aligned_error(after, before).mean() < 2.5
