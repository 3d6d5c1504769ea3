"""Why a layer cannot take what it is given: the shapes that met, and what would fit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnncli.errors import Problem
from cnncli.network.faults import Fault, describe
from cnncli.spec.graph import Node, Ref
from cnncli.spec.model import Spec

Shape = tuple[int | None, ...]

_AXES = {
    2: "(batch, features)",
    3: "(batch, steps, features)",
    4: "(batch, height, width, channels)",
    5: "(batch, depth, height, width, channels)",
}


def refusal(node: Node, error: Exception, tensors: Mapping[str, Any]) -> Fault:
    """Say why Keras refused a call: what came in, with its shapes, and what would fit."""
    shapes = dict(met_shapes(node, tensors))
    said = describe(error)
    message, hint = _explain(node, said, shapes)
    return Fault(message, node.where, hint)


def doubts(model: Any, spec: Spec) -> Iterator[Problem]:
    """Yield a warning where a network does not give one row of numbers for each image."""
    shapes = [tuple(tensor.shape) for tensor in model.outputs]
    images = any(len(tensor.shape) == 4 for tensor in model.inputs)
    if not images or len(shapes) != 1 or len(shapes[0]) == 2 or not spec.body.layers:
        return
    yield spec.source.problem(
        spec.body.layers[-1].where,
        f"the result has the shape {shapes[0]}, and `cnncli train` needs one row for each image",
        "put GlobalAveragePooling2D or Flatten before the first Dense",
        "warning",
    )


def label(node: Node) -> str:
    """Return how a message calls a node: its class, or what it uses again."""
    if node.kind == "use":
        return f'"{node.class_name}"'
    return f"ops.{node.class_name}" if node.kind == "op" else node.class_name


def met_shapes(node: Node, tensors: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the name and shape of each tensor that enters `node`."""
    for ref in _refs(node.inputs):
        value = tensors.get(ref.name)
        if isinstance(value, list | tuple) and ref.index is not None:
            yield f"{ref.name}/{ref.index}", _shape(value[ref.index])
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value):
                yield f"{ref.name}/{number}", _shape(item)
        else:
            yield ref.name, _shape(value)


def _shape(tensor: Any) -> Shape:
    return tuple(getattr(tensor, "shape", ()))


def _refs(inputs: Any) -> Iterator[Ref]:
    if isinstance(inputs, Ref):
        yield inputs
    elif isinstance(inputs, Mapping):
        for item in inputs.values():
            yield from _refs(item)
    elif inputs is not None:
        for item in inputs:
            yield from _refs(item)


def _explain(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None]:
    """Return the message and the hint: ours where we know the case, else Keras's words."""
    for case in _CASES:
        explained = case(node, said, shapes)
        if explained is not None:
            return explained
    met = ", ".join(f'"{name}" {shape}' for name, shape in shapes.items())
    return f"{label(node)} cannot take {met or 'this'}: {said}", None


def _rank(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    found = re.search(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)", said)
    if found is None or len(shapes) != 1:
        return None
    bound = {"min_": "at least ", "max_": "at most "}.get(found[1] or "", "")
    wanted, got = int(found[2]), int(found[3])
    (name, shape), axes = next(iter(shapes.items())), _AXES.get(int(found[2]), "")
    takes = f"{node.class_name} takes {bound}{wanted} dimensions {axes}"
    message = f'{takes}, and "{name}" has {got}: {shape}'
    if got < wanted:
        hint = "put it before Flatten, GlobalAveragePooling2D and Dense, or Reshape what comes in"
    else:
        hint = "put Flatten, Reshape or a global pooling layer before it"
    return message.replace("  ", " "), hint


def _window(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    if not re.search(r"output size would be (zero|negative)|[Nn]egative dimension", said):
        return None
    if len(shapes) != 1:
        return None
    (name, shape) = next(iter(shapes.items()))
    key = "pool_size" if "pool_size" in said else "kernel_size"
    size = node.arguments.get(key, 2 if key == "pool_size" else None)
    window = f" of {_times(size, len(shape) - 2)}" if size is not None else ""
    return (
        f"the window{window} of {node.class_name} does not fit into "
        f'"{name}" of {_sizes(shape)}: {shape}',
        f"use padding: same, a smaller {key}, or one pooling layer fewer before it",
    )


def _times(size: Any, dimensions: int) -> str:
    sizes = size if isinstance(size, list | tuple) else (size,) * dimensions
    return " x ".join(str(item) for item in sizes)


def _sizes(shape: Shape) -> str:
    return " x ".join(str(item) for item in shape[1:-1])


def _merge(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    axis = {"Concatenate": node.arguments.get("axis", -1)}.get(node.class_name)
    if node.class_name not in _MERGES or len(shapes) < 2:
        return None
    met = ", ".join(f'"{name}" {shape}' for name, shape in shapes.items())
    ranks = {len(shape) for shape in shapes.values()}
    if len(ranks) > 1:
        return f"{node.class_name} needs inputs with as many dimensions: {met}", None
    rank = ranks.pop()
    free = axis % rank if axis is not None else None
    differing = [
        index
        for index in range(1, rank)
        if index != free and len({shape[index] for shape in shapes.values()}) > 1
    ]
    rule = f"equal in all but axis {axis}" if axis is not None else "of equal shape"
    names = _AXES.get(rank, "").strip("()").split(", ")
    where = ", ".join(names[index] if index < len(names) else str(index) for index in differing)
    hint = f"they differ in {where}" + (
        ": a Conv2D with kernel_size 1, or the same strides and padding, brings them together"
        if rank == 4
        else ""
    )
    return f"{node.class_name} needs inputs {rule}: {met}", hint if differing else None


_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")


def _reshape(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    if node.class_name != "Reshape" or len(shapes) != 1:
        return None
    (name, shape) = next(iter(shapes.items()))
    target = node.arguments.get("target_shape", ())
    if None in shape[1:] or not all(isinstance(size, int) for size in target):
        return None
    values = math.prod(size for size in shape[1:] if size is not None)
    return (
        f'Reshape cannot make {tuple(target)} of "{name}" {shape}: '
        f"that is {math.prod(target)} values of {values}",
        f"target_shape must hold {values} values; one of its sizes may be -1",
    )


def _groups(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    if "divisible by the number of groups" not in said or len(shapes) != 1:
        return None
    (name, shape) = next(iter(shapes.items()))
    channels, filters = shape[-1], node.arguments.get("filters")
    if not isinstance(channels, int):
        return None
    common = math.gcd(channels, filters) if isinstance(filters, int) else channels
    fitting = [str(number) for number in range(1, common + 1) if common % number == 0]
    return (
        f"{node.class_name} cannot divide the {channels} channel{'' if channels == 1 else 's'} of "
        f'"{name}" {shape} into {node.arguments.get("groups")} groups',
        f"groups may be {', '.join(fitting[:12])}",
    )


def _missing(node: Node, said: str, shapes: dict[str, Shape]) -> tuple[str, str | None] | None:
    found = re.search(r"missing (?:a|\d+) required (?:positional )?arguments?: (.*)", said)
    if found is None:
        return None
    wanted = ", ".join(re.findall(r"'(\w+)'", found[1]))
    name = next(iter(shapes), "x")
    return (
        f'{label(node)} is given "{name}" alone, and takes {wanted} as well',
        "give all of them: inputs: [...] in this order, or inputs: {ARGUMENT: NAME}",
    )


_CASES: tuple[Callable[[Node, str, dict[str, Shape]], tuple[str, str | None] | None], ...] = (
    _rank,
    _window,
    _merge,
    _reshape,
    _groups,
    _missing,
)
