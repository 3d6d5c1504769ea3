"""Curves in characters: a dot stands where the curve is, and nothing is wider than it may be."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.render.pictures.activations import Panel
from cnncli.render.terminal.characters import Canvas
from cnncli.render.terminal.sketch import overlaid, sketch
from cnncli.teaching.activations import Curve, drawn, every, parse


def panel(c: Curve) -> Panel:
    name, formula = c.activation.label, c.activation.formula
    return Panel(name, formula, "", c.x, c.value, c.derivative, c.saturated)


def panels() -> list[Panel]:
    return [panel(drawn(activation, -700, 800)) for activation in every()]


@pytest.mark.parametrize("width", [20, 39, 40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int):
    lines = sketch(panels(), width, 0.05).plain.splitlines()
    longest = max(len(line) for line in lines[:-1])
    assert longest <= width
    assert width < 80 or longest > width / 2
    assert max(map(len, overlaid(panels(), width).plain.splitlines())) <= width


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("sigmoid", "0", "1"), ("tanh", "-1", "1"), ("gelu", "-1", "5"), ("exponential", "0", "150")],
)
def test_both_axes_have_a_zero_and_end_at_round_numbers(name: str, low: str, high: str):
    lines = sketch([panel(drawn(parse(name), -5, 5))], 80, 0.05).plain.splitlines()
    labels = [line[:7].strip() for line in lines[:-1] if line[:7].strip()]
    assert (labels[0], labels[-1]) == (high, low) and "0" in labels
    assert any(line.split() == ["-5", "0", "5"] for line in lines)
    assert "|derivative| < 0.05" in lines[-1]


def test_value_and_derivative_differ_without_colour():
    text = sketch([panel(drawn(parse("leaky_relu"), -5, 5))], 80, 0.05).plain
    derivative = [line for line in text.splitlines()[1:-3] if "•" in line]
    # Two levels, 0.2 and 1, and no braille on them but for the line of the value.
    assert len(derivative) == 2
    assert sum(line.count("•") for line in derivative) >= 8


def test_an_overlay_has_a_letter_for_each_function():
    curves = [panel(drawn(parse(name), -5, 5)) for name in ("sigmoid", "tanh")]
    lines = overlaid(curves, 80).plain.splitlines()
    assert [line.strip() for line in lines[-2:]] == ["a sigmoid", "b tanh"]
    plot = "".join(lines[1:15])
    assert plot.count("a") >= 3 and plot.count("b") >= 3


def test_what_is_nowhere_a_number_is_an_empty_field():
    assert "derivative" in sketch([panel(drawn(parse("exponential"), 500, 600))], 80, 0.05).plain


def test_each_dot_stands_on_the_line():
    canvas = Canvas(4, 2, (0, 7), (0, 7))
    canvas.draw(range(8), range(8))
    # Eight columns and eight rows of dots, the diagonal from the lower left to the upper right.
    assert canvas.rows() == ["  ⡠⠊", "⡠⠊  "]


def test_not_a_number_parts_a_line():
    canvas = Canvas(4, 1, (0, 7), (0, 3))
    canvas.draw(range(8), [0, 0, 0, np.nan, np.nan, 3, 3, 3])
    assert canvas.rows() == ["⣀⡀⠈⠉"]


def test_what_lies_outside_is_left_out():
    canvas = Canvas(2, 1, (0, 1), (0, 1))
    canvas.draw([0, 1], [50, 60])
    assert canvas.rows() == ["  "]
