"""The lines of Python that build the layers of one body: of a file, a block or a nested model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cnncli.exporters.python_networks import write_network
from cnncli.exporters.python_text import (
    Call,
    Named,
    identifier,
    indented,
    listed,
    quoted,
    statement,
)
from cnncli.exporters.python_values import Imports, Unordered, Values
from cnncli.network.operations import takes_list
from cnncli.spec import catalog
from cnncli.spec import model as language
from cnncli.spec.graph import Graph, Inputs, Ref
from cnncli.spec.model import LayerUse, Param, Rounded
from cnncli.spec.names import base_name
from cnncli.spec.outside import is_outside
from cnncli.spec.writer import body_of

# Names that the code uses for itself.
RESERVED = ("keras", "np", "ops", "math", "scaled", "inputs", "outputs", "x", "model")


class Body:
    """Writes the layers of `body` into `written`, a statement each."""

    def __init__(
        self,
        body: language.Body,
        functions: Mapping[str, str],
        used: Imports,
        taken: set[str],
        params: Mapping[str, str] | None = None,
        chain: str = "x",
    ) -> None:
        self.body = body
        self.functions = functions
        self.used = used
        self.taken = taken
        self.chain = chain  # the variable that results without a name go to
        # A block's layers are made again at each use, so that they cannot keep a name.
        self.named = params is None
        self.depth = 0 if params is None else 4  # columns: a block becomes a function
        self.values = Values(used, params or {}, self._nested)
        self.written: list[str] = []
        self.results: dict[str, str] = {"input": "inputs"}
        self.layers: dict[str, str] = {}
        self.by_name = _taken_by_name(body)
        self.shared = {use.arguments["layer"].name for use in body.layers if use.word == "use"}

    def inputs(self, prefer: str | None = "inputs") -> str:
        """Write the inputs of a network; return the expression of what enters it."""
        self.used.layers.add("Input")
        alone = len(self.body.input) == 1
        for entry in self.body.input:
            variable = prefer if alone and prefer else identifier(entry.name, self.taken)
            arguments = self.values.input(entry, named=not (alone and entry.name == "input"))
            self._write(variable, Call("Input", arguments))
            self.results[entry.name] = variable
        names = [self.results[entry.name] for entry in self.body.input]
        self.results["input"] = names[0] if alone else f"[{', '.join(names)}]"
        return self.results["input"]

    def write(self, result: str | None = None) -> str:
        """Write all layers; return the expression of what the body gives.

        The last layer's result is called `result`; without it, it stands in the expression.
        """
        before = self.results["input"]
        *leading, last = self.body.layers
        for use in leading:
            before = self._statement(use, before, None)
        if self.body.output is not None:
            self._statement(last, before, None)
            return self._tensors(self.body.output)
        if result is None and self._repeats(last) == "1":
            return self._applied(last, before)
        return self._statement(last, before, result)

    def _statement(self, use: LayerUse, before: str, wanted: str | None) -> str:
        """Write one layer; return the variable that holds its result."""
        variable = wanted or self.chain
        if use.name is not None and use.name in self.by_name and wanted is None:
            variable = identifier(use.name, self.taken)
        repeats = self._repeats(use)
        if repeats == "0":
            variable = self._entering(use, before)
        elif repeats == "1":
            self._write(variable, self._applied(use, before))
        else:
            entering = self._entering(use, before)
            if entering != variable:
                self.written.append(f"{variable} = {entering}")
            self.written.append(f"for _ in range({repeats}):")
            applied = self._applied(use, variable, again=True)
            self.written += indented([statement(f"{variable} = ", applied, self.depth + 4)])
        if use.name is not None:
            self.results[use.name] = variable
        return variable

    def _write(self, variable: str, expression: str) -> None:
        self.written.append(statement(f"{variable} = ", expression, self.depth))

    def _repeats(self, use: LayerUse) -> str:
        if isinstance(use.repeat, Rounded):
            return self.values.of("repeat", use.repeat)
        if isinstance(use.repeat, Param):
            return self.values.params[use.repeat.name]
        return str(1 if use.repeat is None else use.repeat)

    def _applied(self, use: LayerUse, before: str, *, again: bool = False) -> str:
        """Return the expression of a layer called on its inputs."""
        entering = before if again else self._entering(use, before)
        if use.word in self.functions:
            taken = {*RESERVED, *self.functions.values()}
            given = [
                Named(identifier(key, set(taken)), self.values.of(key, value))
                for key, value in use.arguments.items()
            ]
            return Call(self.functions[use.word], [entering, *given])
        if use.word.startswith("ops."):
            return self._operation(use, entering)
        constants = [Named(key, self.values.of(key, value)) for key, value in use.call.items()]
        tensors = [entering, *constants]
        if use.word == "use":
            return Call(self._layer(use.arguments["layer"]), tensors)
        if use.name is not None and use.name in self.shared:
            return Call(self._kept(use, use.name, entering), tensors)
        if is_outside(use.word):
            return Call(self._network(use, entering), tensors)
        return self._constructor(use, tensors)

    def _network(self, use: LayerUse, entering: str) -> str:
        """Write a network from outside; return the variable that holds it."""
        name = use.name if self.named else None
        names = partial(identifier, taken=self.taken)
        return write_network(use, entering, self._write, self.used, names, self.values.of, name)

    def _kept(self, use: LayerUse, name: str, entering: str) -> str:
        """Write a layer that is used again further down; return its variable."""
        is_network = is_outside(use.word)
        made = self._network(use, entering) if is_network else self._constructor(use)
        variable = made
        if use.body is None and not is_network:
            variable = identifier(f"{name}_layer", self.taken)
            self._write(variable, made)
        self.layers[name] = variable
        return variable

    def _layer(self, ref: Ref) -> str:
        if ref.name not in self.layers:
            raise Unordered
        return self.layers[ref.name]

    def _entering(self, use: LayerUse, before: str) -> str:
        """Return those arguments of a call that are tensors."""
        if use.inputs is None:
            return before
        if isinstance(use.inputs, Mapping):
            return self._mapping(use, use.inputs)
        if isinstance(use.inputs, tuple) and self._spreads(use):
            return ", ".join(self._tensors(item) for item in use.inputs)
        return self._tensors(use.inputs)

    def _spreads(self, use: LayerUse) -> bool:
        """Whether each item of a list of inputs is an argument of its own."""
        if use.word.startswith("ops."):
            return not takes_list(use.word.removeprefix("ops."), use.arguments)
        entry = catalog.find("layer", use.word)
        return entry is not None and entry.call[:1] not in (("inputs",), ("*",), ())

    def _mapping(self, use: LayerUse, inputs: Mapping[str, Inputs]) -> str:
        if use.body is not None:
            names = [entry.name for entry in use.body.input]
            if set(names) == set(inputs):
                return "[" + ", ".join(self._tensors(inputs[name]) for name in names) + "]"
        return ", ".join(f"{key}={self._tensors(item)}" for key, item in inputs.items())

    def _tensors(self, inputs: Inputs) -> str:
        if isinstance(inputs, Ref):
            variable = self.results.get(inputs.name)
            if variable is None:
                raise Unordered
            return variable if inputs.index is None else f"{variable}[{inputs.index}]"
        if isinstance(inputs, Mapping):
            items = (f"{quoted(key)}: {self._tensors(item)}" for key, item in inputs.items())
            return "{" + ", ".join(items) + "}"
        return listed(self._tensors(item) for item in inputs)

    def _operation(self, use: LayerUse, entering: str) -> str:
        """Return the call of a function of `keras.ops`."""
        if use.word == "ops.get_item":
            return f"{entering}[{_slice(use.arguments['key'])}]"
        self.used.modules.add("ops")
        constants = {k: self.values.constant(k, value) for k, value in use.arguments.items()}
        names = catalog.operations().get(use.word.removeprefix("ops."), [])
        if use.word == "ops.einsum":
            return Call(use.word, [constants["subscripts"], entering])
        given = [Named(key, value) for key, value in constants.items()]
        free = [name for name in names if name not in constants]
        if not isinstance(use.inputs, tuple | Mapping) and free[:1] != names[:1]:
            return Call(use.word, [*given, Named(free[0], entering)])
        return Call(use.word, [entering, *given])

    def _constructor(self, use: LayerUse, tensors: Sequence[str] = ()) -> str:
        """Return the expression of a layer, called on `tensors` where there are some."""
        if use.body is not None:
            model = self._model(use.body, use.word, use.name, use.arguments)
            return Call(model, tensors) if tensors else model
        self.used.add_layer(use.word)
        arguments = self.values.keywords("layer", use.word, use.arguments)
        if self.named and use.name is not None and not _numbered_by_keras(use):
            arguments.append(Named("name", quoted(use.name)))
        return Call(use.word, arguments, tensors)

    def _nested(self, value: LayerUse | Graph) -> str:
        """Write a layer or a model that stands as an argument of another layer."""
        if isinstance(value, LayerUse):
            return self._constructor(value)
        body = body_of(value)
        word = "Model" if body.input else "Sequential"
        return self._model(body, word, value.name, {} if value.trainable else {"trainable": False})

    def _model(
        self, body: language.Body, word: str, name: str | None, arguments: Mapping[str, Any]
    ) -> str:
        """Write a nested model; return the variable that holds it."""
        self.used.models.add(word)
        variable = identifier(f"{name}_model" if name else "inner_model", self.taken)
        params = None if self.named else self.values.params
        chain = identifier("y", self.taken) if word == "Model" else self.chain
        inner = Body(body, self.functions, self.used, self.taken, params, chain)
        named = [Named("name", quoted(name))] if name is not None and self.named else []
        named += [Named(key, self.values.of(key, value)) for key, value in arguments.items()]
        if word == "Sequential":
            if any(use.word in self.functions or use.inputs is not None for use in body.layers):
                raise Unordered  # blocks inside are not layers: they are written out
            layers = [inner._constructor(use) for use in body.layers for _ in range(_times(use))]
            made = Call("Sequential", [listed(layers), *named])
        else:
            entering = inner.inputs(prefer=None)
            outputs = inner.write()
            ends = [Named("inputs", entering), Named("outputs", outputs)]
            made = Call("Model", [*ends, *named])
        self.written += inner.written
        self._write(variable, made)
        return variable


def _times(use: LayerUse) -> int:
    if isinstance(use.repeat, Param | Rounded):
        raise Unordered
    return 1 if use.repeat is None else use.repeat


def _numbered_by_keras(use: LayerUse) -> bool:
    """Whether a name is like Keras's own, which it gives by itself."""
    base = re.escape(base_name(use.word))
    return re.fullmatch(rf"{base}(_\d+)?", str(use.name)) is not None


def _taken_by_name(body: language.Body) -> set[str]:
    """Return the names that other layers, or the output, take."""
    everything = [use.inputs for use in body.layers] + [body.output]
    return {ref.name for inputs in everything for ref in _refs(inputs)}


def _refs(inputs: Any) -> Iterator[Ref]:
    if isinstance(inputs, Ref):
        yield inputs
    elif inputs is not None:
        for item in inputs.values() if isinstance(inputs, Mapping) else inputs:
            yield from _refs(item)


def _slice(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple | list) else str(key)
