"""What a network takes along into a file of another format: short texts of ASCII JSON, by key.

Keys and values are read by scripts and by other programs; they stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.images.resize import Resize
from cnncli.runs.directory import RunDirectory
from cnncli.runs.model_file import Meaning

PREFIX = "cnncli."
CHECK = f"{PREFIX}check"


def texts(meaning: Meaning, run: RunDirectory | None = None) -> dict[str, str]:
    """Return what is told of a network, by key; what is not known has no key."""
    about = run.read_record() if run is not None else {}
    known = {
        "classes": list(meaning.classes) or None,
        "positive": meaning.positive,
        "resize": meaning.resize,
        "range": list(meaning.value_range) if meaning.value_range else None,
        "background": list(meaning.background) if meaning.background else None,
        "threshold": _threshold(run),
        "data_digest": about.get("data", {}).get("fingerprint"),
        "version": __version__,
    }
    return {f"{PREFIX}{key}": text(value) for key, value in known.items() if value is not None}


def text(value: Any) -> str:
    """Return a value as short ASCII JSON."""
    return json.dumps(value, separators=(",", ":"))


def meaning(path: Path, metadata: Mapping[str, str]) -> Meaning | None:
    """Return what a file says of its classes; None where it is not one of ours.

    Raises ModelError where it says what cannot be.
    """
    if f"{PREFIX}version" not in metadata:
        return None
    said = {key: _value(path, key, metadata[key]) for key in metadata if key.startswith(PREFIX)}
    classes = said.get(f"{PREFIX}classes") or []
    positive = said.get(f"{PREFIX}positive")
    resize: Resize = said.get(f"{PREFIX}resize", "stretch")
    value_range = said.get(f"{PREFIX}range")
    if not _is_list(classes, str) or len(set(classes)) < len(classes):
        raise _wrong(path, f"{PREFIX}classes")
    if positive is not None and positive not in classes:
        raise _wrong(path, f"{PREFIX}positive")
    if resize not in get_args(Resize):
        raise _wrong(path, f"{PREFIX}resize")
    if value_range is not None and not _is_range(value_range):
        raise _wrong(path, f"{PREFIX}range")
    limits = (float(value_range[0]), float(value_range[1])) if value_range else None
    return Meaning(tuple(classes), positive, resize, limits, path.stem)


def _threshold(run: RunDirectory | None) -> float | None:
    """Return the threshold that was chosen for a run, where one was."""
    if run is None or not (file := run.path / "threshold.json").is_file():
        return None
    try:
        return float(json.loads(file.read_text(encoding="utf-8"))["threshold"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file}: no threshold that could be read") from error


def _value(path: Path, key: str, content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, key) from error


def _wrong(path: Path, key: str) -> ModelError:
    return ModelError(f"{path}: its {key} is none that cnncli writes: the file was changed")


def _is_list(value: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, kind) and not isinstance(item, bool) for item in value
    )


def _is_range(value: Any) -> bool:
    return _is_list(value, (int, float)) and len(value) == 2 and value[0] < value[1]
