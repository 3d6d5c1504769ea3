"""The weights of a network as NumPy's `.npz`: an array for each, by layer and weight name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.network.architecture import Architecture
from cnncli.network.keras_file import load as load_keras_file
from cnncli.process import apart

if TYPE_CHECKING:
    import numpy as np


def export(architecture: Architecture, path: Path) -> None:
    """Write the first weights of an architecture, or those of a `.keras` file."""
    _write(architecture.build(), path)


def export_trained(file: Path, path: Path) -> None:
    """Write the weights of a trained model."""
    _write(load_keras_file(file), path)


def _write(model: Any, path: Path) -> None:
    """Write the arrays, and read them again in a process without Keras to compare them."""
    import numpy as np

    arrays = arrays_of(model)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    found = apart(_digests, path)
    if found != {name: digest(array) for name, array in arrays.items()}:
        raise ModelError("the arrays that NumPy reads are not those of the network")


def arrays_of(model: Any) -> dict[str, np.ndarray]:
    """Return the weights of a model: `LAYER/WEIGHT`, and for nested layers `MODEL/LAYER/WEIGHT`."""
    import numpy as np

    arrays: dict[str, np.ndarray] = {}
    for variable in model.weights:
        name, number = variable.path, 2
        while name in arrays:
            name, number = f"{variable.path}_{number}", number + 1
        arrays[name] = np.asarray(variable.numpy())
    return arrays


def digest(array: np.ndarray) -> tuple[str, tuple[int, ...], str]:
    """Return the type, shape and a hash of the bits of an array."""
    import hashlib

    import numpy as np

    bits = hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()
    return array.dtype.str, array.shape, bits


def _digests(path: Path) -> dict[str, tuple[str, tuple[int, ...], str]]:
    import numpy as np

    with np.load(path, allow_pickle=False) as stored:
        return {name: digest(stored[name]) for name in stored.files}
