"""Whether two runs came to the same bits."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np


def assert_same_bits(first: Path, second: Path) -> None:
    """Compare final weights, optimizer, seed generators, callbacks, history and best model."""
    one, other = (np.load(run / "last" / "state.npz") for run in (first, second))
    assert set(one.files) == set(other.files)
    for name in one.files:
        if name != "facts":
            assert np.array_equal(one[name], other[name]), name
    assert facts(first) == facts(second)
    for name in ("history.csv", "predictions.csv", "validation-predictions.csv", "split.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    ours, theirs = best_weights(first), best_weights(second)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert np.array_equal(values, theirs[name]), name


def facts(run: Path) -> dict:
    """Return what a state holds beside arrays: position and callbacks.

    Not the names of variables: Keras counts layers on within one process.
    """
    import json

    with np.load(run / "last" / "state.npz") as state:
        said = json.loads(state["facts"].tobytes())
    del said["position"]["seconds"], said["variables"]
    return said


def best_weights(run: Path) -> dict[str, np.ndarray]:
    """Return the weights in model.keras by their path in the file."""
    found: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(run / "model.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(content) as file:
        file.visititems(keep)
    return found
