# Any: the bpy wheel has no types, and what pyright infers from its sources is wrong.
from typing import Any

def __getattr__(name: str) -> Any: ...  # noqa: ANN401
