"""The config of a `.keras` file: what Keras would make and call of it, judged as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.keras_archive import CONFIG
from cnncli.spec import catalog
from cnncli.spec.families import refusal

# What networks are made of besides the classes of these families and functions of keras.ops.
_FAMILIES = ("layer", "initializer", "regularizer", "constraint")
_PARTS = frozenset(("InputLayer", "Sequential", "Functional", "Model", "SeedGenerator"))
_PART_ENDINGS = ("DTypePolicy", "DTypePolicyMap", "Quantizer", "QuantizationConfig")
_VALUES = frozenset(
    ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__")
)
# Keras takes about two milliseconds to make or call a layer; NASNetLarge has 1,041 layers.
_MOST_LAYERS = 2_500
_MOST_VALUES = 200_000  # lists and mappings; NASNetLarge has 21,000
_DEEPEST = 400  # levels of lists and mappings; a nested model is four


def bare(value: Any) -> Any:
    """Return a config without what it and the models nested in it were compiled with.

    Every Sequential is registered under its name, by which `keras_file` makes it in its own way.
    """
    if isinstance(value, Mapping):
        kept = {key: bare(item) for key, item in value.items() if key != "compile_config"}
        if kept.get("class_name") == "Sequential":
            kept["registered_name"] = "Sequential"
        return kept
    return [bare(item) for item in value] if isinstance(value, list) else value


def check_size(path: Path, config: Mapping[str, Any]) -> None:
    """Raise ModelError for more layers, or models nested deeper, than a network has."""
    layers = values = 0
    level: list[Any] = [config]
    for _ in range(_DEEPEST):
        layers, values = layers + sum(map(_weight, level)), values + len(level)
        if layers > _MOST_LAYERS:
            raise ModelError(f"{path}: it has more than {_MOST_LAYERS:,} layers and calls of them")
        if values > _MOST_VALUES:
            raise ModelError(f"{path}: its {CONFIG} is too large to be that of a network")
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return
    raise ModelError(f"{path}: its layers are nested too deep")


def _weight(item: Any) -> int:
    """Count a layer once, and once for each call of it; other things cost nothing to speak of."""
    if not isinstance(item, Mapping) or "class_name" not in item:
        return 0
    calls = item.get("inbound_nodes")
    is_layer = "config" in item and (calls is not None or _is_layer(item["class_name"]))
    return is_layer * max(1, len(calls) if isinstance(calls, list) else 1)


def _is_layer(name: Any) -> bool:
    return isinstance(name, str) and (name in _PARTS or catalog.find("layer", name) is not None)


def _inner(item: Any) -> list[Any]:
    if isinstance(item, Mapping):
        return [value for value in item.values() if isinstance(value, Mapping | list)]
    return [value for value in item if isinstance(value, Mapping | list)]


def check_classes(path: Path, config: Mapping[str, Any]) -> None:
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
    if module.startswith("keras.src.ops.") or name in _PARTS or name in _VALUES:
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
