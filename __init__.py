"""Limn: markerless 3D motion capture from ordinary video, from Python, Blender and the shell.

    import limn

    take = limn.estimate("dance.mp4")

``limn.api`` tells what there is. Importing this package imports nothing else: what is in the API
comes when it is first asked for, and Blender calls ``register`` when the extension is enabled.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own, which takes longer to load than the start of the command
if TYPE_CHECKING:
    from typing import Any

    from .api import *  # noqa: F403 - its __all__
    from .api import __version__ as __version__

_API = frozenset(
    (
        "Camera", "Cancelled", "ClipError", "DownloadError", "Job", "KnownFilm", "LimnError",
        "ModelError", "Networks", "NoPersonError", "OutputError", "Person", "Progress", "RigError",
        "Settings", "SettingsError", "Take", "TakeError", "Written", "__version__", "build",
        "check_build", "estimate", "estimate_job", "export", "import_motion", "joint_path", "load",
        "open_clip", "open_clip_of", "open_depth", "open_networks", "preview", "preview_job",
        "retarget", "save", "settings_of", "solve", "solve_job",
    )
)  # fmt: skip
"""``api.__all__``, which can't be asked here without importing it."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    if name not in _API and name != "api":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    api = import_module(".api", __name__)
    return api if name == "api" else getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_API})


def register() -> None:
    """Add Limn's operators, panel and preferences to Blender."""
    from . import operators

    operators.register()


def unregister() -> None:
    """Remove everything that ``register`` added."""
    from . import operators

    operators.unregister()
