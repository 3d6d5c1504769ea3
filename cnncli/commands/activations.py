"""`cnncli activations`: activation functions, their derivatives, and where they saturate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared import numbers, pictures
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption, refuse_two_answers
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cnncli.commands.shared.outputs import Destination
    from cnncli.render.pictures.activations import Panel
    from cnncli.teaching.activations import Activation, Curve

WIDEST = 1e6

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME...]",
        help="Keras's name, with arguments where wanted: leaky_relu:negative_slope=0.1",
    ),
]


def _draws(given: Mapping[str, Any]) -> bool:
    return bool(given["output"] or not (given["at"] or given["format_"] or given["as_json"]))


def activations(
    names: NamesArgument = None,
    every: Annotated[bool, typer.Option("--all", help="All of Keras's functions.")] = False,
    interval: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="LO,HI",
            help="The inputs to draw; from -5 to 5, or as far as a function has corners.",
        ),
        When(
            lambda given: not given["at"] or given["as_json"] or _draws(given),
            "beside --at, which names the inputs",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="X,X,...", help="Print a table at these inputs.")
    ] = None,
    overlay: Annotated[
        bool,
        typer.Option("--overlay", help="Draw all in one field."),
        When(_draws, "where numbers are printed and no -o asks for a picture"),
    ] = False,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="csv", help="Print the numbers as CSV.")
    ] = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Draw activation functions, their derivatives, and where they saturate.

    Without names: the lesson's four (sigmoid, tanh, relu, leaky_relu). A function is saturated
    where its derivative is within 0.05 of zero: a network hardly learns there. Functions of a
    whole vector are drawn along one line: softmax, log_softmax and sparsemax as the first
    output for the inputs (x, 0), glu as its output for (1, x). The picture goes to
    activations.png (activations-2.png where there is one), or to what -o names: a .png, .svg or
    .pdf file.

    Names: linear, sigmoid, tanh, relu, leaky_relu, relu6, elu, selu, celu, gelu, silu (swish),
    mish, softplus, squareplus, sparse_plus, softsign, exponential, hard_sigmoid, hard_silu
    (hard_swish), hard_tanh, sparse_sigmoid, log_sigmoid, tanh_shrink, hard_shrink, soft_shrink,
    threshold, softmax, log_softmax, sparsemax, glu.

    \b
    Examples:
      cnncli activations
      cnncli activations relu leaky_relu:negative_slope=0.1 --at -2,0,2
      cnncli activations --all -o all.svg
      cnncli activations sigmoid tanh --overlay --range -8,8
      cnncli activations gelu --format csv > gelu.csv
    """
    from cnncli.teaching import activations as teaching

    if format_ not in (None, "csv"):
        raise UsageError(f'--format is csv, not "{format_}"')
    refuse_two_answers(as_json=as_json, format_=format_)
    if every and names:
        raise UsageError("--all stands for every function: give names or --all, not both")
    texts = names or teaching.LESSON
    chosen = teaching.every() if every else [teaching.parse(text) for text in texts]
    low, high = _range(interval, chosen)
    places = numbers.read(at, "--at") if at is not None else None
    wants_numbers = bool(as_json or format_ or places)
    pictures.alone(output, json=as_json, format=format_, at=at)
    place = None
    if output is not None or not wants_numbers:
        place = pictures.destination(output, force, "activations.png")
    if wants_numbers:
        curves = [teaching.curve(each, low, high, places) for each in chosen]
        _print_numbers(curves, as_json=as_json, as_csv=format_ == "csv")
    if place is not None:
        panels = [_panel(teaching.drawn(each, low, high)) for each in chosen]
        _sketch(panels, place, overlay)
        pictures.write(_figure(panels, overlay), place)


def _range(text: str | None, chosen: list[Activation]) -> tuple[float, float]:
    """Return the range that was asked for, or one in which each function can be recognised."""
    if text is None:
        corners = [abs(c) for each in chosen for c in each.function.corners(each.arguments)]
        reach = max([5.0, *(math.ceil(4 / 3 * corner) for corner in corners)])
        return -reach, reach
    low, high = numbers.interval(text, "--range")
    if max(abs(low), abs(high)) > WIDEST:
        raise UsageError(f"--range goes no further than -{WIDEST:g},{WIDEST:g}")
    return low, high


def _print_numbers(curves: list[Curve], *, as_json: bool, as_csv: bool) -> None:
    from cnncli.render.terminal import table
    from cnncli.render.terminal.activations import values as to_table

    if as_json:
        console.json_result(_document(curves))
        return
    rows = to_table([_panel(curve) for curve in curves], digits=9 if as_csv else 6)
    if as_csv:
        console.result(table.to_csv(rows))
    else:
        table.show(rows)


def _document(curves: list[Curve]) -> dict[str, object]:
    from cnncli.teaching.activations import SATURATED_BELOW

    functions = [
        {
            "name": curve.activation.name,
            "arguments": curve.activation.arguments,
            "formula": curve.activation.formula,
            "drawn": curve.activation.function.drawn or None,
            "saturated": curve.saturated,
            "points": _points(curve),
        }
        for curve in curves
    ]
    return {
        "schema": "cnncli.activations/1",
        "range": curves[0].interval,
        "saturated_below": SATURATED_BELOW,
        "functions": functions,
    }


def _points(curve: Curve) -> list[dict[str, float]]:
    columns = zip(curve.x, curve.value, curve.derivative, strict=True)
    return [
        {"x": float(x), "value": float(value), "derivative": float(derivative)}
        for x, value, derivative in columns
    ]


def _panel(curve: Curve) -> Panel:
    from cnncli.render.pictures.activations import Panel

    return Panel(
        label=curve.activation.label,
        formula=curve.activation.formula,
        note=curve.activation.function.drawn,
        x=curve.x,
        value=curve.value,
        derivative=curve.derivative,
        saturated=curve.saturated,
    )


def _sketch(panels: list[Panel], place: Destination, overlay: bool) -> None:
    """Draw the curves on the terminal, where a person did not ask for a file alone."""
    out = console.stdout()
    if out.is_terminal and place.chosen and not console.settings.quiet:
        from cnncli.render.terminal.sketch import overlaid, sketch
        from cnncli.teaching.activations import SATURATED_BELOW

        columns = out.width
        out.print(
            overlaid(panels, columns) if overlay else sketch(panels, columns, SATURATED_BELOW)
        )


def _figure(panels: list[Panel], overlay: bool) -> Figure:
    from cnncli.render.pictures.activations import overlaid, small_multiples
    from cnncli.teaching.activations import SATURATED_BELOW

    return (overlaid if overlay else small_multiples)(panels, SATURATED_BELOW)
