"""Models in `.keras` files: untrusted, so all is checked before anything of them is made.

Keras's safe mode refuses lambdas. Beyond it: only classes of Keras's own, none that loads code
or a file, no more layers and parameters than the bounds, no more bytes than these parameters
need, and nothing of what any part of the model was once compiled with.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cnncli import keras_archive
from cnncli.errors import CnncliError, ModelError
from cnncli.keras_archive import WEIGHTS
from cnncli.network import memory
from cnncli.network.backend import load_keras
from cnncli.network.faults import describe
from cnncli.network.keras_config import bare, check_classes, check_size
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights
from cnncli.network.trainable import settle

# An optimizer keeps up to three numbers beside each weight; the rest is HDF5's own.
_BYTES_OF_FILE = 4
SLACK = 64_000_000
# How much smaller than its values a dataset may be packed; what Keras writes is not packed.
PACKED = 100
Found = TypeVar("Found")


@dataclass(frozen=True)
class KerasFile:
    """What a `.keras` file says of its model: how it is made, and the loss it was compiled with.

    `config` is checked, and without what its parts were compiled with; `loss` is as the file
    has it, and is only looked at.
    """

    path: Path
    config: Mapping[str, Any]
    loss: Any = None


def read(path: Path) -> KerasFile:
    """Read and check how a model is made; loads no TensorFlow.

    Raises ModelError for a file that is damaged, that holds code or classes of its own, or that
    has more layers than it may have.
    """
    config = keras_archive.read_config(path)
    compiled = config.get("compile_config")
    with _faults_of(path):
        check_size(path, config)
        config = bare(config)
        check_classes(path, config)
    return KerasFile(path, config, compiled.get("loss") if isinstance(compiled, dict) else None)


def load(path: Path, *, max_params: int = DEFAULT_BOUND, weights: bool = True) -> Any:
    """Load the model of a `.keras` file, without what it was compiled with.

    Without `weights`, its variables have shapes only. Raises ModelError as `read` does, for a
    model that is larger than it may be, and for weights that are not numbers.
    """
    return model_of(read(path), max_params=max_params, weights=weights)


def model_of(file: KerasFile, *, max_params: int = DEFAULT_BOUND, weights: bool = True) -> Any:
    """Make the model of a file that was read; see `load`."""
    model, size = _declared(file, max_params)
    if weights or _stateless(file.config) != file.config:
        _check_bytes(file.path, size)
        with _faults_of(file.path):
            model = _made(file.config)
            _load_weights(model, file.path)
        _refuse_nan(file.path, model)
    settle(model)
    return model


def begun(file: KerasFile) -> tuple[Any, Callable[[], None]]:
    """Make the model of a file as a part of another; return it, and what gives it its weights.

    That one is called once there is memory. What is made behind it gets the random numbers that
    it would get behind Keras's own `load_model`. Raises ModelError as `load` does.
    """
    drawn = random.getstate()
    _, size = _declared(file, DEFAULT_BOUND)
    random.setstate(drawn)
    with _faults_of(file.path):
        model = _made(file.config)

    def fill() -> None:
        _check_bytes(file.path, size)
        with _faults_of(file.path):
            _load_weights(model, file.path)
        _refuse_nan(file.path, model)

    return model, fill


class _faults_of:
    """Turns what Keras says of a file into a ModelError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, RecursionError):
            raise ModelError(
                f"{self.path}: its layers are nested too deep, or form too long a chain"
            ) from error
        if isinstance(error, Exception) and not isinstance(error, CnncliError | MemoryError):
            raise ModelError(f"{self.path}: Keras cannot load it: {describe(error)}") from error


def _made(config: Mapping[str, Any]) -> Any:
    return load_keras().saving.deserialize_keras_object(
        config, custom_objects={"Sequential": _Chain}, safe_mode=True
    )


class _Chain:
    """Makes a `keras.Sequential` of its config, in a time that grows with its length.

    Keras's own way builds the model anew for each layer that is added: 400 layers take a minute.
    """

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        keras = load_keras()
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config["layers"]]
        model = keras.Sequential(layers, config.get("trainable", True), config["name"])
        shape = config.get("build_input_shape")
        if not model.built and isinstance(shape, list | tuple):
            model.build(shape)
        return model


def _declared(file: KerasFile, max_params: int) -> tuple[Any, int]:
    """Make the model without memory; return it, and the bytes that its weights will take."""
    keras, path = load_keras(), file.path
    with _faults_of(path), deferred_weights(max_params, initialize=False) as bound:
        model = _made(_stateless(file.config))
        if not isinstance(model, keras.Model):
            raise ModelError(f"{path}: it holds a {type(model).__name__} and no model")
        params, size = bound.total()
    if params > max_params:
        raise ModelError(
            f"{path}: the network has {params:,} parameters; it may have {max_params:,}",
            hint="If that is meant, raise the bound with --max-params.",
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise ModelError(
            f'{path}: its Sequential "{model.name}" was never built: nothing tells the shape of '
            "what goes into it",
            hint="Let it begin with keras.Input(...), and save it again.",
        )
    return model, size


def _stateless(value: Any) -> Any:
    """Return a config without `stateful`, whose states would take memory at once."""
    if isinstance(value, Mapping):
        return {
            key: False if key == "stateful" else _stateless(item) for key, item in value.items()
        }
    return [_stateless(item) for item in value] if isinstance(value, list) else value


def _check_bytes(path: Path, size: int) -> None:
    """Raise ModelError where the file holds more than the weights of its network, or too little.

    Too little would be found by Keras as well, once it has taken the memory for all of them.
    """
    memory.require(size, f"{path}: the weights of its network")
    allowed = _BYTES_OF_FILE * size + SLACK
    with keras_archive.opened(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > allowed:
            raise ModelError(f"{path}: it is packed to hold far more than its network needs")
        if WEIGHTS not in archive.namelist():
            raise ModelError(f"{path}: it holds no {WEIGHTS}")
        with _faults_of(path), archive.open(WEIGHTS) as member:
            declared, stored = weight_bytes(member)
    if declared > allowed:
        raise ModelError(f"{path}: its {WEIGHTS} declares far more than its network needs")
    if stored * PACKED + SLACK < size:
        raise ModelError(f"{path}: its {WEIGHTS} holds far less than its network needs")


def weight_bytes(file: Any) -> tuple[int, int]:
    """Return how many bytes the arrays of an HDF5 file have, and how many it stores for them."""
    found = _of_arrays(file, lambda item: (int(item.nbytes), int(item.id.get_storage_size())))
    return sum(size for size, _ in found), sum(size for _, size in found)


def weight_shapes(file: Any) -> list[tuple[int, ...]]:
    """Return the shapes of the arrays of an HDF5 file."""
    return _of_arrays(file, lambda item: tuple(item.shape))


def _of_arrays(file: Any, read: Callable[[Any], Found]) -> list[Found]:
    import h5py

    found: list[Found] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(read(item))

    with h5py.File(file, "r") as weights:
        weights.visititems(add)
    return found


def _load_weights(model: Any, path: Path) -> None:
    """Give a model the weights and vocabularies of its file, as `keras.saving.load_model` does.

    That function would read the config anew, and compile what was compiled.
    """
    from keras.src.saving import saving_lib

    failed: set[int] = set()
    said: dict[int, Any] = {}
    with zipfile.ZipFile(path) as archive:
        has_assets = any(name.startswith("assets/") for name in archive.namelist())
        assets = saving_lib.DiskIOStore("assets", archive=archive, mode="r") if has_assets else None
        weights = saving_lib.H5IOStore(WEIGHTS, archive=archive, mode="r")
        try:
            saving_lib._load_state(
                model,
                weights_store=weights,
                assets_store=assets,
                inner_path="",
                visited_saveables=set(),
                failed_saveables=failed,
                error_msgs=said,
            )
        finally:
            weights.close()
            if assets is not None:
                assets.close()
    if failed:
        layer, error = next(iter(said.values()))
        raise ModelError(f'{path}: the weights of "{layer.name}" do not fit: {describe(error)}')


def _refuse_nan(path: Path, model: Any) -> None:
    """Raise ModelError for weights that are not numbers: whatever they answer is none."""
    import numpy as np

    for weight in model.weights:
        if "float" not in weight.dtype:
            continue
        values = weight.numpy()
        bad = int(np.count_nonzero(np.isnan(values)))
        if bad:
            raise ModelError(
                f'{path}: {bad:,} of {values.size:,} values of its weight "{weight.path}" are '
                "not numbers (NaN)",
                hint="Its training has failed; a lower learning rate is the usual cure.",
            )
