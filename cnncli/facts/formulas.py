"""How each number of a layer comes about: in symbols, and with the numbers in them.

A formula is a template such as `(kernel_height x kernel_width x channels + 1) x filters` with a
value for each of its words. It is kept only where its value is the number that Keras and the rules
of `macs` and `receptive_field` give; what has no such formula is told as a number alone.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.facts.formula_rules import AXES, macs_template, params_template, sizes_templates
from cnncli.facts.summary import Formula, Number
from cnncli.network.walk import Call, Shape

_WORD = re.compile(r"\b(?!x\b)[a-z_]+\b(?!\()")
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"floor": math.floor, "ceil": math.ceil, "max": max}
_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Known:
    """What is known of a layer: the numbers that the formulas must come to."""

    params: int
    macs: int | None
    memory: int | None
    weights: int
    integers: int  # how many of the parameters are whole numbers, as counters are
    integer_bytes: int  # what these take
    bytes_each: int
    batch: int
    calls: int
    field: Sequence[int] | str | None
    stride: Sequence[Number] | None
    before: Sequence[tuple[Sequence[int], Sequence[Number]]]  # field and stride of each input
    edges: Sequence[tuple[int, int]]  # the first and the last pixel that the widest unit sees


def formulas(call: Call, known: Known) -> tuple[Formula, ...]:
    """Return the formulas of a layer: params, sizes, MACs, memory, receptive field."""
    output = tuple(call.outputs[0].shape)
    found = [_formula("params", *params_template(call), known.params)]
    for name, (template, words, place) in sizes_templates(call).items():
        found.append(_formula(name, template, words, output[place]))
    template, words = macs_template(call)
    repeated = f"calls x {_grouped(template)}" if known.calls > 1 and template != "0" else template
    found.append(_formula("macs", repeated, {**words, "calls": known.calls}, known.macs))
    found.append(_memory(output, known))
    if known.params:
        found.append(_weights(known))
    found += _field(call, known)
    return tuple(formula for formula in found if formula.value is not None)


def _grouped(template: str) -> str:
    return f"({template})" if " + " in template else template


def _formula(
    quantity: str, template: str, words: Mapping[str, Any], value: Number | None
) -> Formula:
    """Return a formula; without its arithmetic where that comes to another number."""
    numbers = _WORD.sub(lambda word: _written(words.get(word[0])), template)
    result = evaluate(numbers) if template else None
    if result is not None and value is not None and math.isclose(result, value, rel_tol=1e-9):
        return Formula(quantity, template.replace("_", " "), numbers, value)
    return Formula(quantity, "", "", value)


def _written(value: Any) -> str:
    if value is None:
        return "?"
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return f"({text})" if value < 0 else text


def evaluate(text: str) -> Number | None:
    """Return what the arithmetic of a formula comes to; None for what is none."""
    try:
        return _value(ast.parse(text.replace(" x ", " * "), mode="eval").body)
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError):
        return None


def _value(node: ast.expr) -> Number:
    if isinstance(node, ast.BinOp):
        result: Number = _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
        return result
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        found: Number = _FUNCTIONS[node.func.id](*map(_value, node.args))
        return found
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    raise ValueError(ast.dump(node))


def _weights(known: Known) -> Formula:
    if not known.integers or known.integers == known.params:
        each = {"params": known.params, "bytes": known.weights // known.params}
        return _formula("weights", "params x bytes", each, known.weights)
    floats = known.params - known.integers
    each = {
        "floats": floats,
        "bytes_of_a_float": (known.weights - known.integer_bytes) // floats,
        "integers": known.integers,
        "bytes_of_an_integer": known.integer_bytes // known.integers,
    }
    template = "floats x bytes_of_a_float + integers x bytes_of_an_integer"
    return _formula("weights", template, each, known.weights)


def _memory(output: Shape, known: Known) -> Formula:
    names = [*AXES.get(len(output) - 2, ()), "channels"] if len(output) > 2 else ["features"]
    if len(names) != len(output) - 1:
        names = [f"size_{chr(ord('a') + index)}" for index in range(len(output) - 1)]
    words: dict[str, Any] = dict(zip(names, output[1:], strict=True))
    factors = [*(["calls"] if known.calls > 1 else []), *(["images"] if known.batch > 1 else [])]
    template = " x ".join([*factors, *names, "bytes"])
    words |= {"bytes": known.bytes_each, "images": known.batch, "calls": known.calls}
    return _formula("memory", template, words, known.memory)


def _field(call: Call, known: Known) -> Iterator[Formula]:
    """Yield how the receptive field grows along each axis, and how far apart two units see."""
    if known.field is None or isinstance(known.field, str) or known.stride is None:
        return
    axes = AXES.get(len(known.field), ())
    for index, axis in enumerate(axes):
        grown, further = _growth(call, len(axes), index, len(known.before))
        words = _seen(call, known, len(axes), index)
        formula = _formula(f"field_{axis}", grown, words, known.field[index])
        if not formula.symbols:  # behind a map that was enlarged, some units see more than others
            formula = _formula(f"field_{axis}", "last - first + 1", words, known.field[index])
        yield formula
        yield _formula(f"field_stride_{axis}", further, words, known.stride[index])


def _growth(call: Call, axes: int, index: int, inputs: int) -> tuple[str, str]:
    """Return the templates of the receptive field and of its stride along one axis."""
    before = f"max({', '.join(map(_before, range(inputs)))})" if inputs > 1 else "before"
    if call.type.endswith("Transpose"):
        return f"{before} + (ceil(kernel / stride) - 1) x apart", "apart / stride"
    if call.type.startswith("UpSampling"):
        return before, "apart / factor"
    kernel = _window(call.operation, "kernel_size", "pool_size", count=axes)[index]
    if kernel == 1 and _window(call.operation, "strides", count=axes)[index] == 1:
        return before, "apart"
    return f"{before} + (kernel - 1) x dilation x apart", "apart x stride"


def _seen(call: Call, known: Known, axes: int, index: int) -> dict[str, Any]:
    """Return the words of those templates with their numbers."""
    operation = call.operation
    first = known.before[0] if known.before else ([1] * axes, [1] * axes)
    return {
        **{_before(place): sizes[index] for place, (sizes, _) in enumerate(known.before)},
        "first": known.edges[index][0],
        "last": known.edges[index][1],
        "before": first[0][index],
        "apart": first[1][index],
        "kernel": _window(operation, "kernel_size", "pool_size", count=axes)[index],
        "stride": _window(operation, "strides", count=axes)[index],
        "dilation": _window(operation, "dilation_rate", count=axes)[index],
        "factor": _window(operation, "size", count=axes)[index],
    }


def _before(place: int) -> str:
    return f"before_{chr(ord('a') + place)}"


def _window(operation: Any, *names: str, count: int) -> tuple[int, ...]:
    for name in names:
        value = getattr(operation, name, None)
        if isinstance(value, int):
            return (value,) * count
        if isinstance(value, list | tuple) and len(value) == count:
            return tuple(value)
    return (1,) * count
