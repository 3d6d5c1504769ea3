"""A neuron as the lesson draws it: inputs, weights, sum, bias, activation, output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.render import figure, palette
from cnncli.render.matrices import number

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Places along the drawing, in inches; and the radius of a circle.
INPUTS, SUM, FUNCTION, OUTPUT, RADIUS = 0.8, 4.2, 7.0, 9.2, 0.46
DIGITS = 5
SIDE = 1.2  # of the square that holds the curve
WIDTH, SPACING = 10.1, 1.15
SIZE = 10.5  # of the text, in points
FITTING = 8  # characters of that size in a circle; of more, each is smaller
# More inputs than this are drawn with a gap in the middle.
MOST = 8


@dataclass(frozen=True)
class Drawing:
    """What is written into the drawing; `curve` holds x and values of the activation."""

    inputs: Sequence[float]
    weights: Sequence[float]
    bias: float
    z: float
    output: float
    activation: str
    curve: tuple[NDArray[np.float64], NDArray[np.float64]]


def draw(neuron: Drawing) -> Figure:
    """Draw a neuron with its numbers."""
    shown = _shown(len(neuron.inputs))
    height = max(3.4, SPACING * len(shown) + 0.9)
    drawing = figure.new(WIDTH, height, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(0, WIDTH), ylim=(0, height))
    field.set_axis_off()
    middle = 0.35 + (height - 0.35) / 2
    _inputs(field, neuron, shown, middle)
    _sum(field, neuron, middle)
    _function(drawing, field, neuron, middle, height)
    _number(field, OUTPUT, middle, "$y$", neuron.output, palette.GREEN)
    field.text(
        WIDTH / 2,
        0.2,
        "line: weight (solid: positive, dashed: negative, the thicker the larger)",
        ha="center",
        fontsize=9,
        color="#444444",
    )
    return drawing


def _shown(count: int) -> list[int | None]:
    """Return the indices of the inputs to draw, None for a gap."""
    if count <= MOST:
        return list(range(count))
    return [*range(MOST - 3), None, count - 2, count - 1]


def _inputs(field: Axes, neuron: Drawing, shown: list[int | None], middle: float) -> None:
    largest = max(map(abs, neuron.weights)) or 1.0
    for place, index in enumerate(shown):
        y = middle + ((len(shown) - 1) / 2 - place) * SPACING
        if index is None:
            left_out = len(neuron.inputs) - len(shown) + 1
            field.text(INPUTS, y, f"⋮\n{left_out} more", ha="center", va="center", fontsize=10)
            continue
        weight = neuron.weights[index]
        _edge(field, y, middle, weight, abs(weight) / largest)
        name = f"$x_{{{index + 1}}}$"
        _number(field, INPUTS, y, name, neuron.inputs[index], palette.BLUE)
        part = 0.46
        field.text(
            INPUTS + (SUM - INPUTS) * part,
            y + (middle - y) * part,
            f"$w_{{{index + 1}}}$ = {number(weight, DIGITS)}",
            ha="center",
            va="center",
            fontsize=SIZE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )


def _edge(field: Axes, y: float, middle: float, weight: float, size: float) -> None:
    colour = palette.VERMILION if weight < 0 else palette.BLUE
    style = (0, (4, 2)) if weight < 0 else "solid"
    field.plot(
        [INPUTS, SUM],
        [y, middle],
        color=colour,
        linestyle=style,
        linewidth=0.8 + 3.6 * size,
        zorder=1,
    )


def _sum(field: Axes, neuron: Drawing, middle: float) -> None:
    bias, z = f"bias $b$ = {number(neuron.bias, DIGITS)}", f"$z$ = {number(neuron.z, DIGITS)}"
    field.text(SUM, middle + 1.22, bias, ha="center", va="bottom", fontsize=SIZE)
    _arrow(field, (SUM, middle + 1.15), (SUM, middle + RADIUS))
    _circle(field, SUM, middle, "Σ", palette.BLACK, fontsize=20)
    _arrow(field, (SUM + RADIUS, middle), (FUNCTION - SIDE / 2, middle))
    between = (SUM + RADIUS + FUNCTION - SIDE / 2) / 2
    field.text(between, middle + 0.1, z, ha="center", va="bottom", fontsize=SIZE)


def _function(drawing: Figure, field: Axes, neuron: Drawing, middle: float, height: float) -> None:
    inset = drawing.add_axes(
        ((FUNCTION - SIDE / 2) / WIDTH, (middle - SIDE / 2) / height, SIDE / WIDTH, SIDE / height)
    )
    x, value = neuron.curve
    inset.axhline(0, color=palette.GREY, linewidth=0.6)
    inset.axvline(0, color=palette.GREY, linewidth=0.6)
    inset.plot(x, value, color=palette.BLACK, linewidth=1.8)
    inset.plot([neuron.z], [neuron.output], "o", color=palette.VERMILION, markersize=6)
    inset.set(xticks=[], yticks=[])
    inset.margins(0.08, 0.12)
    field.text(
        FUNCTION,
        middle + SIDE / 2 + 0.1,
        neuron.activation.replace(":", "\n").replace(",", "\n"),
        ha="center",
        va="bottom",
        fontsize=SIZE,
    )
    _arrow(field, (FUNCTION + SIDE / 2, middle), (OUTPUT - RADIUS, middle))


def _number(field: Axes, x: float, y: float, name: str, value: float, colour: str) -> None:
    text = number(value, DIGITS)
    size = SIZE * min(1.0, FITTING / len(text))
    _circle(field, x, y, f"{name}\n{text}", colour, size)


def _circle(
    field: Axes, x: float, y: float, text: str, colour: str, fontsize: float = SIZE
) -> None:
    from matplotlib.patches import Circle

    field.add_patch(
        Circle((x, y), RADIUS, facecolor="white", edgecolor=colour, linewidth=2, zorder=2)
    )
    field.text(x, y, text, ha="center", va="center", fontsize=fontsize, linespacing=1.25, zorder=3)


def _arrow(field: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    field.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": palette.BLACK, "shrinkA": 0, "shrinkB": 1},
    )
