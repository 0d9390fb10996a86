"""The page about takes says of every array what the reader checks."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from limn.core.data.observations import PassObservations, TrackObservations
from limn.core.data.reading import take_layout as layout
from limn.core.data.reading.fields import Field
from limn.core.data.types import Person

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "take.md"
TABLES = {
    "": layout.CLIP_ARRAYS,
    "person_0.": layout.PERSON_ARRAYS,
    "track_0.": layout.TRACK_ARRAYS,
    "track_0.<pass>.": layout.PASS_ARRAYS,
    " ": layout.OBSERVED_ARRAYS,
}


def row(prefix: str, field: Field) -> str:
    """A row of the page's table."""
    shape = ", ".join(
        f"0 or {part[:-1]}" if isinstance(part, str) and part.endswith("?") else str(part)
        for part in field.shape
    )
    values = "" if field.kind == "bool" else f"{field.low:g} to {field.high:g}"
    values += ", or NaN" if field.may_be_nan else ""
    values += ", increasing" if field.increases else ""
    values += "" if field.is_needed else "; may be left out"
    return f"| `{prefix.strip()}{field.name}` | {field.kind} | ({shape}) | {values} |"


@pytest.mark.parametrize("prefix", TABLES)
def test_the_page_has_a_row_for_every_array(prefix: str) -> None:
    page = PAGE.read_text("utf-8").splitlines()
    missing = [row(prefix, field) for field in TABLES[prefix] if row(prefix, field) not in page]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("owner", "table", "others"),
    [
        (Person, layout.PERSON_ARRAYS, {"name", "height_m", "xy_skeleton"}),
        (TrackObservations, layout.TRACK_ARRAYS, {"passes", "closeups", "detected_skeleton"}),
        (PassObservations, layout.PASS_ARRAYS, {"worth", "skeleton"}),
    ],
)
def test_a_table_names_every_array_of_its_class(
    owner: type, table: tuple[Field, ...], others: set[str]
) -> None:
    assert {field.name for field in table} == {field.name for field in fields(owner)} - others
