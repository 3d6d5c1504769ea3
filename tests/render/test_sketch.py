"""Curves in characters: a dot stands where the curve is, and nothing is wider than it may be."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.render.activations import Panel
from cnncli.render.characters import Canvas
from cnncli.render.sketch import sketch
from cnncli.teaching.activations import drawn, every


def panels() -> list[Panel]:
    return [
        Panel(c.activation.label, c.activation.formula, "", c.x, c.value, c.derivative, c.saturated)
        for c in (drawn(activation, -700, 800) for activation in every())
    ]


@pytest.mark.parametrize("width", [20, 39, 40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int):
    lines = sketch(panels(), width).plain.splitlines()
    longest = max(len(line) for line in lines[:-1])
    assert longest <= width
    assert width < 80 or longest > width / 2


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
