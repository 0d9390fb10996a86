"""The rows of the section Settings; a new setting is a field of ``settings.props`` and a row."""

from __future__ import annotations

from typing import Final

from ..tab.rows import row

READING: Final = (
    row("max_people"),
    row("first_frame", "last_frame", flag="use_range"),
    row("step"),
    row("min_confidence", is_slider=True),
    row("replace"),
)
"""What is settled once the clip has been read."""
SOLVING: Final = (
    row("height_m", flag="use_height"),
    row("fov_deg", flag="use_fov"),
    row("camera"),
    row("contacts"),
    row("gaps"),
    row("hands"),
    row("face"),
    row("body"),
)
"""What can be changed afterwards, and solved again."""
