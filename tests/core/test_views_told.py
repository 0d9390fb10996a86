"""What a take, its report and the outcome tell of further views."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from limn.cli.outcome import as_text, describe
from limn.core.data.settings import Settings
from limn.core.data.views.view import Agreement
from limn.core.pipeline.films.scene import solve_films
from limn.core.together.agreement import doubt_of
from limn.tools.jobs import finished
from synthetic_motion import jumping
from together_views import filmed, part_of


def test_the_report_tells_of_every_view() -> None:
    motion = jumping(30.0)
    front = filmed(motion, 0.0, "front.mp4", 1)
    side = filmed(part_of(motion, 6), 70.0, "side.mp4", 2)
    take = finished(solve_films([front, side], Settings()))
    (told,) = take.report["views"]
    assert told["clip"] == "side.mp4"
    assert told["starts_s"] == pytest.approx(take.views[0].starts_s, abs=1e-4)
    assert told["agreement"] == "good"
    assert 0.9 < told["joints_seen"] <= 1.0
    outcome = describe(take, Path("a.take.npz"))
    assert outcome["views"][0]["joints_seen"] == told["joints_seen"]
    share = f"{told['joints_seen']:.0%} of joints seen"
    assert share in as_text(outcome)
    # A take of an earlier version says nothing of it.
    old = describe(replace(take, report={}), Path("a.take.npz"))
    assert old["views"][0]["joints_seen"] is None
    assert "of joints seen" not in as_text(old)


def test_only_a_poor_view_is_said_to_show_others() -> None:
    told = {
        word: doubt_of("b.mp4", "a.mp4", Agreement(word=word, angle_deg=90.0), None)
        for word in ("good", "check", "poor")
    }
    assert told["good"] == ""
    assert "less well" in told["check"]
    assert "badly and may show other people" in told["poor"]
