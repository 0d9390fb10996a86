"""ASF/AMC files: bones turn about their own axes, on their parents, from a root that moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.tools.lifter.asf import FPS, read_amc

ASF = """:version 1.10
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name lhipjoint
     direction 1 0 0
     length 2
     axis 0 0 0  XYZ
  end
  begin
     id 2
     name lfemur
     direction 0 -1 0
     length 8
     axis 0 0 90  XYZ
     dof rx ry rz
     limits (-160.0 20.0)
            (-70.0 70.0)
            (-60.0 70.0)
  end
  begin
     id 3
     name ltibia
     direction 0 -1 0
     length 7
     axis 0 0 0  XYZ
     dof rx
  end
:hierarchy
  begin
    root lhipjoint
    lhipjoint lfemur
    lfemur ltibia
  end
"""


def write(folder: Path, *frames: str, asf: str = ASF, name: str = "07") -> Path:
    (folder / f"{name}.asf").write_text(asf)
    path = folder / "07_01.amc"
    numbered = (f"{k}\n{frame}" for k, frame in enumerate(frames, 1))
    path.write_text(":FULLY-SPECIFIED\n:DEGREES\n" + "\n".join(numbered))
    return path


def frame(root: str = "0 0 0 0 0 0", femur: str = "0 0 0", tibia: str = "0") -> str:
    return f"root {root}\nlfemur {femur}\nltibia {tibia}"


def test_at_rest_every_joint_is_where_the_skeleton_says(tmp_path: Path) -> None:
    motion = read_amc(write(tmp_path, frame(), frame("1 2 3 0 0 0")))
    assert motion.fps == FPS
    assert motion.names == ("Hips", "lhipjoint", "LeftUpLeg", "LeftLeg")
    assert motion.xyz[0] == pytest.approx(motion.rest)
    assert motion.rest == pytest.approx(np.array([[0, 0, 0], [0, 0, 0], [2, 0, 0], [2, -8, 0]]))
    assert motion.xyz[1] - motion.xyz[0] == pytest.approx(np.tile([1, 2, 3], (4, 1)))


def test_a_bone_turns_about_its_own_axes_and_takes_the_next_along(tmp_path: Path) -> None:
    """The thigh's axes are turned by 90 degrees about z: its x axis is the world's y axis."""
    motion = read_amc(write(tmp_path, frame(femur="0 90 0"), frame(femur="90 0 0")))
    # About its y axis, which is the world's -x axis: forward, where the leg pointed down.
    assert motion.xyz[0, 3] == pytest.approx([2, 0, 8])
    # About its x axis, along which the leg points: nothing moves, but the knee is twisted.
    assert motion.xyz[1, 3] == pytest.approx([2, -8, 0])
    assert motion.R_world_joint[1, 3] @ [0, 0, 1] == pytest.approx([1, 0, 0])


def test_the_root_turns_about_x_first_then_y_then_z(tmp_path: Path) -> None:
    motion = read_amc(write(tmp_path, frame("0 0 0 90 90 0")))
    # The thigh points down, by x backward, by y to the right.
    assert motion.xyz[0, 3] - motion.xyz[0, 2] == pytest.approx([-8, 0, 0])


def test_what_is_no_trial_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, frame(femur="1 2"))
    with pytest.raises(ValueError, match=r"07_01\.amc is no complete AMC file of 07\.asf"):
        read_amc(path)
    with pytest.raises(ValueError, match="it has no frames"):
        read_amc(write(tmp_path))
    (tmp_path / "07.asf").unlink()
    with pytest.raises(ValueError, match=r"has no skeleton, 07\.asf, beside it"):
        read_amc(path)


def test_a_skeleton_of_another_name_serves_when_there_is_only_that(tmp_path: Path) -> None:
    assert len(read_amc(write(tmp_path, frame(), name="walker")).xyz) == 1
