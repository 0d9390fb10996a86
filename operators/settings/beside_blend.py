"""What Blender is told of fields whose paths may be relative to the .blend.

From 4.5 on its file browser gives full paths to all others, and it warns of "//" in them.
"""

from __future__ import annotations

from typing import Final

import bpy

BESIDE_BLEND: Final = {"ANIMATABLE"} | (
    {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set[str]()
)
"""The options of such a field."""
