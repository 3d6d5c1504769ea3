"""`cnncli neuron`: the arithmetic of one neuron, step by step, and its drawing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared import pictures
from cnncli.commands.shared.applies import NotWith
from cnncli.commands.shared.numbers import read
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cnncli.teaching.neuron import Neuron

# Three inputs, as in the lesson's figure; the numbers are ours.
EXAMPLE = ([0.5, -1.0, 2.0], [0.8, 0.2, -0.5], 0.1)


def neuron(
    inputs: Annotated[
        str | None,
        typer.Option("--inputs", "-x", metavar="X,X,...", help="The inputs, joined by commas."),
    ] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", "-w", metavar="W,W,...", help="A weight for each.")
    ] = None,
    bias: Annotated[
        float | None, typer.Option("--bias", "-b", help="The bias; 0 unless given.")
    ] = None,
    activation: Annotated[
        str,
        typer.Option(
            "--activation",
            "-a",
            metavar="NAME",
            help="A function of `cnncli activations`: relu, tanh, ...",
        ),
    ] = "sigmoid",
    as_json: JsonOption = False,
    no_picture: Annotated[
        bool,
        typer.Option("--no-picture", help="Print the arithmetic alone; draw nothing."),
        NotWith("as_json", hint="--json draws nothing unless -o asks for it."),
    ] = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Compute one neuron step by step, and draw it with its numbers.

    Each input is multiplied by its weight, the products and the bias are summed, and the
    activation function makes the output of that sum. Without options, an example.

    The slope is the derivative of the activation at z; where it is within 0.05 of zero the
    neuron is saturated: training hardly changes it. The drawing goes to neuron.png (neuron-2.png
    where there is one), or to what -o names: a .png, .svg or .pdf file.

    \b
    Examples:
      cnncli neuron
      cnncli neuron --inputs 1,2,3 --weights 0.5,-1,0.25 --bias 0.1 -a relu
      cnncli neuron -x 0.2,0.9 -w 4,-3 -a leaky_relu:negative_slope=0.1 -o n.svg
      cnncli neuron -x 3,-2 -w 0.5,1 -a tanh --no-picture
      cnncli neuron -x 1,0 -w 2,5 -b -1 --json | jq .output
    """
    from cnncli.teaching.activations import parse
    from cnncli.teaching.neuron import fire, steps

    fired = fire(*_numbers(inputs, weights, bias), parse(activation))
    pictures.alone(output, json=as_json)
    if no_picture and output is not None:
        raise UsageError("--no-picture draws nothing to write with -o", hint="Give one of them.")
    place = None
    if output is not None or not (as_json or no_picture):
        place = pictures.destination(output, force, "neuron.png")
    if as_json:
        console.json_result(_document(fired))
    elif place is None or place.path is not None:
        console.result("\n".join(steps(fired)))
    if fired.activation.function.drawn:
        console.note(f"{fired.activation.name}: {fired.activation.function.drawn}")
    if place is not None:
        pictures.write(_drawing(fired), place)


def _numbers(
    inputs: str | None, weights: str | None, bias: float | None
) -> tuple[list[float], list[float], float]:
    """Return what was typed, or the example; a bias that is not given is 0."""
    if bias is not None and not math.isfinite(bias):
        raise UsageError(f"--bias is a finite number, not {bias}")
    if inputs is None and weights is None:
        return EXAMPLE[0], EXAMPLE[1], EXAMPLE[2] if bias is None else bias
    if inputs is None or weights is None:
        raise UsageError(
            "--inputs and --weights go together",
            hint="For example: cnncli neuron --inputs 1,2,3 --weights 0.5,-1,0.25",
        )
    return read(inputs, "--inputs"), read(weights, "--weights"), bias or 0.0


def _document(fired: Neuron) -> dict[str, Any]:
    return {
        "schema": "cnncli.neuron/1",
        "inputs": fired.inputs,
        "weights": fired.weights,
        "bias": fired.bias,
        "products": fired.products,
        "sum": fired.total,
        "z": fired.z,
        "activation": {
            "name": fired.activation.name,
            "arguments": fired.activation.arguments,
            "formula": fired.activation.formula,
        },
        "output": fired.output,
        "derivative": fired.slope,
        "saturated": fired.saturated,
    }


def _drawing(fired: Neuron) -> Figure:
    from cnncli.render.pictures.neuron import Drawing, draw
    from cnncli.teaching.activations import drawn

    reach = max(4.0, 1.25 * abs(fired.z)) if math.isfinite(fired.z) else 4.0
    curve = drawn(fired.activation, -reach, reach)
    drawing = Drawing(
        inputs=fired.inputs,
        weights=fired.weights,
        bias=fired.bias,
        z=fired.z,
        output=fired.output,
        activation=fired.activation.label,
        curve=(curve.x, curve.value),
    )
    return draw(drawing)
