"""What a network takes along into a file of another format: short texts of ASCII JSON, by key.

Keys and values are read by scripts and by other programs; they stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.runs.directory import RunDirectory
from cnncli.runs.trained import Meaning, parse

PREFIX = "cnncli."
CHECK = f"{PREFIX}check"
PREPROCESS = f"{PREFIX}preprocess"
QUANTIZED = f"{PREFIX}quantized"
# What a file says of its classes, by key, and what it is called in the record of a model.
_MEANING = {
    "classes": "classes",
    "positive": "positive",
    "resize": "resize",
    "range": "value_range",
    "background": "background",
    "threshold": "threshold",
}


def texts(meaning: Meaning, run: RunDirectory | None = None) -> dict[str, str]:
    """Return what is told of a network, by key; what is not known has no key."""
    about = run.read_record() if run is not None else {}
    known = {
        **{key: getattr(meaning, name) for key, name in _MEANING.items()},
        "classes": meaning.classes or None,
        "data_digest": about.get("data", {}).get("fingerprint"),
        "version": __version__,
    }
    return {f"{PREFIX}{key}": text(value) for key, value in known.items() if value is not None}


def text(value: Any) -> str:
    """Return a value as short ASCII JSON."""
    return json.dumps(value, separators=(",", ":"))


def meaning(path: Path, metadata: Mapping[str, str]) -> Meaning | None:
    """Return what a file says of its classes; None where it says nothing of them.

    Raises ModelError where it says what cannot be.
    """
    if f"{PREFIX}classes" not in metadata:
        return None
    try:
        said = {
            name: json.loads(metadata[f"{PREFIX}{key}"])
            for key, name in _MEANING.items()
            if f"{PREFIX}{key}" in metadata
        }
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: its metadata {PREFIX}* are no JSON: {error}") from error
    return parse(f"{path}, {PREFIX}*", {**said, "name": path.stem})
