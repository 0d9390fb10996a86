"""Which takes a batch makes of what it is asked for, and what they are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from limn.cli.clips.clip_list import name_takes
from limn.cli.clips.results import names_of, table_of
from limn.cli.farms.batch_command import parse_estimate
from limn.cli.farms.job_list import make_items
from limn.cli.farms.report_page import write_report


def items_of(folder: Path, *asked: str | Path) -> dict[str, dict[str, Any]]:
    items = make_items([str(one) for one in asked], folder / "takes", [], parse_estimate)
    return {item.output.name.removesuffix(".take.npz"): dict(item.options) for item in items}


def test_shots_of_one_name_are_called_by_their_folders(tmp_path: Path) -> None:
    for shot in ("sh010", "sh020"):
        (tmp_path / shot).mkdir()
        (tmp_path / shot / "plate.mp4").touch()
        (tmp_path / shot / f"{shot}.mp4").touch()
    found = items_of(tmp_path, tmp_path / "**" / "*.mp4")
    assert set(found) == {"sh010", "sh010-plate", "sh020", "sh020-plate"}
    deep = [tmp_path / a / b / "plate.mp4" for a in ("one", "two") for b in ("x", "y")]
    names = [path.name for path in name_takes(deep, tmp_path)]
    assert names == [f"{a}-{b}-plate.take.npz" for a in ("one", "two") for b in ("x", "y")]


def test_shots_of_one_name_are_told_apart_in_tables_and_reports(tmp_path: Path) -> None:
    clips = [tmp_path / shot / "plate.mp4" for shot in ("sh010", "sh020")]
    clips += [tmp_path / "other.mp4", tmp_path / "other.mp4"]
    results = [{"clip": str(clip), "error": "It is gone.", "exit_code": 3} for clip in clips]
    assert names_of(results) == ["sh010/plate.mp4", "sh020/plate.mp4", "other.mp4", "other.mp4"]
    assert table_of(results).startswith("sh010/plate.mp4  failed")
    _, page = write_report(tmp_path, results, "Night")
    assert page.read_text("utf-8").count("sh020/plate.mp4") == 2


def test_takes_of_one_folder_keep_their_suffix_where_they_must(tmp_path: Path) -> None:
    clips = [tmp_path / name for name in ("a.mp4", "a.mov", "b.mp4")]
    names = [path.name for path in name_takes(clips, tmp_path)]
    assert names == ["a.mp4.take.npz", "a.mov.take.npz", "b.take.npz"]
    twice = [path.name for path in name_takes([clips[0], clips[0]], tmp_path)]
    assert twice == ["a.take.npz", "a (2).take.npz"]
    assert name_takes([], tmp_path) == []


def test_a_lists_options_count_for_clips_that_a_pattern_names_too(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    rows = tmp_path / "tonight.csv"
    rows.write_text("clip,height,max-people\na.mp4,1.8,\n")
    for order in ((tmp_path / "*.mp4", rows), (rows, tmp_path / "*.mp4")):
        found = items_of(tmp_path, *order)
        assert {name: one["height_m"] for name, one in found.items()} == {"a": 1.8, "b": None}


def test_rows_with_other_frames_of_a_clip_are_takes_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "long.mp4").touch()
    rows = tmp_path / "rows.json"
    frames = [(0, 99), (200, 299), (0, 99)]
    each = [{"clip": "long.mp4", "first-frame": a, "last-frame": b} for a, b in frames]
    rows.write_text(json.dumps(each))
    found = items_of(tmp_path, rows)
    assert [one["first_frame"] for one in found.values()] == [0, 200]
    assert set(found) == {"long", "long (2)"}
