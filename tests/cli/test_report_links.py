"""Links of a batch's report lead to its takes wherever they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from limn.cli.farms import report_page


def test_links_are_relative_or_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = tmp_path / "takes" / "a b#1.take.npz"
    assert 'href="../takes/a%20b%231.take.npz"' in report_page._link(take, tmp_path / "report")

    def on_another_drive(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(report_page.os.path, "relpath", on_another_drive)
    assert f'href="{take.as_uri()}"' in report_page._link(take, tmp_path / "report")
