"""The command line on the clip that ships with the project, with the real networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import Result
from limn.core.data.skeletons import BLAZEPOSE_33, joint
from limn.core.data.take_file import load_take
from limn.core.geometry.camera import project
from limn.core.geometry.kinematics import person_joints_world
from limn.media.clips import open_clip
from limn.media.opencv import load_cv2

pytestmark = pytest.mark.networks

CLIP = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"
Limn = Callable[..., Result]


def test_people_who_come_and_go_lie_over_the_footage(limn: Limn, tmp_path: Path) -> None:
    output = tmp_path / "park.take.npz"
    options = ("--first-frame", "46", "--last-frame", "75", "--quality", "fast", "--fov", "38.7")
    result = limn("estimate", CLIP, "-o", output, *options)
    assert result.code == 0, result.err
    take = load_take(output)
    assert len(take.people) == 2
    leaves, lands = sorted(take.people, key=lambda person: person.frames[0])
    assert leaves.frames[0] == 0, "the walker is there from the first frame on"
    assert leaves.frames[-1] < 29, "and has left the picture before the last"
    assert lands.frames[-1] == 29
    knees = [f"{side}_knee" for side in ("left", "right")]
    for person in take.people:
        posed = project(take.camera, person_joints_world(person)[:, [joint(k) for k in knees]])
        seen = person.xy_px[:, [BLAZEPOSE_33.index(k) for k in knees]]
        off_px = np.median(np.linalg.norm(posed - seen, axis=-1))
        assert off_px < 12, f"{person.name}'s knees lie {off_px:.0f} px beside the footage's"


def test_a_photo_gives_one_pose(limn: Limn, tmp_path: Path) -> None:
    photo, output = tmp_path / "photo.png", tmp_path / "photo.take.npz"
    frame = next(open_clip(CLIP).frames()).bgr
    assert load_cv2().imwrite(str(photo), frame)
    result = limn("estimate", photo, "-o", output, "--quality", "fast")
    assert result.code == 0, result.err
    take = load_take(output)
    assert len(take.time_s) == 1
    assert {len(person.frames) for person in take.people} == {1}


def test_a_truncated_video_gives_what_can_be_read_and_says_so(limn: Limn, tmp_path: Path) -> None:
    cut, output = tmp_path / "cut.mp4", tmp_path / "cut.take.npz"
    data = CLIP.read_bytes()
    cut.write_bytes(data[: len(data) * 3 // 4])
    result = limn("estimate", cut, "-o", output, "--quality", "fast")
    assert result.code == 0, result.err
    take = load_take(output)
    assert 10 < len(take.time_s) < 90
    assert take.warnings
    assert all(f"Warning: {sentence}\n" in result.err for sentence in take.warnings)
    assert any("frame" in sentence for sentence in take.warnings)


def test_a_picture_of_nobody_has_no_person(limn: Limn, tmp_path: Path) -> None:
    grey, output = tmp_path / "grey.png", tmp_path / "grey.take.npz"
    assert load_cv2().imwrite(str(grey), np.full((480, 640, 3), 127, np.uint8))
    result = limn("estimate", grey, "-o", output)
    assert result.code == 6
    assert result.err == f"limn: No person found in {grey}.\n"
    assert not output.exists()
