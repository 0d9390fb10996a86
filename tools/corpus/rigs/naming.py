"""What a rig's bones are called, by what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Naming:
    """Bone names of a rig; "*" is the side, several words a chain.

    ``arm`` is collar, shoulder, elbow, wrist, ``leg`` hip, knee, ankle, foot; "|" parts the joints,
    spaces a limb's pieces (an underscore stands for a space in a name where ``spaced``). Fingers:
    thumb, index, middle, ring, pinky, three names each. ``above`` are bones between the floor and
    the pelvis. ``beside`` lie where nothing moves them: (name, joint, parent).
    """

    sides: tuple[str, str]
    pelvis: str
    spine: str
    neck: str
    head: str
    arm: str
    leg: str
    fingers: tuple[str, ...] = ()
    above: str = ""
    beside: tuple[tuple[str, str, str], ...] = ()
    legs_on: str = ""
    """What thighs hang on, where it isn't the pelvis."""
    spine_on: str = ""
    spaced: bool = False
    prefix: str = ""

    def words(self, text: str, side: int | None = None) -> list[str]:
        """The names in ``text``, on the left (0) or the right (1)."""
        named = [self.prefix + word for word in text.split()]
        if self.spaced:
            named = [word.replace("_", " ") for word in named]
        return named if side is None else [word.replace("*", self.sides[side]) for word in named]


def three(*names: str, form: str = "1 2 3") -> tuple[str, ...]:
    """A finger's three names each, of names that hold "#" for the number."""
    numbers = form.split()
    return tuple(" ".join(name.replace("#", n) for n in numbers) for name in names)


FIVE: Final = ("Thumb", "Index", "Middle", "Ring", "Pinky")
