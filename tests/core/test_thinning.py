"""Clips of many frames a second in "fast": which are looked at, and what is said of the others."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Frame, Region, Take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.observe import detection_cadence
from limn.core.pipeline.pace.thinning import ThinnedSource, frames_per_look, frames_per_part
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from recovery import recover
from synthetic import FakeModel, watch
from synthetic_motion import walking

FAST = Settings(quality="fast", hands="off")


@pytest.mark.parametrize(
    ("fps", "every"), [(24, 1), (30, 1), (48, 1), (50, 2), (60, 2), (100, 4), (120, 4), (240, 4)]
)
def test_as_many_frames_are_passed_over_as_leave_25_a_second(fps: float, every: int) -> None:
    assert frames_per_look("fast", fps) == every
    assert frames_per_look("balanced", fps) == frames_per_look("best", fps) == 1


@pytest.mark.parametrize(
    ("quality", "fps", "hands", "face"),
    [("fast", 30, 3, 2), ("fast", 25, 2, 2), ("best", 30, 1, 1), ("balanced", 60, 2, 2)],
)
def test_parts_of_people_are_looked_at_less_often(
    quality: str, fps: float, hands: int, face: int
) -> None:
    assert frames_per_part(quality, "hands", fps) == hands
    assert frames_per_part(quality, "face", fps) == face


class Counted(FakeModel):
    """A network that counts its calls."""

    calls = 0

    def locate(self, bgr, region: Region):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        type(self).calls += 1
        return super().locate(bgr, region)


def _estimated(settings: Settings, fps: float = 60.0) -> tuple[Take, int]:
    clip = watch(walking(seconds=2.0, fps=fps))
    Counted.calls = 0
    take = clip.estimate(settings, [Counted(clip, "full", clip.flaws)])
    return take, Counted.calls


def test_half_the_looks_show_the_same_motion_in_every_frame() -> None:
    clip = watch(walking(seconds=2.0, fps=60.0))
    take, looks = _estimated(FAST)
    whole, all_looks = _estimated(replace(FAST, quality="balanced"))
    assert looks < 0.6 * all_looks
    assert take.people[0].frames.tolist() == whole.people[0].frames.tolist()
    np.testing.assert_array_equal(take.time_s, whole.time_s)
    np.testing.assert_array_equal(take.source_frame, whole.source_frame)
    assert take.clip == whole.clip
    ours, theirs = recover(clip, take), recover(clip, whole)
    assert ours.joint_mm.mean() < theirs.joint_mm.mean() + 1.0
    assert ours.joint_mm.max() < theirs.joint_mm.max() + 8.0


def test_a_slow_clip_has_every_frame_looked_at() -> None:
    _, looks = _estimated(FAST, fps=30.0)
    assert looks >= 2 * 30


def test_the_take_solved_again_is_the_take(tmp_path: Path) -> None:
    take, _ = _estimated(FAST)
    save_take(take, tmp_path / "a.take.npz")
    again = finished(solve_again(load_take(tmp_path / "a.take.npz"), FAST))
    np.testing.assert_array_equal(again.people[0].frames, take.people[0].frames)
    np.testing.assert_allclose(
        again.people[0].root_xyz_world, take.people[0].root_xyz_world, atol=1e-5
    )


class Numbered:
    """A source of so many frames."""

    def __init__(self, count: int) -> None:
        self._clip = watch(walking(seconds=0.1))
        self.info = replace(self._clip.source().info, frame_count=count, fps=60.0)
        self.warnings, self.damaged_share = (), 0.0

    def frames(self) -> Iterator[Frame]:
        picture = np.zeros((2, 2, 3), np.uint8)
        return (Frame(10 + k, k / 60, picture) for k in range(self.info.frame_count))


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("every", [2, 3, 4])
def test_the_first_and_the_last_frame_are_looked_at_and_all_are_known(
    count: int, every: int
) -> None:
    source = ThinnedSource(Numbered(count), every)
    seen = [frame.index - 10 for frame in source.frames()]
    wanted = sorted({*range(0, count, every), count - 1})
    assert seen == wanted
    assert source.info.frame_count == len(wanted)
    assert source.passed.index == [10 + k for k in range(count)]
    assert np.flatnonzero(source.passed.is_looked_at).tolist() == wanted
    np.testing.assert_allclose(source.passed.time_s, np.arange(count) / 60)


def test_what_was_seen_in_between_is_halfway() -> None:
    take, _ = _estimated(FAST)
    assert take.observed is not None
    track = take.observed.tracks[0]
    xy = track.passes["full"].xy_px
    rows = np.flatnonzero((track.frames % 2 == 1) & (track.frames < track.frames[-1]))[:20]
    assert len(rows) > 10
    np.testing.assert_allclose(xy[rows], (xy[rows - 1] + xy[rows + 1]) / 2, atol=1e-2)
    score = track.passes["full"].score
    np.testing.assert_allclose(score[rows], (score[rows - 1] + score[rows + 1]) / 2, atol=1e-3)


def test_no_more_than_two_chunks_of_pictures_are_held() -> None:
    clip = watch(walking(seconds=3.0))
    inner = clip.source()
    alive, most = [0], [0]

    def dies() -> None:
        alive[0] -= 1

    class Watched(type(inner)):  # type: ignore[misc]
        def frames(self) -> Iterator[Frame]:
            for frame in inner.frames():
                alive[0] += 1
                most[0] = max(most[0], alive[0])
                weakref.finalize(frame.bgr, dies)
                yield frame

    networks = Networks(clip.detector(), (clip.model(),))
    finished(estimate(Watched(clip), networks, FAST))
    cadence = detection_cadence(30.0, "fast", clip.camera.size_px)
    assert cadence == 6
    assert most[0] <= 2 * cadence + 2
