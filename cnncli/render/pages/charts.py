"""The charts of a report: curves, intervals, confusion, lines in the unit square, the flow."""

from __future__ import annotations

import math

from cnncli.metrics.matrix import normalized
from cnncli.render.pages.svg import (
    FIRST,
    LETTER,
    RIM,
    SECOND,
    SOFT,
    WASH,
    Field,
    element,
    fitted,
    label,
    line,
    picture,
    polyline,
    ticks,
    words,
)
from cnncli.reporting.parts import Branch, Confusion, Curves, Estimate, Estimates, Flow, Unit
from cnncli.words import counted

WIDTH = 340.0
LINE = 16.0  # of text in a box
STYLES = ((FIRST, None), (SECOND, "5 3"))  # of lines that have a name
DASHES = (None, "5 3", "2 2", "8 3 2 3")


def curves(of: Curves) -> str:
    """Draw lines over the epochs, the epoch that is kept marked."""
    values = [y for each in of.lines for _, y in each.points if math.isfinite(y)]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.5
    last = max(2.0, *(each.points[-1][0] for each in of.lines))
    right = 12 if len(of.lines) <= len(STYLES) else 24
    field = Field(52, 30, WIDTH - 52 - right, 170, (1, last), (low - room, high + room))
    whole = [each for each in ticks(1, last, 6) if each == int(each) and each >= 1]
    drawn = [field.axes(whole, ticks(low, high)), _axis_name("epoch", field)]
    if of.kept is not None:
        x = field.x(of.kept)
        drawn.append(line(x, field.top, x, field.top + field.height, SOFT, stroke_dasharray="2 3"))
        end = "end" if x > WIDTH / 2 else "start"
        at = x + (-5 if end == "end" else 5)
        drawn.append(label(at, field.top + 10, f"kept: {of.kept}", 11, anchor=end, fill=SOFT))
    drawn += _named(of, field) if len(of.lines) <= len(STYLES) else _many(of, field)
    return picture(WIDTH, 240, of.text, "".join(drawn))


def _named(of: Curves, field: Field) -> list[str]:
    """Draw a few lines, their names above them."""
    drawn = []
    for number, each in enumerate(of.lines):
        colour, dashes = STYLES[number]
        points = [(x, y) for x, y in each.points if math.isfinite(y)]
        drawn.append(polyline(field.place(points), colour, dashes))
        drawn.extend(_dot(field, x, y, colour) for x, y in points if len(points) <= 30)
        at = 52.0 + 90 * number
        drawn.append(polyline([(at, 14), (at + 18, 14)], colour, dashes))
        drawn.append(label(at + 23, 18, each.name))
    return drawn


def _many(of: Curves, field: Field) -> list[str]:
    """Draw many lines, the number of each at its end, moved where two would overlap."""
    drawn = [
        label(52, 18, f"{of.lines[0].name} to {of.lines[-1].name}, numbered at their ends", 11)
    ]
    ends = []
    for number, each in enumerate(of.lines, start=1):
        colour, _ = STYLES[number % 2]
        points = field.place([(x, y) for x, y in each.points if math.isfinite(y)])
        drawn.append(polyline(points, colour, DASHES[number % len(DASHES)]))
        if points:
            ends.append((points[-1][1], points[-1][0], f"{number}", colour))
    lowest = -math.inf
    for y, x, name, colour in sorted(ends):
        lowest = max(y + 4, lowest + 11)
        drawn.append(label(x + 4, lowest, name, 11, fill=colour))
    return drawn


def estimates(of: Estimates) -> str:
    """Draw figures as points with their intervals, below each other, the numbers above each."""
    size = 38.0
    height = size * len(of.rows) + 32
    field = Field(10, 2, WIDTH - 20, size * len(of.rows), (0, 1), (0, 1))
    drawn = []
    bottom = field.top + field.height
    for value in (0, 0.25, 0.5, 0.75, 1):
        x = field.x(value)
        drawn.append(line(x, field.top + size / 2, x, bottom))
        drawn.append(label(x, bottom + 16, f"{value:g}", 11, anchor="middle", fill=SOFT))
    for number, row in enumerate(of.rows):
        drawn += _estimate(row, field, field.top + size * number)
    return picture(WIDTH, height, of.text, "".join(drawn))


def _estimate(of: Estimate, field: Field, top: float) -> list[str]:
    """Return a figure in numbers, and below them the point and its interval."""
    known = of.low is not None and of.high is not None
    said = f"{of.value:.3f}" + (f" ({of.low:.3f} to {of.high:.3f})" if known else "")
    room = WIDTH - 12 - LETTER * 12 * len(said)
    y = top + 27
    drawn = [
        element("rect", x=0.0, y=top + 1, width=WIDTH, height=17.0, fill="var(--paper)"),
        label(0, top + 14, fitted(of.name, room)),
        label(WIDTH, top + 14, said, anchor="end"),
    ]
    if of.low is not None and of.high is not None:
        ends = (field.x(of.low), y, field.x(of.high), y)
        drawn.append(line(*ends, FIRST, stroke_width=4.0, stroke_linecap="round", opacity=0.45))
    return [*drawn, element("circle", cx=field.x(of.value), cy=y, r=4.5, fill=FIRST)]


def confusion(of: Confusion) -> str:
    """Draw a matrix of numbers, each shaded by its share of the true class."""
    number = len(of.classes)
    left, top = 104.0, 44.0
    side = min(64.0, (WIDTH - left - 8) / number)
    shares = normalized(of.counts, "true").tolist()
    size = 13.0 if side >= 34 else 10.0
    drawn = [
        label(left, 12, "taken for →", 11, fill=SOFT),
        label(0, top - 6, "true ↓", 11, fill=SOFT),
    ]
    for row, name in enumerate(of.classes):
        y = top + side * row
        drawn.append(label(left - 8, y + side / 2 + 4, fitted(name, left - 8), anchor="end"))
        wide = 1 if side >= 34 else 0.9
        drawn.append(
            label(
                left + side * (row + 0.5),
                top - 6,
                fitted(name, side * wide, 11),
                11,
                anchor="middle",
            )
        )
        for column, count in enumerate(of.counts[row]):
            x, share = left + side * column, shares[row][column]
            box = {"x": x, "y": y, "width": side - 2, "height": side - 2}
            colour = FIRST if row == column else SECOND
            cell = element("title", words(_taken(of, row, column, share)))
            cell += element("rect", **box, fill=WASH)
            cell += element("rect", **box, fill=colour, opacity=0.55 * share**0.5)
            if count:
                middle = x + side / 2 - 1
                cell += label(middle, y + side / 2 + 3, f"{count:,}", size, anchor="middle")
            drawn.append(element("g", cell))
    return picture(WIDTH, top + side * number + 6, of.text, "".join(drawn))


def _taken(of: Confusion, row: int, column: int, share: float) -> str:
    """Return what is told of a cell that one points at."""
    images = counted(of.counts[row][column], "image")
    return f"{of.classes[row]}, taken for {of.classes[column]}: {images} ({100 * share:.1f} %)"


def unit(of: Unit) -> str:
    """Draw a line in the unit square over the diagonal, with bars below it where there are any."""
    field = Field(46, 12, 240, 240, (0, 1), (0, 1))
    drawn = []
    bottom = field.top + field.height
    if of.bars:
        step = field.width / len(of.bars)
        for number, share in enumerate(of.bars):
            tall = share * field.height
            drawn.append(
                element(
                    "rect",
                    x=field.left + step * number,
                    y=bottom - tall,
                    width=step - 1,
                    height=tall,
                    fill=RIM,
                )
            )
    quarters = (0, 0.25, 0.5, 0.75, 1)
    drawn += [field.axes(quarters, quarters), _axis_name(of.across, field)]
    middle = field.top + field.height / 2
    drawn.append(
        label(
            12,
            middle,
            of.up,
            11,
            anchor="middle",
            fill=SOFT,
            transform=f"rotate(-90 12 {middle:g})",
        )
    )
    corners = field.place([(0, 0), (1, 1)])
    drawn.append(line(*corners[0], *corners[1], SOFT, stroke_dasharray="3 4"))
    if of.joined:
        drawn.append(polyline(field.place(of.points), FIRST))
    if len(of.points) <= 15:
        drawn.extend(_dot(field, x, y, FIRST, 3.5) for x, y in of.points)
    if of.mark is not None:
        drawn.append(_dot(field, *of.mark, SECOND, 6))
    return picture(300, 300, of.text, "".join(drawn))


def flow(of: Flow) -> str:
    """Draw where the images went: found, left out, and the parts side by side."""
    column = WIDTH / max(1, len(of.parts))
    tall = max((_height(each) for each in of.parts), default=0)
    middle = WIDTH / 2
    drawn = [
        _box(of.found, middle - 75, 4, 150, _height(of.found)),
        _box(of.left_out, WIDTH - 132, 74, 132, _height(of.left_out)),
    ]
    end = 4 + _height(of.found)
    top = 150.0
    drawn += [_arrow(middle, end, middle, top - 16), _arrow(middle, 98, WIDTH - 132, 98)]
    for number, each in enumerate(of.parts):
        at = column * (number + 0.5)
        drawn.append(line(middle, top - 16, at, top - 16, SOFT))
        drawn.append(_arrow(at, top - 16, at, top))
        drawn.append(_box(each, column * number + 3, top, column - 6, tall))
    return picture(WIDTH, top + tall + 4, of.text, "".join(drawn))


def _box(of: Branch, x: float, y: float, width: float, height: float) -> str:
    drawn = [
        element("rect", x=x, y=y, width=width, height=height, rx=6.0, fill=WASH, stroke=SOFT),
        label(x + 8, y + 19, fitted(of.title, width - 14), font_weight="600"),
    ]
    drawn += [
        label(x + 8, y + 19 + LINE * number, fitted(text, width - 12, 11), 11)
        for number, text in enumerate(of.lines, start=1)
    ]
    return "".join(drawn)


def _height(of: Branch) -> float:
    return 28 + LINE * len(of.lines)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    head = (
        f"M{x2 - 4:g} {y2 - 7:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 - 7:g}"
        if x1 == x2
        else f"M{x2 - 7:g} {y2 - 4:g}L{x2:g} {y2:g}L{x2 - 7:g} {y2 + 4:g}"
    )
    return line(x1, y1, x2, y2, SOFT) + element("path", d=head, fill="none", stroke=SOFT)


def _dot(field: Field, x: float, y: float, colour: str, radius: float = 2.5) -> str:
    return element("circle", cx=field.x(x), cy=field.y(y), r=float(radius), fill=colour)


def _axis_name(text: str, field: Field) -> str:
    at = field.left + field.width / 2
    return label(at, field.top + field.height + 34, text, 11, anchor="middle", fill=SOFT)
