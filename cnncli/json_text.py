"""JSON as scripts want it: standard (no NaN), and readable where it is indented."""

from __future__ import annotations

import json
import math
from typing import Any

from cnncli.visible import UNSEEN


def dumps(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON text; what is not a finite number becomes null.

    NumPy scalars and arrays are written as the numbers they hold, and what a terminal would obey
    as JSON's own escapes, which mean the same.
    """
    text = json.dumps(_standard(document), indent=indent, ensure_ascii=False, allow_nan=False)
    return UNSEEN.sub(lambda found: found[0] if found[0] == "\n" else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _standard(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _standard(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_standard(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy, without importing it
        return _standard(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
