"""A rig's map by the names of its bones, exact or as exporters and people change them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from .bonemap import BoneMap
from .rigs.profile import RigProfile
from .rigs.profiles import PROFILES
from .roles import ESSENTIAL, FINGERS, SIDES

FINGERS_OF_SIDES = tuple(f"{side}_{finger}" for side in SIDES for finger in FINGERS)
_SEPARATORS: Final = re.compile(r"[\s._,\-|:]+")
_MOST_AFFIXES: Final = 12
"""Beginnings and ends of names that are tried, the commonest first."""
_COUNTED: Final = re.compile(r"(.+?)[_\s.\-](\d+)$")
_NEARLY_ALL: Final = 0.9  # of the bones; end leaves are added later
_COPIED: Final = re.compile(r"\.\d{3}$")


def recognise_names(names: Sequence[str]) -> BoneMap:
    """Return the map of the convention that fits most of ``names``, however incomplete it is.

    Where namespaces hold characters of their own, it is the first one's.
    """
    spaces: dict[str, list[str]] = {}
    for name in names:
        spaces.setdefault(name.rpartition(":")[0], []).append(name)
    for own in spaces.values() if len(spaces) > 1 else ():
        found = _by_names(own)
        if not missing_roles(found):
            return found
    return _by_names(names)


def _by_names(names: Sequence[str]) -> BoneMap:
    return _best({plain_name(name): name for name in reversed(names)}, lambda name: name)


def recognise_loosely(names: Sequence[str]) -> BoneMap | None:
    """The map of a convention whose names exporters and people have changed, None if none is whole.

    Separators don't count ("upper_arm_L" for "upper_arm.L"), nor what the names of a rig have in
    common before or after the convention's own ("mixamorigHips", "Armature|Hips", "Hips.001"), nor
    numbers that a website counts bones with ("Hips_01", "Spine_02").
    """
    for spelled in dict.fromkeys(map(tuple, (names, _uncounted(names), _uncopied(names)))):
        found = _without_affixes(names, [_bare(plain_name(name)) for name in spelled])
        if found is not None:
            return found
    return None


def _without_affixes(names: Sequence[str], keys: Sequence[str]) -> BoneMap | None:
    for before, after in _affixes(keys):
        known = {
            key[len(before) : len(key) - len(after)]: name
            for key, name in reversed(list(zip(keys, names, strict=True)))
            if key.startswith(before) and key.endswith(after) and len(key) > len(before + after)
        }
        found = _best(known, _bare)
        if not missing_roles(found):
            return found
    return None


def _uncounted(names: Sequence[str]) -> Sequence[str]:
    """Names without the number at their end, where nearly every one has a number of its own."""
    found = [_COUNTED.match(name) for name in names]
    numbers = [match[2] for match in found if match is not None]
    if len(numbers) < _NEARLY_ALL * len(names) or len(set(numbers)) < len(numbers):
        return names
    return [name if match is None else match[1] for name, match in zip(names, found, strict=True)]


def _uncopied(names: Sequence[str]) -> Sequence[str]:
    """Names without the ".001" that Blender gives to names it has, where it has them no more."""
    known = set(names)
    short = [_COPIED.sub("", name) for name in names]
    return [s if s not in known else n for s, n in zip(short, names, strict=True)]


def _affixes(keys: Sequence[str]) -> list[tuple[str, str]]:
    """What stands before and after a left knee's name of any convention, the commonest first."""
    found: Counter[tuple[str, str]] = Counter()
    for one in PROFILES.values():
        knees = one.roles["knee"].replace("*", one.sides[0]).split()
        for knee in {_bare(knee) for knee in knees}:
            for key in keys:
                before, middle, after = key.partition(knee)
                if middle:
                    found[before, after] += 1
    common = {
        affix: sum(key.startswith(affix[0]) and key.endswith(affix[1]) for key in keys)
        for affix in found
    }
    return sorted(common, key=lambda affix: (-common[affix], len("".join(affix))))[:_MOST_AFFIXES]


def _best(known: Mapping[str, str], spelled: Callable[[str], str]) -> BoneMap:
    found = [
        (_match(label, one, known, spelled), _is_marked(one, known, spelled))
        for label, one in PROFILES.items()
    ]
    return max(found, key=lambda one: _score(*one))[0]


def missing_roles(bone_map: BoneMap) -> list[str]:
    """The essential roles for which a map has no bone."""
    return [role for role in ESSENTIAL if role not in bone_map.chains]


def _bare(name: str) -> str:
    return _SEPARATORS.sub("", name)


def _score(candidate: BoneMap, is_marked: bool) -> tuple[int, bool, bool, int]:
    essential = sum(role in candidate.chains for role in ESSENTIAL)
    # A rig with controls also has the bones that they drive, and more of them. Fingers and twists
    # say less about a convention than the body does; they decide ties.
    return essential, is_marked, bool(candidate.switches), len(candidate.bones)


def _is_marked(
    convention: RigProfile, known: Collection[str], spelled: Callable[[str], str]
) -> bool:
    marks = [spelled(m.replace("*", side)) for m in convention.marks for side in convention.sides]
    return bool(marks) and all(mark in known for mark in marks)


def _match(
    label: str, convention: RigProfile, known: Mapping[str, str], spelled: Callable[[str], str]
) -> BoneMap:
    chains: dict[str, tuple[str, ...]] = {}
    for role, names in _expanded(convention):
        found = tuple(dict.fromkeys(known[n] for n in map(spelled, names) if n in known))
        if role in FINGERS_OF_SIDES:
            # Of a finger's spellings a rig has some; its first three bones count.
            chains |= {f"{role}{n}": (bone,) for n, bone in enumerate(found[:3], start=1)}
        elif found:
            chains[role] = found
    switches: dict[tuple[str, str], float] = {}
    for (bone, key), value in convention.switches.items():
        for side in convention.sides if "*" in bone else ("",):
            name = bone.replace("*", side)
            if spelled(name.lower()) in known:
                switches[known[spelled(name.lower())], key] = value
    return BoneMap(label, chains, switches)


def _expanded(convention: RigProfile) -> Iterator[tuple[str, list[str]]]:
    for role, words in convention.roles.items():
        if "*" not in words:
            yield role, words.split()
            continue
        for side, spelled in zip(SIDES, convention.sides, strict=True):
            yield f"{side}_{role}", words.replace("*", spelled).split()
    for finger in FINGERS:
        words = convention.fingers.get(finger, "")
        spellings = convention.finger_sides if any(convention.finger_sides) else convention.sides
        for side, spelled in zip(SIDES, spellings, strict=True):
            names = [name.replace("*", spelled) for name in _joints(words, convention.digits)]
            yield f"{side}_{finger}", names


def _joints(words: str, digits: int) -> list[str]:
    """The names of a finger's bones, base first."""
    names = words.split()
    if len(names) == 1:
        return [words.replace("#", f"{number:0{digits}}") for number in (1, 2, 3)]
    return names


def plain_name(name: str) -> str:
    """A bone's name as conventions spell it: lower case, no namespace, spaces as underscores."""
    name = unicodedata.normalize("NFKC", name.rsplit(":", 1)[-1])
    return name.lower().replace(" ", "_")
