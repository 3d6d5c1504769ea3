"""Starting from other weights: the layers that fit, and which these are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network import keras_file
from cnncli.runs.directory import RunDirectory, is_run
from cnncli.spec.problems import near
from cnncli.words import counted

NAMED = 6  # layers named in the note; of more, the number


def check(source: str) -> None:
    """Raise ModelError where `source` holds no weights to begin with, as far as names tell it."""
    path = Path(source)
    if path.is_dir() and is_run(path):
        path = RunDirectory(path).model
    elif path.exists() and (path.is_dir() or not path.name.endswith((".weights.h5", ".keras"))):
        raise ModelError(f"--init {source}: is no run, no .keras and no .weights.h5 file")
    elif not path.exists() and not path.suffix:
        raise ModelError(f"--init {source}: no such run", hint=_near(path))
    if not path.is_file():
        raise ModelError(f"--init {path}: no such file")
    if not os.access(path, os.R_OK):
        raise ModelError(f"--init {path}: permission denied")


def _near(path: Path) -> str | None:
    """Return a hint that names the run, or the file of weights, that was meant."""
    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return None
    return near(path.name, beside)


def digest(source: str) -> str:
    """Return the SHA-256 of the file with the weights of `source`."""
    path = Path(source)
    with (RunDirectory(path).model if path.is_dir() else path).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def require_same(about: Mapping[str, Any]) -> None:
    """Raise ModelError where the weights that a run begins with are no longer those."""
    source, before = about["init"], about.get("init_digest")
    check(source)
    if before is not None and digest(source) != before:
        raise ModelError(
            f"--init {source}: its weights have changed since the run began with them",
            hint="Begin a new run with them as they are now.",
        )


def start_from(model: Any, source: str) -> str:
    """Give `model` the weights of a RUN, a .keras or a .weights.h5 file; say which layers fit.

    From a run or a .keras file a layer takes those of the layer of its name, when all shapes
    are equal; from a .weights.h5 file, those in its place. Raises ModelError when none fits.
    """
    check(source)
    path = Path(source)
    if path.name.endswith(".weights.h5"):
        taken = _from_weights(model, path)
    else:
        taken = _from_model(model, RunDirectory(path).model if path.is_dir() else path)
    weighty = [layer.name for layer in model.layers if layer.weights]
    left = [name for name in weighty if name not in taken]
    if not taken:
        raise ModelError(f"--init {source}: no layer fits", hint="Are names and shapes the same?")
    said = f"{len(taken)} of {counted(len(weighty), 'layer')} begin with the weights of {source}"
    if left:
        said += f"; not {', '.join(left[:NAMED])}{', ...' if len(left) > NAMED else ''}"
    return said + "."


def _from_model(model: Any, path: Path) -> list[str]:
    others = {layer.name: layer for layer in keras_file.load(path).layers}
    taken = []
    for layer in model.layers:
        other = others.get(layer.name)
        if other is None or not layer.weights:
            continue
        values = other.get_weights()
        if [v.shape for v in values] == [tuple(w.shape) for w in layer.weights]:
            layer.set_weights(values)
            taken.append(layer.name)
    return taken


def _from_weights(model: Any, path: Path) -> list[str]:
    import warnings

    import numpy as np

    before = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    try:
        declared, stored = keras_file.weight_bytes(path)
        if declared > keras_file.PACKED * stored + keras_file.SLACK:
            raise ValueError("it declares far more than it holds")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each layer that does not fit
            model.load_weights(path, skip_mismatch=True)
    except Exception as error:
        raise ModelError(f"{path}: Keras cannot load it: {error}") from error
    return [
        layer.name
        for layer in model.layers
        if layer.name in before
        and any(
            not np.array_equal(old, new)
            for old, new in zip(before[layer.name], layer.get_weights(), strict=True)
        )
    ]
