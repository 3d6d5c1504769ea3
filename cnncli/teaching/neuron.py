"""The arithmetic of a single neuron: y = f(w1 x1 + w2 x2 + ... + b)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnncli.errors import UsageError
from cnncli.teaching.activations import SATURATED_BELOW, Activation
from cnncli.words import counted

SATURATED = f"saturated (within {SATURATED_BELOW:g} of 0): the neuron hardly learns here"


@dataclass(frozen=True)
class Neuron:
    """One neuron at work, each step of its arithmetic kept.

    `total` is the sum of the products, `z` that with the bias, `output` the activation of `z`,
    and `slope` the derivative of the activation there.
    """

    inputs: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    activation: Activation
    products: tuple[float, ...]
    total: float
    z: float
    output: float
    slope: float

    @property
    def saturated(self) -> bool:
        """Whether the slope is so near zero that the neuron would hardly learn."""
        return abs(self.slope) < SATURATED_BELOW


def fire(
    inputs: Sequence[float], weights: Sequence[float], bias: float, activation: Activation
) -> Neuron:
    """Compute the output of a neuron; raises UsageError unless each input has one weight."""
    import numpy as np

    if len(inputs) != len(weights):
        raise UsageError(
            f"{counted(len(inputs), 'input')}, but {counted(len(weights), 'weight')}",
            hint="Each input has one weight: give as many of the one as of the other.",
        )
    products = tuple(x * w for x, w in zip(inputs, weights, strict=True))
    # Exact until the last rounding, so that 0.1 + 0.2 - 0.3 shows no dust.
    total = math.fsum(products) if all(map(math.isfinite, products)) else sum(products)
    z = total + bias
    value, slope = activation(np.array(z))
    return Neuron(
        inputs=tuple(inputs),
        weights=tuple(weights),
        bias=bias,
        activation=activation,
        products=products,
        total=total,
        z=z,
        output=float(value),
        slope=float(slope),
    )


def steps(neuron: Neuron) -> list[str]:
    """Return the arithmetic as lines of text, numbers to six digits."""
    products = [*_products(neuron)]
    width = max(len(line.partition("=")[0]) for line in products)
    summed = " + ".join(_operand(product) for product in neuron.products)
    formula = neuron.activation.formula_of("z")
    filled = neuron.activation.formula_at(neuron.z, show(neuron.z))
    output = show(neuron.output)
    lines = [
        ("sum", f"{summed} = {show(neuron.total)}" if len(products) > 1 else show(neuron.total)),
        ("z", f"sum + bias = {show(neuron.total)} + {_operand(neuron.bias)} = {show(neuron.z)}"),
        ("y", f"{neuron.activation.name}(z) = {formula}"),
        ("", output if filled in (formula, output) else f"{filled} = {output}"),
        ("slope", f"{show(neuron.slope)}, of {neuron.activation.name} at z"),
    ]
    steps = products + [f"{name:<{width}}= {text}" for name, text in lines]
    return [*steps, f"{'':{width}}  {SATURATED}"] if neuron.saturated else steps


def show(number: float) -> str:
    """Return a number to six digits, what stands before its point in full."""
    if 1e6 <= abs(number) < 1e15:
        return f"{number:.0f}"
    return f"{number + 0.0:.6g}"  # adding zero turns -0 into 0


def _products(neuron: Neuron) -> list[str]:
    inputs, weights, products = (
        [show(number) for number in numbers]
        for numbers in (neuron.inputs, neuron.weights, neuron.products)
    )
    widths = [max(map(len, texts)) for texts in (inputs, weights, products)]
    names = [f"x{i}·w{i}" for i in range(1, len(inputs) + 1)]
    return [
        f"{name:<{len(names[-1])}} = {x:>{widths[0]}} × {w:>{widths[1]}} = {product:>{widths[2]}}"
        for name, x, w, product in zip(names, inputs, weights, products, strict=True)
    ]


def _operand(number: float) -> str:
    text = show(number)
    return f"({text})" if text.startswith("-") else text
