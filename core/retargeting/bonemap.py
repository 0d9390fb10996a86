"""Which bones of a rig play which roles; kept and shared as a small JSON file, a preset."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..data.errors import RigError
from ..data.writing import write_text
from .roles import ROLES

FORMAT: Final = "limn-bone-map"
VERSION: Final = 1


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
    try:
        document = json.loads(Path(path).read_text("utf-8"))
        if document["format"] != FORMAT or document["version"] > VERSION:
            raise RigError(f"{path} is no bone map that this Limn reads.")
        chains = {str(role): _chain(bones) for role, bones in document["bones"].items()}
        switches = {
            (str(bone), str(key)): float(value) for bone, key, value in document.get("switches", ())
        }
        return BoneMap(
            str(document.get("convention", "custom")),
            {role: bones for role, bones in chains.items() if bones},
            switches,
        )
    except FileNotFoundError as error:
        raise RigError(f"The bone map {path} does not exist.") from error
    except OSError as error:
        raise RigError(f"Can't read the bone map {path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RigError(f"{path} is damaged or no bone map ({error!r}).") from error


def _chain(bones: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON holds
    names = [bones] if isinstance(bones, str) else bones
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("a role's bones are a name or a list of names")
    return tuple(name for name in names if name)
