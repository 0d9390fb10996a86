"""Choices about parts of people: hands, faces, legs."""

from __future__ import annotations

from typing import Final

HAND_ITEMS: Final = (
    ("auto", "Automatic", "Pose fingers where hands are large enough in the picture to be read"),
    ("on", "Always", "Look at hands of every size and trust what is seen"),
    ("off", "Off", "Leave fingers relaxed; takes 20 to 30 % less time"),
)
FACE_ITEMS: Final = (
    ("auto", "Automatic", "Read faces where they are large enough in the picture"),
    ("on", "Always", "Look at faces of every size and trust what is seen"),
    ("off", "Off", "Leave faces at rest; takes up to 10 % less time"),
)
BODY_ITEMS: Final = (
    ("whole", "Whole Body", "Pose legs too; legs that nobody sees hang under the hips"),
    ("upper", "Upper Body", "Leave legs at rest: people at a table or cut off by the picture"),
)
