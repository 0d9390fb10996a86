"""``limn retarget``: a take onto a character's own rig, in a copy of its .blend file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.take_file import load_take
from ..cancelling import Cancellation
from ..outputs import check_output
from ..reporting import Reporter
from .export import person_name

_EPILOG: Final = """\
examples:
  limn retarget dance.take.npz --rig hero.blend --armature Hero -o hero_dance.blend
  limn retarget dance.take.npz --rig hero.blend --map hero.json --in-place -o hero_dance.blend

The rig's naming is recognised: Mixamo, Rigify (metarig and generated), Unreal, VRM and Unity,
VRoid, MakeHuman, Daz Genesis, Auto-Rig Pro, Character Creator, MikuMikuDance, 3ds Max's Biped,
Rokoko, Perception Neuron, Acclaim, MB-Lab, SMPL-X, CMU; other names go by the rig's shape, if it
tells.
--save-map writes what was recognised as a JSON preset to edit and give back by --map."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn retarget``."""
    parser = commands.add_parser(
        "retarget",
        help="move a character's own rig as a take",
        description="Key a take's motion on a character's rig, as one new action in a copy of its "
        ".blend file. Uses this Python's bpy module, else a Blender executable.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "--rig", type=Path, required=True, metavar="FILE.blend", help="where the character is"
    )
    parser.add_argument(
        "--armature", metavar="NAME", help="its armature (default: the file's only one)"
    )
    parser.add_argument("--map", type=Path, metavar="PRESET.json", help="which bone is what")
    parser.add_argument(
        "--save-map", type=Path, metavar="PRESET.json", help="write the map that was used"
    )
    parser.add_argument(
        "--person", metavar="WHO", help="a name, or a number from 1 (default: the first)"
    )
    parser.add_argument("--in-place", action="store_true", help="don't travel over the floor")
    parser.add_argument(
        "--no-planting", action="store_true", help="limbs point exactly as the person's; feet slide"
    )
    parser.add_argument(
        "--controls",
        choices=("fk", "ik"),
        default="fk",
        help="which controls of a generated Rigify rig drive arms and legs (default: fk)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="DEGREES",
        help="leave out keys that lie this near to a line between others (default: 0, keep all)",
    )
    parser.add_argument(
        "--clip-rate",
        action="store_true",
        help="give the file's scene the clip's frame rate and range; otherwise they stay, and the "
        "motion lies in the scene's own frames",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.blend", help="the file to write"
    )
    parser.add_argument(
        "--blender", metavar="PATH", help="the Blender executable to use instead of the bpy module"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    parser.set_defaults(execute=_retarget)


def _retarget(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    check_output(arguments.output, (".blend",), (arguments.take, arguments.rig))
    if arguments.save_map is not None:
        given_map = [arguments.map] if arguments.map is not None else []
        check_output(arguments.save_map, (".json",), (arguments.take, arguments.rig, *given_map))
    take = load_take(arguments.take)
    written = api.retarget(
        arguments.take,
        arguments.rig,
        arguments.output,
        armature=arguments.armature,
        person=person_name(take, arguments.person),
        bone_map=arguments.map,
        save_map=arguments.save_map,
        in_place=arguments.in_place,
        plant_feet=not arguments.no_planting,
        controls=arguments.controls,
        tolerance_deg=arguments.tolerance,
        clip_rate=arguments.clip_rate,
        blender=arguments.blender,
        waiting=cancellation.interruptible,
    )
    said = written.warnings
    reporter.done(
        {"blend": str(arguments.output), "notes": list(said)},
        "\n".join([str(arguments.output), *said]),
    )
    return 0
