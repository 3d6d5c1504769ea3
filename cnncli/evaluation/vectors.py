"""What a network makes of an image before its last layer decides: a vector of features."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.walk import functional, is_model
from cnncli.runs.trained import Trained

if TYPE_CHECKING:
    import numpy as np


def with_vectors(trained: Trained) -> Trained:
    """Return a network whose rows of outputs hold, behind the usual ones, what its last layer gets.

    The last layer is the last one with weights; maps are laid out as one row. Raises ModelError
    where there is none.
    """
    keras = load_keras()
    before = _before_last(trained.model, str(trained.path))
    outputs = functional(trained.model).outputs[0]
    flat = keras.layers.Reshape((-1,), dtype="float32")(before)
    both = keras.layers.Concatenate(dtype="float32")([outputs, flat])
    model = keras.Model(functional(trained.model).inputs, both)
    return replace(trained, model=model, vector=int(flat.shape[-1]))


def _before_last(model: Any, name: str) -> Any:
    """Return the tensor that the last layer with weights gets, from the inputs of `model` on."""
    keras = load_keras()
    tensor = functional(model).outputs[0]
    while True:
        operation, node, _ = tensor._keras_history
        taken = operation._inbound_nodes[node].input_tensors
        if not taken:
            raise ModelError(f"{name}: no layer of it has weights, so none gets a vector")
        if getattr(operation, "weights", ()):
            if not is_model(operation):
                return taken[0]
            inside = keras.Model(functional(operation).inputs, _before_last(operation, name))
            return inside(taken)
        tensor = taken[0]


class VectorFile:
    """Writes rows of float32 as `.npy`, and how many there are once all are written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._count, self._width = file, 0, 0
        self._header()

    def add(self, row: np.ndarray) -> None:
        """Append a row; all have one length."""
        import numpy as np

        self._width = len(row)
        if not self._count:
            self._header()
        self._file.write(np.ascontiguousarray(row, np.float32).tobytes())
        self._count += 1

    def finish(self) -> None:
        """Write how many rows there are."""
        self._file.flush()
        self._header()

    def _header(self) -> None:
        # NumPy leaves room for the first number to grow, so that the header keeps its length.
        from numpy.lib import format as npy

        self._file.seek(0)
        shape = (self._count, self._width)
        npy.write_array_header_1_0(
            self._file, {"descr": "<f4", "fortran_order": False, "shape": shape}
        )
