"""Calls of a network between two sets of its tensors, as a Keras model that shares its layers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.network.results import Values, follow
from cnncli.network.walk import Call, functional

# Endings of arguments that decide first weights and training, and nothing else.
UNCOMPUTED = ("name", "trainable", "seed", "_initializer", "_regularizer", "_constraint")
Numbers = tuple[int, ...]  # of tensors of the network, counted as they come


@dataclass(frozen=True, eq=False)  # each is one of its own
class Step:
    """One call of a layer or operation: which tensors it takes, and which it makes."""

    call: Call
    inputs: Numbers
    outputs: Numbers

    @property
    def layer(self) -> Any:
        return self.call.operation

    @property
    def weights(self) -> Sequence[Any]:
        """The weights of its layer; an operation has none."""
        return getattr(self.layer, "weights", ())

    @property
    def is_trained(self) -> bool:
        return bool(getattr(self.layer, "trainable_weights", ()))

    @property
    def knows_of_training(self) -> bool:
        return "training" in getattr(self.layer, "_call_context_args", {})

    @property
    def is_random(self) -> bool:
        """Whether it does something else each time while a network is trained, as dropout does.

        Such a layer has the state of a generator, and no weights.
        """
        return not self.weights and bool(getattr(self.layer, "variables", ()))

    @property
    def adds_to_the_loss(self) -> bool:
        return getattr(self.layer, "activity_regularizer", None) is not None

    @property
    def size(self) -> int:
        """How many numbers it makes of one image."""
        return sum(map(size, self.call.outputs))


@dataclass(frozen=True)
class Plan:
    """A network as calls one after the other, nested networks opened."""

    steps: tuple[Step, ...]
    inputs: Numbers
    outputs: Numbers
    tensors: Mapping[int, Any]  # symbolic ones, by number


def plan_of(model: Any) -> Plan:
    """Return the calls of a network in the order in which they are made."""
    count, steps = 0, []
    tensors: dict[int, Any] = {}

    def number(many: Sequence[Any]) -> list[int]:
        nonlocal count
        made = list(range(count, count + len(many)))
        tensors.update(zip(made, many, strict=True))
        count += len(many)
        return made

    def noted(name: str, call: Call, values: Values) -> Sequence[int]:
        made = number(call.outputs)
        taken = tuple(values[id(tensor)] for tensor in call.inputs)
        steps.append(Step(call, taken, tuple(made)))
        return made

    graph = functional(model)
    inputs = number(graph._inputs)
    values: dict[int, int] = {id(t): n for t, n in zip(graph._inputs, inputs, strict=True)}
    for _ in follow(model, values, noted):
        pass
    outputs = tuple(values[id(tensor)] for tensor in graph._outputs)
    return Plan(tuple(steps), tuple(inputs), outputs, tensors)


def size(tensor: Any) -> int:
    """Return how many numbers a symbolic tensor has for one image; 0 where that is open."""
    found = 1
    for each in tensor.shape[1:]:
        found *= each or 0
    return found


@dataclass(frozen=True)
class Route:
    """The calls between two sets of tensors; `quiet` are ids of layers that only infer.

    What stands between two parts travels as one array (N x D, float32), `packed`: every float of
    16 bits is one of 32.
    """

    steps: tuple[Step, ...]
    entering: Numbers
    leaving: Numbers
    tensors: Mapping[int, Any]
    quiet: frozenset[int]
    packed: tuple[bool, bool]  # what enters, what leaves

    @property
    def width(self) -> int:
        """How many numbers of an image leave."""
        return sum(size(self.tensors[number]) for number in self.leaving)

    def described(self) -> Iterator[str]:
        """Yield what is computed, as text: each call with what its layer is, but for its weights.

        The same network gives the same, whatever was made before it in this process.
        """
        for step in self.steps:
            taken = {id(t): f"#{n}" for t, n in zip(step.call.inputs, step.inputs, strict=True)}
            arguments = step.call.node.arguments.fill_in(taken)
            yield repr((step.call.type, _settings(step.layer), arguments, step.outputs))
        yield repr((self.entering, self.leaving))

    def run(self, inputs: Any, training: bool | None) -> Any:
        known = self._unpacked(inputs) if self.packed[0] else {self.entering[0]: inputs}
        for step in self.steps:
            made = _computed(step, known, training and id(step.layer) not in self.quiet)
            known.update(zip(step.outputs, made, strict=True))
        return self._packed(known) if self.packed[1] else known[self.leaving[0]]

    def _unpacked(self, rows: Any) -> dict[int, Any]:
        from keras import ops

        known, at = {}, 0
        for number in self.entering:
            tensor = self.tensors[number]
            values = rows[:, at : at + size(tensor)]
            known[number] = ops.cast(ops.reshape(values, (-1, *tensor.shape[1:])), tensor.dtype)
            at += size(tensor)
        return known

    def _packed(self, known: Mapping[int, Any]) -> Any:
        from keras import ops

        rows = [
            ops.cast(ops.reshape(known[number], (-1, size(self.tensors[number]))), "float32")
            for number in self.leaving
        ]
        return rows[0] if len(rows) == 1 else ops.concatenate(rows, axis=1)


def _computed(step: Step, known: Mapping[int, Any], training: bool | None) -> list[Any]:
    import keras

    values = {id(t): known[n] for t, n in zip(step.call.inputs, step.inputs, strict=True)}
    arguments, named = step.call.node.arguments.fill_in(values)
    if step.knows_of_training:
        named["training"] = training
    made: list[Any] = keras.tree.flatten(step.layer(*arguments, **named))
    return made


def _settings(layer: Any) -> dict[str, Any]:
    """Return the configuration of a layer or operation that decides what it computes."""
    try:
        config = layer.get_config()
    except NotImplementedError:  # of an operation whose arguments Keras cannot write down
        config = {name: repr(value) for name, value in vars(layer).items()}
    return {name: value for name, value in config.items() if not name.endswith(UNCOMPUTED)}


def route_of(part: Any) -> Route:
    """Return the calls that one of two parts consists of."""
    route: Route = part.route
    return route


@functools.cache
def part_class() -> Any:
    import keras

    class Part(keras.Model):
        """Calls of a network one after the other; `held` are their layers."""

        def __init__(self, whole: Any, route: Route) -> None:
            super().__init__(name=whole.name, dtype="float32", autocast=False)
            # As the whole has them: images come in, and probabilities go out.
            self.input_shape, self.output_shape = whole.input_shape, whole.output_shape
            self.route = route
            layers = {id(step.layer): step.layer for step in route.steps}
            self.held = [each for each in layers.values() if isinstance(each, keras.Layer)]
            self.built = True

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            return self.route.run(inputs, training)

    return Part
