"""Inputs with fewer dimensions than the layer that takes them: found without Keras."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncli.spec.graph import Input, Node, Ref
from cnncli.spec.problems import Problems

# Keras's names say along how many axes a layer works; steps in time are one more.
_AXES = re.compile(r"(?!ConvLSTM|STFT)\w+([123])D(?:Transpose)?\Z")
_SIZES = {1: "steps, features", 2: "height, width, channels", 3: "depth, height, width, channels"}


def check_ranks(inputs: Sequence[Input], nodes: Sequence[Node], problems: Problems) -> None:
    """Report the layers that take an input with too few dimensions."""
    shapes = {entry.name: entry.arguments.get("shape") for entry in inputs}
    places = {entry.name: entry.where for entry in inputs}
    for node in nodes:
        found = _AXES.match(node.class_name) if node.kind == "layer" else None
        shape = shapes.get(node.inputs.name) if isinstance(node.inputs, Ref) else None
        if found is None or not shape or len(shape) > int(found[1]):
            continue
        sizes = _SIZES[int(found[1])]
        problems.error(
            places[node.inputs.name],
            f"{node.class_name} takes {sizes}, and this input has "
            f"{len(shape)} size{'' if len(shape) == 1 else 's'}: {listed(shape)}",
            channels_missing(shape) if len(shape) == int(found[1]) else None,
        )


def channels_missing(shape: Sequence[int | None]) -> str:
    """Return the hint for a shape whose channels were left out."""
    return f"for greyscale write {listed((*shape, 1))}, for colour {listed((*shape, 3))}"


def listed(shape: Sequence[int | None]) -> str:
    """Return a shape as YAML writes it."""
    return f"[{', '.join('null' if size is None else str(size) for size in shape)}]"
