"""Drawings as SVG within a page: their colours are those of the page, their words escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from cnncli.visible import visible

INK, SOFT, RIM, WASH = "var(--ink)", "var(--soft)", "var(--line)", "var(--wash)"
FIRST, SECOND = "var(--blue)", "var(--hot)"
LETTER = 0.56  # width of a letter as a share of its size


def words(text: str) -> str:
    """Return text that was not written here, to stand in a page or in an attribute of it."""
    return escape(visible(text))


def element(name: str, content: str = "", /, **attributes: Any) -> str:
    """Return an element; `stroke_width` is the attribute stroke-width, `class_` is class."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{content}</{name}>"


def _written(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def label(
    x: float,
    y: float,
    text: str,
    size: float = 12,
    anchor: str = "start",
    fill: str = INK,
    **attributes: Any,
) -> str:
    """Return words at a place; `anchor` is start, middle or end."""
    return element("text", words(text), x=float(x), y=float(y), font_size=float(size),
                   text_anchor=anchor, fill=fill, **attributes)  # fmt: skip


def fitted(text: str, width: float, size: float = 12) -> str:
    """Return text shortened to about so many units."""
    most = max(3, int(width / (LETTER * size)))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = RIM, **attributes: Any) -> str:
    """Return a straight line."""
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2),
                   stroke=stroke, **attributes)  # fmt: skip


def polyline(points: Sequence[tuple[float, float]], stroke: str, dashes: str | None = None) -> str:
    """Return a line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", points=path, fill="none", stroke=stroke, stroke_width=2.0,
                   stroke_linejoin="round", stroke_dasharray=dashes)  # fmt: skip


def picture(width: float, height: float, said: str, content: str) -> str:
    """Return a drawing that says to those who do not see it what it shows."""
    return element("svg", content, viewBox=f"0 0 {width:g} {height:g}", role="img",
                   aria_label=visible(said), class_="chart",
                   style=f"max-width:{width * 1.35:g}px")  # fmt: skip


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers within two, at equal steps of 1, 2 or 5 times a power of ten."""
    if not (high > low and math.isfinite(high - low)):
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


@dataclass(frozen=True)
class Field:
    """A rectangle of a drawing, and the numbers that its sides stand for."""

    left: float
    top: float
    width: float
    height: float
    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a number stands from left to right."""
        low, high = self.across
        return self.left + self.width * (value - low) / ((high - low) or 1)

    def y(self, value: float) -> float:
        """Return where a number stands from top to bottom."""
        low, high = self.up
        return self.top + self.height * (1 - (value - low) / ((high - low) or 1))

    def place(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return where points stand."""
        return [(self.x(x), self.y(y)) for x, y in points]

    def axes(self, across: Sequence[float], up: Sequence[float]) -> str:
        """Return both axes with their numbers, and a faint line for each of those going up."""
        bottom = self.top + self.height
        drawn = [line(self.left, bottom, self.left + self.width, bottom, SOFT)]
        for value in up:
            y = self.y(value)
            drawn.append(line(self.left, y, self.left + self.width, y))
            drawn.append(label(self.left - 6, y + 4, f"{value:g}", 11, anchor="end", fill=SOFT))
        for value in across:
            x = self.x(value)
            drawn.append(line(x, bottom, x, bottom + 4, SOFT))
            drawn.append(label(x, bottom + 17, f"{value:g}", 11, anchor="middle", fill=SOFT))
        return "".join(drawn)
