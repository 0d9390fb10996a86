"""Which bones of a rig play which roles; kept and shared as a small JSON file, a preset."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..data.errors import RigError
from ..data.reading import parse_json, read_text, refusing
from ..data.reading.json_fields import mapping, number, sequence, text, whole
from ..data.writing import write_text
from .roles import ROLES

FORMAT: Final = "limn-bone-map"
VERSION: Final = 1  # of the file's layout
_MOST_BYTES: Final = 4_000_000  # bounds memory
_MOST_BONES: Final = 10_000  # of a role or switches, bounds work on damaged files


@dataclass(frozen=True, slots=True)
class BoneMap:
    """``chains``: role to bone names, from the body outwards; ``switches``: (bone, property) to the
    value that makes these bones drive the character."""

    convention: str
    chains: Mapping[str, tuple[str, ...]]
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])

    def __post_init__(self) -> None:
        unknown = sorted(set(self.chains) - set(ROLES))
        if unknown:
            raise RigError(
                f"A bone map has no role {unknown[0]}; the roles are {', '.join(ROLES)}."
            )

    @property
    def bones(self) -> tuple[str, ...]:
        """Every mapped bone, in the order of the roles."""
        return tuple(bone for role in ROLES for bone in self.chains.get(role, ()))

    def check(self, bones: Collection[str], rig: str) -> None:
        """Raise RigError unless the map can drive a rig of these bones."""
        missing = [bone for bone in self.bones if bone not in bones]
        if missing:
            raise RigError(f"{rig} has no bone {missing[0]}, which the map names; edit the map.")
        doubled = sorted(bone for bone in set(self.bones) if self.bones.count(bone) > 1)
        if doubled:
            raise RigError(f"The map names the bone {doubled[0]} twice; a bone has one role.")
        if not self.chains.get("pelvis"):
            raise RigError("The map has no pelvis, which carries everything else; add it.")


def save_map(bone_map: BoneMap, path: str | Path) -> None:
    """Write a preset. Raises OutputError."""
    switches = [[*where, value] for where, value in bone_map.switches.items()]
    document = {
        "format": FORMAT,
        "version": VERSION,
        "convention": bone_map.convention,
        "bones": {role: list(bones) for role, bones in bone_map.chains.items()},
        "switches": switches,
    }
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def load_map(path: str | Path) -> BoneMap:
    """Read a preset; a role's bones may be one name or a list. Raises RigError."""
    with refusing(path, "the bone map", "no bone map", RigError):
        document = mapping(parse_json(read_text(path, _MOST_BYTES)), "it")
        if document.get("format") != FORMAT:
            raise RigError(f"{path} is no bone map that this Limn reads.")
        if whole(document.get("version"), "version", 1, 1_000_000) > VERSION:
            raise RigError(f"{path} is no bone map that this Limn reads.")
        bones = mapping(document.get("bones"), "bones")
        chains = {role: _chain(role, given) for role, given in bones.items()}
        return BoneMap(
            text(document.get("convention", "custom"), "convention"),
            {role: bones for role, bones in chains.items() if bones},
            dict(map(_switch, sequence(document.get("switches", []), "switches", _MOST_BONES))),
        )


def _chain(role: str, given: object) -> tuple[str, ...]:
    """A role's bones: a name or a list of names, of which empty ones are left out."""
    names = [given] if isinstance(given, str) else sequence(given, f"bones.{role}", _MOST_BONES)
    return tuple(name for name in (text(name, f"bones.{role}") for name in names) if name)


def _switch(given: object) -> tuple[tuple[str, str], float]:
    bone, key, value = sequence(given, "a switch", 3, 3)
    return (text(bone, "a switch"), text(key, "a switch")), number(value, "a switch", -1e6, 1e6)
