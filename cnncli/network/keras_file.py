"""Models in `.keras` files: untrusted, so all is checked before anything of them is made.

Keras's safe mode refuses lambdas. Beyond it: only classes of Keras's own, none that loads code
or a file, no more parameters than the bound, and no more bytes than these parameters need.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.faults import describe
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights
from cnncli.spec import catalog
from cnncli.spec.families import refusal

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
_LARGEST_CONFIG = 32_000_000  # bytes; NASNetLarge has 0.8 million
_MOST_MEMBERS = 10_000
# What networks are made of besides the classes of these families and functions of keras.ops.
_FAMILIES = ("layer", "initializer", "regularizer", "constraint")
_PARTS = frozenset(("InputLayer", "Sequential", "Functional", "Model", "SeedGenerator"))
_PART_ENDINGS = ("DTypePolicy", "DTypePolicyMap", "Quantizer", "QuantizationConfig")
# An optimizer keeps up to three numbers beside each weight; the rest is HDF5's own.
_BYTES_OF_FILE = 4
_SLACK = 64_000_000


def load(path: Path, *, max_params: int = DEFAULT_BOUND, weights: bool = True) -> Any:
    """Load the model of a `.keras` file, without what it was compiled with.

    Without `weights`, its variables have shapes only. Raises ModelError for a file that is
    damaged, that holds code or classes of its own, or that is larger than it may be.
    """
    config = _read_config(path)
    _check_classes(path, config)
    model, size = _declared(path, config, max_params)
    if not weights and _stateless(config) == config:
        return model
    _check_sizes(path, size)
    with _faults_of(path):
        return load_keras().saving.load_model(path, compile=False, safe_mode=True)


class _faults_of:
    """Turns what Keras says of a file into a ModelError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, ModelError | MemoryError):
            raise ModelError(f"{self.path}: Keras cannot load it: {describe(error)}") from error


def _read_config(path: Path) -> dict[str, Any]:
    """Read how the model is made; ModelError where the file is none of Keras's."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_MEMBERS:
                raise ModelError(f"{path}: it holds too many parts to be a model")
            if archive.getinfo(CONFIG).file_size > _LARGEST_CONFIG:
                raise ModelError(f"{path}: its {CONFIG} is too large to be that of a model")
            config = json.loads(archive.read(CONFIG))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from error
    except KeyError as error:
        raise ModelError(f"{path}: it is not a .keras file: it holds no {CONFIG}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: its {CONFIG} cannot be read: {error}") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ModelError(f"{path}: it is not a .keras file, or a damaged one: {error}") from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ModelError(f"{path}: its {CONFIG} describes no model")
    config["compile_config"] = None
    return config


def _check_classes(path: Path, config: Mapping[str, Any]) -> None:
    """Raise ModelError for a class that is not Keras's, or that loads code or a file."""
    for thing in _things(config):
        name, module = thing["class_name"], thing.get("module")
        if not isinstance(name, str):
            raise ModelError(f"{path}: its {CONFIG} describes no model")
        reason = refusal("layer", name) if name != "InputLayer" else None
        if name == "__lambda__" or reason is not None:
            where = _layer_name(thing)
            raise ModelError(
                f"{path}: it is made with {'a lambda' if name == '__lambda__' else name}{where}, "
                "which is refused: it can run any code"
            )
        if module is not None and str(module).split(".")[0] not in ("keras", "builtins"):
            raise ModelError(
                f"{path}: it is made with {module}.{name}{_layer_name(thing)}, "
                "which is not part of Keras: its code is not in the file"
            )
        own = thing.get("config")
        if not _is_part(name, str(module), own):
            raise ModelError(
                f"{path}: it is made with {own if name == 'function' else name} of {module}"
                f"{_layer_name(thing)}, which is refused: it is no part of a network"
            )
        if isinstance(own, Mapping) and isinstance(own.get("vocabulary"), str):
            raise ModelError(
                f'{path}: {name}{_layer_name(thing)} would read the file "{own["vocabulary"]}"'
            )


def _is_part(name: str, module: str, config: Any) -> bool:
    """Say whether Keras makes networks of this; its other functions and classes are refused.

    Whatever a file names, Keras makes or calls while it loads: `keras.utils.plot_model` as an
    activation would be called.
    """
    if name == "function":
        return config in catalog.activations() or config in catalog.operations()
    if module.startswith("keras.src.ops.") or name in _PARTS or name.startswith("__"):
        return True
    return name.endswith(_PART_ENDINGS) or any(catalog.find(f, name) for f in _FAMILIES)


def _layer_name(thing: Mapping[str, Any]) -> str:
    config = thing.get("config")
    name = config.get("name") if isinstance(config, Mapping) else None
    return f' ("{name}")' if isinstance(name, str) else ""


def _things(value: Any) -> Iterator[Mapping[str, Any]]:
    """Give every mapping with a `class_name`, at any depth."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            if "class_name" in item:
                yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _declared(path: Path, config: Mapping[str, Any], max_params: int) -> tuple[Any, int]:
    """Make the model without memory; return it, and the bytes that its weights will take."""
    keras = load_keras()
    with _faults_of(path), deferred_weights(max_params, initialize=False) as bound:
        model = keras.saving.deserialize_keras_object(_stateless(config), safe_mode=True)
        if not isinstance(model, keras.Model):
            raise ModelError(f"{path}: it holds a {type(model).__name__} and no model")
        params, size = bound.total()
    if params > max_params:
        raise ModelError(
            f"{path}: the network has {params:,} parameters; it may have {max_params:,}",
            hint="If that is meant, raise the bound with --max-params.",
        )
    return model, size


def _stateless(value: Any) -> Any:
    """Return a config without `stateful`, whose states would take memory at once."""
    if isinstance(value, Mapping):
        return {
            key: False if key == "stateful" else _stateless(item) for key, item in value.items()
        }
    return [_stateless(item) for item in value] if isinstance(value, list) else value


def _check_sizes(path: Path, size: int) -> None:
    """Raise ModelError where the file holds more than the weights of its network."""
    import h5py

    allowed = _BYTES_OF_FILE * size + _SLACK
    with _faults_of(path), zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > allowed:
            raise ModelError(f"{path}: it is packed to hold far more than its network needs")
        if WEIGHTS not in archive.namelist():
            raise ModelError(f"{path}: it holds no {WEIGHTS}")
        with archive.open(WEIGHTS) as member, h5py.File(member, "r") as weights:
            sizes: list[int] = []

            def add(name: str, found: Any) -> None:
                if isinstance(found, h5py.Dataset):
                    sizes.append(int(found.nbytes))

            weights.visititems(add)
    if sum(sizes) > allowed:
        raise ModelError(f"{path}: its {WEIGHTS} declares far more than its network needs")
