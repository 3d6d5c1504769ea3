"""Weights from a file that is not the network's own: fetched, saved by Keras, or of a run."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnncli import keras_archive
from cnncli.errors import CnncliError, ModelError
from cnncli.network import keras_file
from cnncli.network.faults import describe
from cnncli.network.walk import is_model
from cnncli.pretrained import fetch
from cnncli.pretrained.weights import Weights
from cnncli.spec import network_files

# The bytes of a weight, and what HDF5 holds beside; what a file declares beyond is no network's.
_BYTES = 16


def fetched(model: Any, asked: Weights) -> Path:
    """Give a network the weights that Keras has for it; return the file that holds them."""
    return fetch.obtain(asked, lambda path: from_hdf5(model, path))


def from_file(model: Any, path: Path) -> Path:
    """Give a network the weights of a `.weights.h5`, `.h5` or `.keras` file, or of a run.

    Returns the file. Raises ModelError where they are not those of such a network.
    """
    if path.suffix == ".h5":
        from_hdf5(model, path)
        return path
    path = network_files.of_model(path)
    other = keras_file.load(path)
    for found in _candidates(other):
        if _by_name(model, found) or _in_order(model, found):
            return path
    raise ModelError(f"{path}: holds no network with the weights of {model.name}")


def refuse_misfit(model: Any, path: Path) -> None:
    """Raise ModelError where a file cannot hold the weights of a network, by their shapes alone.

    `model` need not have values. That all shapes are there does not say that they fit.
    """
    path = network_files.of_model(path)
    try:
        there = Counter(_stored(path))
    except CnncliError:
        raise
    except Exception as error:
        raise ModelError(f"{path}: holds no weights of {model.name}: {describe(error)}") from error
    for weight in model.weights:
        shape = tuple(weight.shape)
        there[shape] -= 1
        if there[shape] < 0:
            raise ModelError(
                f"{path}: holds no weights of {model.name}: too few of the shape {shape}, as "
                f'"{weight.path}" has it',
                hint="are they of another network, or of one of another width?",
            )


def _stored(path: Path) -> list[tuple[int, ...]]:
    """Return the shapes of all arrays in a file of weights, or in that of a model."""
    if path.suffix == ".h5":
        return keras_file.weight_shapes(path)
    with keras_archive.opened(path) as archive:
        if keras_archive.WEIGHTS not in archive.namelist():
            raise ModelError(f"{path}: it holds no {keras_archive.WEIGHTS}")
        with archive.open(keras_archive.WEIGHTS) as member:
            return keras_file.weight_shapes(member)


def from_hdf5(model: Any, path: Path) -> None:
    """Give a network the weights of an HDF5 file of Keras's, which holds no code."""
    try:
        declared, _ = keras_file.weight_bytes(path)
        if declared > _BYTES * model.count_params() + keras_file.SLACK:
            raise ModelError(f"{path}: it declares far more than the network needs")
        _empty(model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lists of layers that hold no weights of their own
            model.load_weights(path)
        _refuse_empty(model, path)
    except (CnncliError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(f"{path}: holds no weights of {model.name}: {describe(error)}") from error


def _empty(model: Any) -> None:
    """Make all weights NaN, by which those that a file does not hold are found."""
    import numpy as np

    for weight in model.weights:
        if "float" in weight.dtype:
            weight.assign(np.full(weight.shape, np.nan, np.float32))


def _refuse_empty(model: Any, path: Path) -> None:
    import numpy as np

    for weight in model.weights:
        if "float" in weight.dtype and np.isnan(weight.numpy()).any():
            raise ModelError(f'{path}: it holds no numbers for the weight "{weight.path}"')


def _candidates(model: Any) -> Iterator[Any]:
    """Yield a network, and those nested in it."""
    yield model
    for layer in model.layers:
        if is_model(layer):
            yield from _candidates(layer)


def _by_name(model: Any, other: Any) -> bool:
    """Take the weights of the layers of the same names; say whether all are there."""
    named = {layer.name: layer for layer in other.layers}
    pairs = [(layer, named.get(layer.name)) for layer in model.layers if layer.weights]
    if not all(found is not None and _shapes(layer) == _shapes(found) for layer, found in pairs):
        return False
    for layer, found in pairs:
        layer.set_weights(found.get_weights())  # type: ignore[union-attr]
    return True


def _in_order(model: Any, other: Any) -> bool:
    """Take the weights in their order; say whether all shapes are equal but for a top behind."""
    shapes = _shapes(model)
    if _shapes(other)[: len(shapes)] != shapes:
        return False
    model.set_weights(other.get_weights()[: len(shapes)])
    return True


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
