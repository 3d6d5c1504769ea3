"""JSON as scripts want it: standard (no NaN), and readable where it is indented."""

from __future__ import annotations

import json
import math
from typing import Any


def dumps(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON text; what is not a finite number becomes null.

    NumPy scalars and arrays are written as the numbers they hold.
    """
    return json.dumps(_standard(document), indent=indent, ensure_ascii=False, allow_nan=False)


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
