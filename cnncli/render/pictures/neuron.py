"""A neuron as the lesson draws it: inputs, weights, sum, bias, activation, output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures import figure, palette
from cnncli.render.terminal.matrices import number

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Places along the drawing, in inches; and the radius of a circle.
INPUTS, SUM, FUNCTION, OUTPUT, RADIUS = 0.8, 4.2, 7.4, 9.8, 0.46
DIGITS = 6  # as the arithmetic in text has
SIDE = 1.3  # of the square that holds the curve
# The frame around the curve and its numbers: how far it goes left, right, down and up.
ROOM = (0.52, 0.24, 0.36, 0.2)
WIDTH, SPACING = 10.7, 1.15
FOOT, NAME = 0.35, 0.2  # the line at the bottom, and a line of the function's name
SIZE = 10.5  # of the text, in points
FITTING = 8  # characters of that size in a circle; of more, each is smaller
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
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
    name = neuron.activation.replace(":", "\n").replace(",", "\n")
    above = SIDE / 2 + ROOM[3] + NAME * (name.count("\n") + 2)
    height = max(3.4, SPACING * len(shown) + 0.9, 2 * above + FOOT)
    drawing = figure.new(WIDTH, height, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(0, WIDTH), ylim=(0, height))
    field.set_axis_off()
    middle = FOOT + (height - FOOT) / 2
    _inputs(field, neuron, shown, middle)
    _sum(field, neuron, middle)
    _function(drawing, field, neuron, name, middle)
    _number(field, OUTPUT, middle, "y", neuron.output, palette.GREEN)
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


def _indexed(name: str, index: int) -> str:
    return name + str(index).translate(SUBSCRIPTS)


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
        name = _indexed("x", index + 1)
        _number(field, INPUTS, y, name, neuron.inputs[index], palette.BLUE)
        part = 0.46
        field.text(
            INPUTS + (SUM - INPUTS) * part,
            y + (middle - y) * part,
            f"{_indexed('w', index + 1)} = {number(weight, DIGITS)}",
            ha="center",
            va="center",
            fontsize=SIZE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )


def _edge(field: Axes, y: float, middle: float, weight: float, size: float) -> None:
    colour = palette.NEGATIVE if weight < 0 else palette.POSITIVE
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
    bias, z = f"bias b = {number(neuron.bias, DIGITS)}", f"z = {number(neuron.z, DIGITS)}"
    field.text(SUM, middle + 1.22, bias, ha="center", va="bottom", fontsize=SIZE)
    _arrow(field, (SUM, middle + 1.15), (SUM, middle + RADIUS))
    _circle(field, SUM, middle, "Σ", palette.BLACK, fontsize=20)
    end = FUNCTION - SIDE / 2 - ROOM[0]
    _arrow(field, (SUM + RADIUS, middle), (end, middle))
    between = (SUM + RADIUS + end) / 2
    field.text(between, middle + 0.1, z, ha="center", va="bottom", fontsize=SIZE)


def _function(drawing: Figure, field: Axes, neuron: Drawing, name: str, middle: float) -> None:
    height = drawing.get_figheight()
    inset = drawing.add_axes(
        ((FUNCTION - SIDE / 2) / WIDTH, (middle - SIDE / 2) / height, SIDE / WIDTH, SIDE / height)
    )
    _curve(inset, neuron)
    right = _frame(field, middle)
    above = middle + SIDE / 2 + ROOM[3] + 0.08
    field.text(FUNCTION, above, name, ha="center", va="bottom", fontsize=SIZE)
    _arrow(field, (right, middle), (OUTPUT - RADIUS, middle))


def _frame(field: Axes, middle: float) -> float:
    """Draw what z enters and y leaves: a frame around the curve; return where it ends."""
    from matplotlib.patches import FancyBboxPatch

    before, behind, below, above = ROOM
    left, low = FUNCTION - SIDE / 2 - before, middle - SIDE / 2 - below
    field.add_patch(
        FancyBboxPatch(
            (left, low),
            SIDE + before + behind,
            SIDE + below + above,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="white",
            edgecolor=palette.BLACK,
            linewidth=2,
        )
    )
    return left + SIDE + before + behind


def _curve(inset: Axes, neuron: Drawing) -> None:
    """Draw the activation with a scale, and lead from z over the curve to y."""
    from matplotlib.ticker import MaxNLocator

    inset.axhline(0, color=palette.GREY, linewidth=0.6)
    inset.axvline(0, color=palette.GREY, linewidth=0.6)
    inset.plot(*neuron.curve, color=palette.BLACK, linewidth=1.8)
    inset.margins(0.08, 0.14)
    for axis in (inset.xaxis, inset.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10], min_n_ticks=2))
        axis.offsetText.set_fontsize(7)
    inset.tick_params(labelsize=7, length=2, pad=1.5)
    (left, right), (low, high) = inset.get_xlim(), inset.get_ylim()
    if not (left <= neuron.z <= right and low <= neuron.output <= high):
        return  # beyond all numbers
    guide: dict[str, Any] = {"color": palette.VERMILION, "linewidth": 1, "linestyle": ":"}
    inset.plot([neuron.z] * 2, [low, neuron.output], **guide)
    inset.plot([neuron.z, right], [neuron.output] * 2, **guide)
    inset.plot([neuron.z], [neuron.output], "o", color=palette.VERMILION, markersize=6)
    inset.set(xlim=(left, right), ylim=(low, high))
    words: dict[str, Any] = {"textcoords": "offset points", "color": palette.VERMILION}
    side, align = (4, "left") if neuron.z < 0 else (-4, "right")
    inset.annotate("z", (neuron.z, low), (side, 3), ha=align, fontsize=9, **words)
    up, stands = (2, "bottom") if neuron.output < (low + high) / 2 else (-2, "top")
    inset.annotate("y", (right, neuron.output), (4, up), va=stands, fontsize=9, **words)


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
