"""The Summary of an architecture: from the cache where it was made before, else from Keras."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cnncli import json_text
from cnncli._version import __version__
from cnncli.cache import SUMMARIES
from cnncli.facts.document import SCHEMA, from_document, to_document
from cnncli.facts.summary import Summary
from cnncli.network.architecture import Architecture

Loader = Callable[[], Any]


def summarize(
    architecture: Architecture,
    load_keras: Loader,
    *,
    batch: int = 1,
    dtype: str | None = None,
    cached: bool = True,
) -> Summary:
    """Return the Summary of an architecture; `load_keras` is called only when Keras is needed.

    Raises SpecError or ModelError where Keras cannot build it.
    """
    found = kept(architecture, batch=batch, dtype=dtype) if cached else None
    if found is not None:
        return found
    load_keras()
    from cnncli.facts.describe import describe

    model = architecture.build(weights=False)
    summary = describe(
        model, name=architecture.name, graph=_graph(architecture), batch=batch, dtype=dtype
    )
    if cached:
        key = _key("summary", architecture, batch, dtype)
        SUMMARIES.write(key, json_text.dumps(to_document(summary)).encode())
    return summary


def kept(architecture: Architecture, *, batch: int = 1, dtype: str | None = None) -> Summary | None:
    """Return the Summary that was made before; None where there is none. Loads no TensorFlow."""
    key = _key("summary", architecture, batch, dtype)
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        return from_document(json.loads(SUMMARIES.read(key) or b"null"))
    return None


def keras_table(
    architecture: Architecture,
    load_keras: Loader,
    *,
    terminal: int | None = None,
    cached: bool = True,
) -> str:
    """Return Keras's own summary of an architecture as plain text.

    Nothing is shortened, unless it is for a `terminal` of too few columns.
    """
    key = _key("keras", architecture, terminal)
    kept = SUMMARIES.read(key) if cached else None
    if kept is not None:
        return kept.decode()
    load_keras()
    from cnncli.facts.keras_table import keras_table as table

    text = table(architecture.build(weights=False), terminal)
    if cached:
        SUMMARIES.write(key, text.encode())
    return text


def _graph(architecture: Architecture) -> Any:
    from cnncli.spec import expand

    return expand(architecture.spec) if architecture.spec else None


def _key(kind: str, architecture: Architecture, *asked: object) -> str:
    """Return all that a summary depends on, as one text."""
    parts = [kind, SCHEMA, architecture.name, architecture.fingerprint(), *asked]
    parts += [architecture.max_params, *_versions(), _keras_settings(), _own_state()]
    return json.dumps(parts)


def _versions() -> list[str]:
    return [__version__, version("keras"), version("tensorflow")]


def _keras_settings() -> str:
    """Return the user's settings of Keras (its default float type, the place of channels)."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = (home / "keras.json").read_bytes()
    except OSError:
        settings = b""
    return hashlib.sha256(settings).hexdigest()


def _own_state() -> str:
    """Return what tells two states of the rules apart: a checkout keeps its version for long."""
    package = Path(__file__).parent.parent
    files = sorted(
        file for room in ("facts", "network", "spec") for file in package.glob(f"{room}/*.py")
    )
    states = [f"{file} {file.stat().st_mtime_ns}" for file in files]
    return hashlib.sha256("\n".join(states).encode()).hexdigest()
