"""Which convention a rig follows: by its bones' names, else by its shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..data.errors import RigError
from .bonemap import BoneMap
from .doubts import facing_feet
from .naming import missing_roles, plain_name, recognise_loosely, recognise_names
from .rig import RestBones
from .roles import ESSENTIAL, FINGER_ROLES, LIMBS, SIDES
from .shapes.fingers import finger_roles
from .shapes.limbs import lowest_of_each
from .shapes.mapping import map_by_shape, why_no_shape


def recognise(rest: RestBones, rig: str) -> BoneMap:
    """Return the map of the rig called ``rig``.

    Raises RigError naming what the nearest convention misses when neither names nor shape fit.
    """
    return facing_feet(rest, _filled(rest, _recognise(rest, rig)))


def _recognise(rest: RestBones, rig: str) -> BoneMap:
    best = recognise_names(rest.names)
    missing = missing_roles(best)
    whole = _fuller(rest, best) if not missing else recognise_loosely(rest.names)
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
            f"{rig} follows no naming that Limn knows, and {why_no_shape(rest)}; give a bone map."
        )
    raise RigError(
        f"{rig} looks like {best.convention}, but has no bone for {_words(missing)}; "
        "give a bone map to go without."
    )


def _fuller(rest: RestBones, named: BoneMap) -> BoneMap:
    """The map with trunk and fingers that are spelled a little otherwise than the limbs.

    MB-Lab's limbs are Unreal's, its spine is "spine01" for "spine_01".
    """
    if "spine" in named.chains and any(role in named.chains for role in FINGER_ROLES):
        return named
    loose = recognise_loosely(rest.names)
    is_more = loose is not None and len(loose.bones) > len(named.bones)
    return loose if loose is not None and is_more and _has_all(loose, named) else named


def _has_all(loose: BoneMap, named: BoneMap) -> bool:
    """Whether a map of the same convention has everything that another one has."""
    return loose.convention == named.convention and set(named.bones) <= set(loose.bones)


def _pelvis_above(rest: RestBones, named: BoneMap) -> int | None:
    """The bone at the hips that the legs hang on where it isn't named, and carries what is named
    the pelvis, if anything is; None where the legs hang on named bones.

    People who make rigs call limbs as one convention does and the trunk their own way: "hips" with
    a "spine" on it, which is Rigify's pelvis.
    """
    legs = [named.chains[f"{side}_hip"][0] for side in SIDES]
    above = [rest.above(rest.row(leg)) for leg in legs]
    if "pelvis" in named.chains:
        mapped = {rest.row(bone) for bone in named.bones}
        if mapped & {row for rows in above for row in rows}:
            return None
        above.append(rest.above(rest.row(named.chains["pelvis"][0])))
    shared = next((row for row in above[0] if all(row in rows for rows in above)), None)
    if shared is None or not _is_at_hips(rest, named, shared):
        called = [n for n, name in enumerate(rest.names) if plain_name(name) in ("hips", "pelvis")]
        unmapped = [row for row in called if rest.names[row] not in named.bones]
        shared = next((row for row in unmapped if _is_at_hips(rest, named, row)), None)
    return shared


def _is_at_hips(rest: RestBones, named: BoneMap, row: int) -> bool:
    hips, knees = (
        np.mean([rest.head_xyz[rest.row(named.chains[f"{side}_{part}"][0])] for side in SIDES], 0)
        for part in ("hip", "knee")
    )
    reach = float(np.linalg.norm(knees - hips)) / 2
    return float(np.linalg.norm(rest.head_xyz[row] - hips)) < reach


def _filled(rest: RestBones, named: BoneMap) -> BoneMap:
    """The map with a spine, neck, collars and fingers where it has none and bones are in their
    place.

    Limbs say the convention; trunks and fingers are called as their makers like.
    """
    if named.switches:  # bones between controls are mechanism
        return named
    chains = dict(named.chains)
    if "spine" not in chains:
        chains |= _between(rest, chains, "spine", _shared_above_arms(rest, named))
    for role, end in (("neck", "head"), *((f"{s}_collar", f"{s}_shoulder") for s in SIDES)):
        if role not in chains and end in chains:
            chains |= _between(rest, chains, role, rest.above(rest.row(chains[end][0])))
    if not any(role in chains for role in FINGER_ROLES):
        chains |= _fingers(rest, chains)
    return replace(named, chains=chains)


def _fingers(rest: RestBones, chains: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    parts = [f"left_{part}" for part in ("shoulder", "elbow", "wrist")]
    heads = rest.head_xyz[[rest.row(chains[role][0]) for role in parts]]
    reach = float(np.linalg.norm(np.diff(heads, axis=0), axis=-1).sum())
    hands = [rest.row(chains[f"{side}_wrist"][-1]) for side in SIDES]
    found = finger_roles(rest, hands[0], hands[1], reach)
    return {role: tuple(rest.names[row] for row in rows) for role, rows in found.items()}


def _between(
    rest: RestBones, chains: Mapping[str, tuple[str, ...]], role: str, above: Sequence[int]
) -> dict[str, tuple[str, ...]]:
    """The bones of ``above``, the nearest first, before the first one that has a role already."""
    mapped = {name for names in chains.values() for name in names}
    found: list[int] = []
    for row in above:
        if rest.names[row] in mapped:
            # Without a bone of the trunk at its lower end nothing says where a role begins.
            kept = lowest_of_each(rest, [row, *found[::-1]])[1:] if found else ()
            return {role: tuple(rest.names[r] for r in kept)} if kept else {}
        found.append(row)
    return {}


def _shared_above_arms(rest: RestBones, named: BoneMap) -> list[int]:
    arms = [named.chains.get(f"{s}_collar", named.chains[f"{s}_shoulder"])[0] for s in SIDES]
    left, right = (rest.above(rest.row(arm)) for arm in arms)
    return [row for row in left if row in right]


def _on_pelvis(rest: RestBones, named: BoneMap, pelvis: int) -> BoneMap:
    """The map with another pelvis, and what lies between it and the arms as the spine."""
    below = set(rest.above(pelvis)) | {pelvis}
    spine = [rest.names[row] for row in _shared_above_arms(rest, named) if row not in below]
    # Where nothing hangs on anything, what was taken for the pelvis is the spine's first bone.
    otherwise = (*named.chains.get("pelvis", ()), *named.chains.get("spine", ()))
    chains = {**named.chains, "pelvis": (rest.names[pelvis],)}
    chains["spine"] = tuple(spine[::-1]) or otherwise
    plain = {plain_name(name): name for name in rest.names}
    for role in ("neck", "head"):
        if role in plain:
            chains.setdefault(role, (plain[role],))
    return replace(named, chains={role: bones for role, bones in chains.items() if bones})


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


def _words(roles: Sequence[str]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)
