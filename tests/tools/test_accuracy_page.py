"""The page of the benchmark's figures: what was measured apart stays as it was written."""

from __future__ import annotations

from limn.tools.evaluation.accuracy_table import FIRST_APART, LAST_APART, ROOT, page, sections

PAGE = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")


def test_a_page_written_again_keeps_what_was_measured_apart() -> None:
    before = sections(PAGE)
    written = sections(page([("Limn fast", {})], before))
    for title in (*FIRST_APART, *LAST_APART):
        assert written[title].strip() == before[title].strip()


def test_a_page_tells_the_rest_of_its_words_as_the_tool_does() -> None:
    before = sections(PAGE)
    written = sections(page([("Limn fast", {})], before))
    assert written["The figures"] == before["The figures"]
    assert written["Measure it yourself"] == before["Measure it yourself"]
