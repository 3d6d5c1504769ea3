"""What a network computes on its way, by name: branches and nested networks included."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.errors import UsageError
from cnncli.network.walk import Call, calls, functional, is_model

# What is known so far, by the id of its KerasTensor.
Values = MutableMapping[int, Any]
# Returns what a call of a layer makes of the values so far, one for each of its outputs.
Compute = Callable[[str, Call, Values], Sequence[Any]]


@dataclass(frozen=True)
class Result:
    """One tensor of a network, and what it is made of.

    `name` is that of its layer; within a nested network `base/conv1`; of a layer that is called
    again `NAME@2`, of the second result of one that returns several `NAME/1`. `layer` is the
    name without these numbers. `number` counts the tensors, and `sources` are the numbers of
    those that it is made of; what leaves a nested network has the number that it has within.
    """

    name: str
    layer: str
    call: Call
    tensor: Any
    number: int
    sources: tuple[int, ...]

    @property
    def is_within(self) -> bool:
        """Whether it stands inside of a nested network."""
        return "/" in self.layer

    @property
    def is_network(self) -> bool:
        """Whether it is what a nested network returns."""
        return is_model(self.call.operation)


def results(model: Any) -> list[Result]:
    """Return all tensors of a Keras model, each behind those that it is made of."""
    count = 0

    def numbered(name: str, call: Call, numbers: Values) -> list[int]:
        nonlocal count
        count += len(call.outputs)
        return list(range(count - len(call.outputs), count))

    numbers: dict[int, int] = {}
    for index, tensor in enumerate(functional(model)._inputs):
        numbers[id(tensor)] = -1 - index
    return [
        Result(
            name=f"{name}/{index}" if index else name,
            layer="/".join(part.partition("@")[0] for part in name.split("/")),
            call=call,
            tensor=tensor,
            number=number,
            sources=tuple(numbers[id(each)] for each in call.inputs),
        )
        for name, call, made, numbers in follow(model, numbers, numbered)
        for index, (tensor, number) in enumerate(zip(call.outputs, made, strict=True))
    ]


def follow(
    model: Any, values: Values, compute: Compute, within: str = ""
) -> Iterator[tuple[str, Call, Sequence[Any], Values]]:
    """Go through the calls of a model, and through those of the networks within it.

    Yields the name of each call, the call, its results, and the values that it found. What is
    known already is not computed, and what lacks its inputs is passed over.
    """
    seen: Counter[str] = Counter()
    for call in calls(model):
        seen[call.operation.name] += 1
        again = seen[call.operation.name]
        name = within + call.operation.name + (f"@{again}" if again > 1 else "")
        if all(id(tensor) in values for tensor in call.outputs):
            if not call.inputs and not within:  # the input of the whole
                yield name, call, [values[id(tensor)] for tensor in call.outputs], values
            continue
        if not call.inputs or any(id(tensor) not in values for tensor in call.inputs):
            continue
        if is_model(call.operation):
            inner = functional(call.operation)
            entering = [values[id(tensor)] for tensor in call.inputs]
            inside = {id(t): v for t, v in zip(inner._inputs, entering, strict=True)}
            yield from follow(call.operation, inside, compute, f"{name}/")
            made: Sequence[Any] = [inside[id(tensor)] for tensor in inner._outputs]
        else:
            made = compute(name, call, values)
        values.update({id(t): v for t, v in zip(call.outputs, made, strict=True)})
        yield name, call, made, values


def computed(call: Call, values: Values) -> list[Any]:
    """Return what a call makes of tensors, as outside of training."""
    import keras

    arguments, named = call.node.arguments.fill_in(values)
    if "training" in getattr(call.operation, "_call_context_args", {}):
        named["training"] = False
    made: list[Any] = keras.tree.flatten(call.operation(*arguments, **named))
    return made


def named(found: Sequence[Result], layer: str) -> list[Result]:
    """Return the results that a name stands for: one of them, or all of a layer.

    Raises UsageError for a name that none has, or that stands for two different things (the
    second result of `base`, and a layer called 1 within it).
    """
    exact = [result for result in found if result.name == layer]
    chosen = [result for result in found if layer in (result.name, result.layer)]
    if not chosen:
        raise unknown(layer, [result.layer for result in found])
    if len({result.layer for result in exact} | {result.layer for result in chosen}) > 1:
        whole, _, index = layer.rpartition("/")
        raise UsageError(
            f'--layer {layer} names two things: result {index} of "{whole}", '
            f'and the layer "{index}" within it'
        )
    return chosen


def refuse_unknown(layers: Sequence[str], names: Sequence[str]) -> None:
    """Raise UsageError for one of `layers` that no layer of these names can be.

    It needs no model; what a layer has within it and which results, only the model tells.
    """
    for layer in layers:
        if not any(layer == name or layer.startswith((f"{name}@", f"{name}/")) for name in names):
            raise unknown(layer, names)


def unknown(layer: str, names: Sequence[str]) -> UsageError:
    """Return the error for a name that no layer has."""
    names = list(dict.fromkeys(names))
    near = difflib.get_close_matches(layer, names, n=3)
    listed = ", ".join(names if len(names) <= 30 else [*names[:30], "..."])
    return UsageError(
        f'no layer is named "{layer}"',
        hint=f"Did you mean {' or '.join(near)}?" if near else f"Layers: {listed}",
    )
