"""The Python API: what it loads, what it gives, and the README's example."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import limn
import numpy as np
import pytest
from fake_networks import KnowingDetector, KnowingModel, Stage, make_clip
from limn import api
from limn.core.data.skeletons import SMPLX_55
from limn.core.data.types import Detections
from limn.core.formats.bvh import load_bvh
from limn.core.geometry.kinematics import person_joints_world

ROOT = Path(__file__).resolve().parents[1]
_HEAVY = ("numpy", "cv2", "onnxruntime", "bpy", "rich", "av", "trimesh", "ezc3d")
_FROM_LIMN = re.compile(
    r"^limn\.(?!api$|core$|core\.data$|core\.data\.(errors|settings|safe_text)$)"
)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return tmp_path / "walk.mp4"


@pytest.fixture
def networks(clip: Path) -> limn.Networks:
    """Networks that know what is in ``clip``."""
    stage = Stage(make_clip(clip, people=2))
    eyes = KnowingDetector(stage), (KnowingModel(stage),)
    return replace(limn.open_networks(), detector=eyes[0], landmark_models=eyes[1])


@pytest.fixture
def take(clip: Path, networks: limn.Networks) -> limn.Take:
    return limn.estimate(clip, networks=networks)


def _in_another_python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_it_loads_nothing_of_weight() -> None:
    told = _in_another_python(
        "import sys, limn, limn.api\n"
        "assert limn.Settings().quality and limn.__version__ and limn.LimnError\n"
        "print(*sorted(sys.modules))"
    ).split()
    assert not set(_HEAVY) & set(told)
    assert not [name for name in told if _FROM_LIMN.match(name)]


def test_the_package_alone_loads_not_even_the_api() -> None:
    told = _in_another_python(
        "import sys, limn\nlimn.register, limn.unregister, dir(limn)\n"
        "assert not hasattr(limn, 'bl_info') and not hasattr(limn, '__addon_enabled__')\n"
        "print(*(name for name in sys.modules if name.startswith('limn')))"
    ).split()
    assert set(told) - {"limn_here"} == {"limn"}


def test_the_package_offers_all_of_the_api() -> None:
    assert limn._API == frozenset(api.__all__)
    assert set(api.__all__) <= set(dir(limn))
    for name in api.__all__:
        assert getattr(limn, name) is not None, name
    assert limn.api is api
    with pytest.raises(AttributeError, match="nonsense"):
        _ = api.nonsense  # type: ignore[attr-defined]


def test_the_version_is_the_manifests() -> None:
    manifest = (ROOT / "blender_manifest.toml").read_text("utf-8")
    assert f'\nversion = "{limn.__version__}"\n' in manifest


def test_the_command_line_tells_the_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "limn.cli", "--version"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"limn {limn.__version__}\n")


def test_a_job_tells_its_steps_then_its_result(clip: Path, networks: limn.Networks) -> None:
    job = limn.estimate_job(clip, networks=networks)
    steps = list(job)
    assert {step.stage for step in steps} == {"Finding people", "Solving motion"}
    assert steps[-1].done == steps[-1].total
    assert job.result is job.result
    told: list[limn.Progress] = []
    again = limn.estimate(clip, networks=networks, progress=told.append)
    assert told == steps, "networks serve clip after clip"
    for one, other in zip(again.people, job.result.people, strict=True):
        assert np.array_equal(one.quat_parent_joint, other.quat_parent_joint)


def test_a_job_that_is_closed_or_fails_has_no_result(clip: Path, networks: limn.Networks) -> None:
    job = limn.estimate_job(clip, networks=networks)
    next(iter(job))
    job.close()
    assert list(job) == []
    with pytest.raises(limn.Cancelled):
        _ = job.result

    class Broken(KnowingDetector):
        def detect(self, bgr: object) -> Detections:
            raise limn.ModelError("broken")

    job = limn.estimate_job(clip, networks=replace(networks, detector=Broken(networks.detector)))  # type: ignore[arg-type]
    with pytest.raises(limn.ModelError):
        list(job)
    with pytest.raises(limn.Cancelled):
        _ = job.result


def test_what_progress_raises_cancels(clip: Path, networks: limn.Networks) -> None:
    job = limn.estimate_job(clip, networks=networks)

    def stop(_step: limn.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.run(stop)
    assert list(job) == []


def test_opencv_has_its_threads_again_afterwards(clip: Path, networks: limn.Networks) -> None:
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        job = limn.estimate_job(clip, networks=networks)
        next(iter(job))
        assert cv2.getNumThreads() == 1
        job.close()
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


def test_a_take_goes_to_disk_and_back_and_is_solved_again(take: limn.Take, tmp_path: Path) -> None:
    path = tmp_path / "walk.take.npz"
    limn.save(take, path)
    same, taller = limn.solve(path), limn.solve(take, replace(limn.settings_of(take), height_m=1.9))
    loaded = limn.load(str(path))
    for one, two, three in zip(take.people, same.people, loaded.people, strict=True):
        assert np.array_equal(one.root_xyz_world, two.root_xyz_world)
        assert np.array_equal(one.root_xyz_world, three.root_xyz_world)
    assert taller.people[0].height_m == pytest.approx(1.9, abs=1e-3)


def test_a_joints_path(take: limn.Take) -> None:
    person = take.people[0]
    path = limn.joint_path(person, "right_ankle")
    assert np.array_equal(path, person_joints_world(person)[:, SMPLX_55.index("right_ankle")])
    assert path.shape == (len(person.frames), 3)
    with pytest.raises(limn.SettingsError, match="elbow"):
        limn.joint_path(person, "ankle_right")


def test_export_takes_a_person_or_their_name(take: limn.Take, tmp_path: Path) -> None:
    with pytest.raises(limn.OutputError, match="one person"):
        limn.export(take, tmp_path / "all.bvh")
    second = take.people[1]
    by_name = limn.export(take, tmp_path / "a.bvh", person=second.name, first_frame=20)
    by_self = limn.export(take, tmp_path / "b.bvh", person=second, first_frame=20)
    assert by_name.files == (tmp_path / "a.bvh",)
    texts = [written.files[0].read_text() for written in (by_name, by_self)]
    assert texts[0] == texts[1]
    assert len(load_bvh(by_self.files[0]).root_xyz) == 10
    with pytest.raises(limn.OutputError, match="none of these frames"):
        limn.export(take, tmp_path / "c.bvh", person=second, first_frame=10_000)


def test_export_refuses_what_a_format_cant_say(take: limn.Take, tmp_path: Path) -> None:
    refused: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("a.fbx", {"space": "camera"}, "world space only"),
        ("a.csv", {"smplx": "model.npz"}, "hold no body"),
        ("a.csv", {"still": True}, r"for \.glb files"),
        ("a.fbx", {"still": True}, r"for \.glb files"),
        ("a.csv", {"space": "moon"}, "no space moon"),
        ("a.xyz", {}, "can't write a"),
    )
    for name, options, sentence in refused:
        with pytest.raises(limn.OutputError, match=sentence):
            limn.export(take, tmp_path / name, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mp4"]


def test_a_preview_is_drawn(take: limn.Take, tmp_path: Path) -> None:
    told: list[limn.Progress] = []
    assert limn.preview(take, tmp_path / "p.png", progress=told.append) == tmp_path / "p.png"
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert told


def test_retarget_names_who_isnt_there(take: limn.Take, tmp_path: Path) -> None:
    with pytest.raises(limn.RigError, match="no person Nobody"):
        limn.retarget(take, "rig.blend", tmp_path / "o.blend", person="Nobody")
    with pytest.raises(limn.SettingsError, match="tolerance"):
        limn.retarget(take, "rig.blend", tmp_path / "o.blend", tolerance_deg=-1)


@pytest.fixture
def example() -> Iterator[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    (found,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return found


@pytest.mark.networks
def test_the_readmes_example_runs(example: str, tmp_path: Path) -> None:
    assert len(example.strip().splitlines()) <= 10
    for clip in re.findall(r'"(examples/[^"]+)"', example):
        example = example.replace(clip, (ROOT / clip).as_posix())
    done = subprocess.run(
        [sys.executable, "-c", example],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (bvh,) = tmp_path.glob("*.bvh")
    assert len(lines) == len(load_bvh(bvh).root_xyz) > 5
    heights_m = [float(line.split()[-1]) for line in lines]
    assert 0 < min(heights_m) < max(heights_m) < 2.5, "a wrist's"
