"""Which convention a rig follows: by its bones' names, else by its shape."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.errors import RigError
from .bonemap import BoneMap
from .rig import RestBones
from .rigs.profile import RigProfile
from .rigs.profiles import PROFILES
from .roles import ESSENTIAL, FINGERS, LIMBS, SIDES
from .topology import map_by_shape

FINGERS_OF_SIDES = tuple(f"{side}_{finger}" for side in SIDES for finger in FINGERS)
_SEPARATORS: Final = re.compile(r"[\s._,\-|:]+")
_MOST_AFFIXES: Final = 12
"""Beginnings and ends of names that are tried, the commonest first."""


def recognise(rest: RestBones, rig: str) -> BoneMap:
    """Return the map of the rig called ``rig``.

    Raises RigError naming what the nearest convention misses when neither names nor shape fit.
    """
    best = recognise_names(rest.names)
    missing = _missing(best)
    whole = best if not missing else _recognise_loosely(rest.names)
    pelvis = None if whole is None else _pelvis_above(rest, whole)
    if whole is not None and pelvis is None:
        return whole
    shaped = map_by_shape(rest)
    if whole is not None and pelvis is not None:
        agree = shaped is not None and _agree(whole, shaped)
        return shaped if shaped is not None and agree else _on_pelvis(rest, whole, pelvis)
    if shaped is not None and (len(missing) > len(ESSENTIAL) // 3 or _agree(best, shaped)):
        return shaped
    if missing == ["pelvis"] and (pelvis := _pelvis_above(rest, best)) is not None:
        return _on_pelvis(rest, best, pelvis)
    if len(missing) > len(ESSENTIAL) // 2:
        raise RigError(
            f"{rig} follows no naming that Limn knows, and its bones have no human shape; "
            "give a bone map."
        )
    raise RigError(
        f"{rig} looks like {best.convention}, but has no bone for {_words(missing)}; "
        "give a bone map to go without."
    )


def _pelvis_above(rest: RestBones, named: BoneMap) -> int | None:
    """The bone at the hips that the legs hang on where it isn't named, and carries what is named
    the pelvis, if anything is; None where the legs hang on named bones.

    People who make rigs call limbs as one convention does and the trunk their own way: "hips" with
    a "spine" on it, which is Rigify's pelvis.
    """
    legs = [named.chains[f"{side}_hip"][0] for side in SIDES]
    above = [_ancestors(rest, rest.row(leg)) for leg in legs]
    if "pelvis" in named.chains:
        mapped = {rest.row(bone) for bone in named.bones}
        if mapped & {row for rows in above for row in rows}:
            return None
        above.append(_ancestors(rest, rest.row(named.chains["pelvis"][0])))
    shared = next((row for row in above[0] if all(row in rows for rows in above)), None)
    if shared is None:
        return None
    hips, knees = (
        np.mean([rest.head_xyz[rest.row(named.chains[f"{side}_{part}"][0])] for side in SIDES], 0)
        for part in ("hip", "knee")
    )
    reach = float(np.linalg.norm(knees - hips)) / 2
    return shared if float(np.linalg.norm(rest.head_xyz[shared] - hips)) < reach else None


def _on_pelvis(rest: RestBones, named: BoneMap, pelvis: int) -> BoneMap:
    """The map with another pelvis, and what lies between it and the arms as the spine."""
    arms = [named.chains.get(f"{s}_collar", named.chains[f"{s}_shoulder"])[0] for s in SIDES]
    left, right = (_ancestors(rest, rest.row(arm)) for arm in arms)
    below = set(_ancestors(rest, pelvis)) | {pelvis}
    spine = [rest.names[row] for row in left if row in right and row not in below]
    chains = {**named.chains, "pelvis": (rest.names[pelvis],), "spine": tuple(spine[::-1])}
    plain = {_plain(name): name for name in rest.names}
    for role in ("neck", "head"):
        if role in plain:
            chains.setdefault(role, (plain[role],))
    return replace(named, chains={role: bones for role, bones in chains.items() if bones})


def _ancestors(rest: RestBones, row: int) -> list[int]:
    """The rows above one, the nearest first."""
    rows: list[int] = []
    while (row := rest.parents[row]) >= 0:
        rows.append(row)
    return rows


def _agree(named: BoneMap, shaped: BoneMap) -> bool:
    """Whether every bone that names make part of a limb is that part by shape too.

    Names of a few bones in common then were no more than that (Xsens' and Unity's), and nothing
    that a naming has lacks: a character without hands would have them shifted by one bone.
    """
    return all(
        shaped.chains.get(role, named.chains[role]) == named.chains[role]
        for role in LIMBS
        if role in named.chains
    )


def recognise_names(names: Sequence[str]) -> BoneMap:
    """Return the map of the convention that fits most of ``names``, however incomplete it is."""
    return _best({_plain(name): name for name in reversed(names)}, lambda name: name)


def _recognise_loosely(names: Sequence[str]) -> BoneMap | None:
    """The map of a convention whose names exporters and people have changed, None if none is whole.

    Separators don't count ("upper_arm_L" for "upper_arm.L"), nor what the names of a rig have in
    common before or after the convention's own ("mixamorigHips", "Armature|Hips", "Hips.001").
    """
    keys = [_bare(_plain(name)) for name in names]
    for before, after in _affixes(keys):
        known = {
            key[len(before) : len(key) - len(after)]: name
            for key, name in reversed(list(zip(keys, names, strict=True)))
            if key.startswith(before) and key.endswith(after) and len(key) > len(before + after)
        }
        found = _best(known, _bare)
        if not _missing(found):
            return found
    return None


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


def _missing(bone_map: BoneMap) -> list[str]:
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


def _plain(name: str) -> str:
    name = unicodedata.normalize("NFKC", name.rsplit(":", 1)[-1])
    return name.lower().replace(" ", "_")


def _words(roles: Sequence[str]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)
