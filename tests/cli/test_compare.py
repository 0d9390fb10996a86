"""``limn compare``: figures, pictures and what fails, with networks that know the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_networks import FRAMES, SIZE_PX, KnowingDetector, Result, Stage, make_clip
from limn.cli.evaluation.compare import variants_of
from limn.cli.evaluation.made_takes import at_frames_of
from limn.core.data.errors import SettingsError, TakeError
from limn.core.data.settings import Settings
from limn.core.data.skeletons import joint
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.evaluation.accuracy import LIMBS, bone_change
from limn.core.evaluation.scoring import figures_of, score
from limn.core.evaluation.truth import read_truth
from limn.core.geometry.camera import camera_from_world
from limn.core.geometry.kinematics import person_joints_world
from limn.media.opencv import load_cv2
from limn.models import estimators
from limn.models.user.library import Library
from model_files import depth_descriptor, depth_network, write

Limn = Callable[..., Result]


@pytest.fixture
def known(clip: Path, truth: Take, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Both shipped estimators know the clip."""
    detector = KnowingDetector(Stage(truth))
    monkeypatch.setattr(estimators, "_open_detector", lambda *_: detector)
    return truth


def _write_truth(take: Take, folder: Path, **changes: Any) -> Path:  # noqa: ANN401
    folder.mkdir(exist_ok=True)
    shape = (len(take.time_s), len(take.people), len(LIMBS))
    xyz = np.full((*shape, 3), np.nan, np.float32)
    for i, person in enumerate(take.people):
        joints = person_joints_world(person)[:, [joint(name) for name in LIMBS]]
        xyz[person.frames, i] = camera_from_world(take.camera, joints)
    arrays = {
        "joints3d": xyz,
        "valid": np.isfinite(xyz).all(-1),
        "names": np.array(LIMBS),
        "K": take.camera.K,
        "size": np.array(take.camera.size_px),
    }
    np.savez(folder / "gt.npz", **(arrays | changes))
    return folder


def test_estimators_stand_side_by_side(limn: Limn, clip: Path, known: Take) -> None:
    picture, takes = clip.with_name("out.png"), clip.with_name("takes")
    outputs = ("-o", picture, "--takes", takes, "--json")
    result = limn("compare", clip, "--estimators", "blazepose,movenet", *outputs)
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert [row["name"] for row in report["variants"]] == ["blazepose", "movenet"]
    for row in report["variants"]:
        assert row["people"] == 1
        assert row["found_share"] == 1
        assert row["bone_percent"] < 0.1
        assert row["fps"] > 0
        assert row["reprojection_share"] < 0.05
        assert len(load_take(row["take"]).time_s) == FRAMES
    assert report["picture"] == str(picture)
    drawn = load_cv2().imread(str(picture))
    assert drawn is not None
    assert drawn.std() > 10
    seen = load_take(takes / "movenet.take.npz").observed
    assert seen is not None
    assert list(seen.tracks[0].passes) == ["keypoints"]
    assert not seen.tracks[0].passes["keypoints"].worth.has_3d


@pytest.mark.parametrize(("suffix", "style"), [(".gif", "gallery"), (".mp4", "overlay")])
def test_motion_stands_side_by_side(
    limn: Limn, clip: Path, known: Take, suffix: str, style: str
) -> None:
    out = clip.with_name(f"out{suffix}")
    few = ("--last-frame", "4", "--style", style)
    result = limn("compare", clip, "--qualities", "fast,balanced", "-o", out, *few)
    assert result.code == 0, result.err
    assert out.stat().st_size > 1000
    assert "fast" in result.out
    assert "balanced" in result.out


def test_one_that_fails_stops_no_other(limn: Limn, clip: Path, known: Take) -> None:
    out = clip.with_name("out.png")
    names = "nonsense,centernet-depth,rtmpose-m,movenet"
    result = limn("compare", clip, "--estimators", names, "-o", out, "--json")
    assert result.code == 1
    report = json.loads(result.out)
    assert report["failed"] == 3
    rows = {row["name"]: row for row in report["variants"]}
    for name in ("nonsense", "centernet-depth", "rtmpose-m"):
        assert rows[name]["error"].endswith(".")
        assert name in rows[name]["error"]
    assert rows["movenet"]["people"] == 1
    assert out.exists()
    out.unlink()
    result = limn("compare", clip, "--estimators", "nonsense", "-o", out)
    assert result.code == 1
    assert "failed: There is no estimator" in result.out
    assert not out.exists()


def test_the_truth_tells_errors(limn: Limn, clip: Path, known: Take) -> None:
    folder = _write_truth(known, clip.with_name("truth"))
    result = limn("compare", clip, "--estimators", "movenet", "--truth", folder, "--json")
    assert result.code == 0, result.err
    (row,) = json.loads(result.out)["variants"]
    assert row["found_percent"] == 100
    assert row["pa_mm"] <= row["scaled_mm"] <= 150


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--estimators", "a,a"), 2),
        (("--estimators", " , "), 2),
        (("--qualities", "fast,splendid"), 2),
        (("-o", "out.jpg"), 7),
        (("-o", "nowhere/out.png"), 7),
        (("--truth", "nowhere"), 3),
    ],
)
def test_bad_wishes_are_refused_before_anything_runs(
    limn: Limn, clip: Path, known: Take, arguments: tuple[str, ...], code: int
) -> None:
    arguments = tuple(str(clip.parent / a) if "out." in a else a for a in arguments)
    result = limn("compare", clip, *arguments)
    assert result.code == code
    assert result.err.startswith("limn: ")
    assert result.err.count("\n") == 1
    assert limn("compare", clip.with_name("gone.mp4")).code == 3


def test_cancelling_leaves_nothing(
    limn: Limn, clip: Path, known: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    class Interrupted(KnowingDetector):
        def detect(self, bgr: np.ndarray) -> Any:  # noqa: ANN401
            nonlocal calls
            calls += 1
            if calls > 3:
                raise KeyboardInterrupt
            return super().detect(bgr)

    detector = Interrupted(Stage(known))
    monkeypatch.setattr(estimators, "_open_detector", lambda *_: detector)
    before = sorted(clip.parent.iterdir())
    result = limn("compare", clip, "--estimators", "movenet", "-o", clip.with_name("out.mp4"))
    assert result.code == 130
    assert sorted(clip.parent.iterdir()) == before


def test_without_a_wish_all_that_can_run_do(
    limn: Limn, clip: Path, known: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    few = ("--last-frame", "6", "--json")
    report = json.loads(limn("compare", clip, *few).out)
    assert [row["name"] for row in report["variants"]] == ["blazepose", "movenet"]
    (note,) = report["notes"]
    assert note == (
        "centernet-depth was left out, as no depth network is installed; 'limn models' lists some."
    )
    assert note in limn("compare", clip, *few[:2]).out
    assert "notes" not in json.loads(limn("compare", clip, *few, "--qualities", "fast").out)

    mine = write(tmp_path / "mine.onnx", depth_network())
    Library(tmp_path / "models").add_file(mine, depth_descriptor())
    report = json.loads(limn("compare", clip, *few).out)
    rows = {row["name"]: row for row in report["variants"]}
    assert list(rows) == ["blazepose", "movenet", "centernet-depth"]
    assert rows["centernet-depth"]["people"] == 1
    assert [row["depth_model"] for row in rows.values()] == ["", "", "my-depth"]
    assert "notes" not in report
    named = ("--estimators", "as-published,movenet", "--depth-model", str(mine))
    report = json.loads(limn("compare", clip, *few, *named).out)
    assert [row["depth_model"] for row in report["variants"]] == [str(mine)] * 2
    assert report["failed"] == 0


def test_variants_are_named_apart() -> None:
    def names(estimators: str | None, qualities: str | None) -> list[str]:
        return [one.name for one in variants_of(Settings(), estimators, qualities)]

    assert names("blazepose,flat", None) == ["blazepose", "flat"]
    assert names(None, "fast,best") == ["fast", "best"]
    assert names("a,b", "fast,best") == ["a fast", "a best", "b fast", "b best"]
    assert names("a", None) == ["a"]
    assert names(None, None)[:2] == ["blazepose", "movenet"]
    for given, qualities in ((None, "quick"), ("a,a", None), (",", None), ("a", "fast,fast")):
        with pytest.raises(SettingsError):
            names(given, qualities)


def test_scores_are_those_of_the_benchmark(tmp_path: Path) -> None:
    take = make_clip(tmp_path / "walk.mp4", people=2)
    truth = read_truth(_write_truth(take, tmp_path / "truth"))
    same = score(take, truth)
    assert same["found_percent"] == 100
    assert all(value is not None and value < 0.1 for n, value in same.items() if n.endswith("mm"))
    xyz = truth.xyz_camera
    noise = np.random.default_rng(0).normal(0, 0.02, xyz.shape)
    _write_truth(take, tmp_path / "noisy", joints3d=(1.2 * (xyz + noise)).astype(np.float32))
    noisy = score(take, read_truth(tmp_path / "noisy"))
    # The mean length of noise of 20 mm an axis, less the seven freedoms of the alignment.
    assert noisy["pa_mm"] == pytest.approx(1.2 * 20 * 1.596 * (29 / 36) ** 0.5, rel=0.05)
    # The root, a mean of two joints, adds half as much again to what isn't aligned.
    assert noisy["scaled_mm"] == pytest.approx(1.2 * 20 * 1.596 * (1 + 1 / 3) ** 0.5, rel=0.1)
    assert noisy["root_mm"] is not None
    assert noisy["root_mm"] > 80
    assert figures_of(take)["people"] == 2
    assert figures_of(take)["bone_percent"] < 0.01
    bones = np.tile(np.random.default_rng(1).normal(size=(1, 12, 3)), (50, 1, 1))
    assert bone_change(bones) < 1e-9
    assert bone_change(bones * np.linspace(0.9, 1.1, 50)[:, None, None]) > 4
    assert SIZE_PX == take.camera.size_px


def test_an_imported_take_stands_beside_limns_own(limn: Limn, clip: Path, known: Take) -> None:
    rows = slice(2, None)
    person = known.people[0]
    shorter = replace(
        person,
        **{
            name: getattr(person, name)[rows]
            for name in ("frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact",
                         "bridged", "xy_px", "xy_score")
        },
    )  # fmt: skip
    take = clip.with_name("other.take.npz")
    save_take(replace(known, people=(shorter,), observed=None), take)
    out = clip.with_name("both.png")
    result = limn("compare", clip, "--with", take, "-o", out, "--json")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert [row["name"] for row in report["variants"]] == ["blazepose", "other"]
    other = report["variants"][1]
    assert other["people"] == 1
    assert other["found_share"] == pytest.approx(1 - 2 / FRAMES, abs=1e-3)
    assert out.exists()
    assert take.exists()
    refused = limn("compare", clip, "--with", take, "-o", take)
    assert refused.code != 0


def test_takes_of_other_pictures_or_frames_are_refused(limn: Limn, clip: Path, known: Take) -> None:
    take = clip.with_name("other.take.npz")
    wide = replace(known.camera, size_px=(10 * SIZE_PX[0], SIZE_PX[1]))
    save_take(replace(known, camera=wide, observed=None), take)
    result = limn("compare", clip, "--with", take)
    assert result.code != 0
    assert "of pictures of" in result.err
    later = replace(known, source_frame=known.source_frame + 10_000)
    with pytest.raises(TakeError, match="none of the clip's frames"):
        at_frames_of(later, known)
