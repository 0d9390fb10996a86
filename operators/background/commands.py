"""``blender --command limn ...``: the shell's commands from an installed Blender."""

from __future__ import annotations

import subprocess

import bpy

from ..run.worker import worker_command, worker_environment

_handles: list[object] = []


def run_command(arguments: list[str]) -> int:
    """Run ``limn`` with ``arguments`` and return its exit code.

    Everything but ``build`` runs in the worker; a .blend is written by this Blender itself, or by
    another one of its kind where a depth network has to look at the clip first.
    """
    has_depth = any(argument.startswith("--depth") for argument in arguments)
    if arguments[:1] == ["build"] and has_depth:
        if bpy.app.binary_path and "--blender" not in arguments:
            arguments = [*arguments, "--blender", bpy.app.binary_path]
    elif arguments[:1] == ["build"] and not {"-h", "--help"} & set(arguments):
        return _build(arguments[1:])
    command = worker_command(arguments)
    return subprocess.run(command, env=worker_environment(), check=False).returncode


def attach() -> None:
    """Make the command known to Blender."""
    _handles.append(bpy.utils.register_cli_command("limn", run_command))


def detach() -> None:
    """Take the command away."""
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())


def _build(arguments: list[str]) -> int:
    from ...scene.files.blend_file import main

    return main([argument for argument in arguments if argument not in ("-o", "--output")])
