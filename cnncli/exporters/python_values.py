"""Arguments of layers as Python source, and the imports that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.exporters.python_text import Call, Code, Named, literal, quoted
from cnncli.network.objects import APPLICATION_LAYERS
from cnncli.network.operations import TENSOR_ARGUMENTS
from cnncli.spec import catalog
from cnncli.spec.families import FAMILIES, family_of_argument
from cnncli.spec.graph import Graph, Input, Thing
from cnncli.spec.model import LayerUse, Param, Rounded
from cnncli.spec.rounding import FORMS


class Unordered(Exception):
    """The layers must be written out: they do not stand in the order of Python statements."""


@dataclass
class Imports:
    """What the code must import."""

    layers: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    others: dict[str, set[str]] = field(default_factory=dict)
    numpy: bool = False
    roundings: set[str] = field(default_factory=set)

    def add_layer(self, name: str) -> None:
        """Import a layer from where Keras has it."""
        if name in APPLICATION_LAYERS:
            self.others.setdefault(APPLICATION_LAYERS[name], set()).add(name)
        else:
            self.layers.add(name)


class Values:
    """Writes values of arguments; `params` are the names of the parameters around them.

    `nested` writes a layer or model that stands as an argument of another.
    """

    def __init__(
        self,
        used: Imports,
        params: Mapping[str, str],
        nested: Callable[[LayerUse | Graph], str],
    ) -> None:
        self.used = used
        self.params = params
        self.nested = nested

    def of(self, key: str, value: Any) -> str:
        """Return the expression of a value given for the argument `key`."""
        if isinstance(value, Rounded):
            return self._rounded(value)
        if isinstance(value, Param):
            return self.params[value.name]
        if isinstance(value, Thing):
            return self._thing(key, value)
        if isinstance(value, LayerUse | Graph):
            return self.nested(value)
        if isinstance(value, tuple | list):
            return literal(tuple(Code(self.of(key, item)) for item in value))
        if isinstance(value, Mapping):
            return literal({name: Code(self.of(key, item)) for name, item in value.items()})
        return literal(value)

    def keywords(self, family: str, name: str, arguments: Mapping[str, Any]) -> list[str]:
        """Return the arguments of a class; a single required one stands first, without name."""
        entry = catalog.find(family, name)
        first = None
        if entry is not None and list(entry.arguments)[:1] == list(entry.required):
            first = entry.required[0]
        ordered = sorted(arguments, key=lambda key: key != first)
        written = ((key, self.of(key, arguments[key])) for key in ordered)
        return [value if key == first else Named(key, value) for key, value in written]

    def constant(self, key: str, value: Any) -> str:
        """Return a constant of an operation; a list for a tensor becomes an array."""
        if key not in TENSOR_ARGUMENTS or not isinstance(value, tuple | list):
            return self.of(key, value)
        self.used.numpy = True
        whole = "int32" if all(isinstance(item, int) for item in value) else "float32"
        return f'np.array({literal(value)}, dtype="{whole}")'

    def _rounded(self, value: Rounded) -> str:
        """Return the expression of a rounding, in which parameters of a block take part."""
        self.used.roundings.add(value.form)
        parts = {
            name: self.of(name, part) for name, part in {**FORMS[value.form], **value.parts}.items()
        }
        if value.form == "scale":
            return Call("scaled", [parts["scale"], parts["by"], parts["divisor"]])
        whole = f"math.ceil({parts['ceil']} * {parts['by']})"
        return whole if parts["less"] == "0" else f"{whole} - {parts['less']}"

    def input(self, entry: Input, *, named: bool) -> list[str]:
        """Return the arguments of `keras.Input`."""
        given = {key: self.of(key, value) for key, value in entry.arguments.items()}
        named_too = {"name": quoted(entry.name)} if named else {}
        return [Named(key, value) for key, value in {**given, **named_too}.items()]

    def _thing(self, key: str, thing: Thing) -> str:
        family = family_of_argument(key) or "layer"
        if family in ("layer", "activation"):
            self.used.add_layer(thing.class_name)
            family, name = "layer", thing.class_name
        else:
            module = FAMILIES[family].removeprefix("keras.")
            self.used.modules.add(module.split(".")[0])
            name = f"{module}.{thing.class_name}"
        return Call(name, self.keywords(family, thing.class_name, thing.arguments))
