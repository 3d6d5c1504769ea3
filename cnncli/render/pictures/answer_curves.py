"""Curves of how a network's answer changes as pixels are taken away, or brought in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.render.pictures.lettering import font
from cnncli.render.pictures.palette import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# All lengths are in pixels.
SMALL, LINE = 12, 15
LEFT, RIGHT, TOP, BOTTOM = 14, 4, 20, 18  # around the frame: what stands there is text
SHARE = 0.4  # of the width, that the frame is high
FINER = 3  # lines are drawn so many times as large, and made smaller, so that they are smooth
RIM = "#BBBBBB"
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class AnswerCurves:
    """Probabilities of a class, from no pixels to all: taken away, and brought in.

    In the order of a map, and the mean of random orders; of all the same number of values.
    """

    deletion: Sequence[float]
    insertion: Sequence[float]
    random_deletion: Sequence[float]
    random_insertion: Sequence[float]

    @property
    def lines(self) -> tuple[tuple[str, str, Sequence[float], int], ...]:
        """Name in the key ("" for none), colour, values, thickness; the important ones last."""
        return (
            ("random", GREY, self.random_deletion, 1),
            ("", GREY, self.random_insertion, 1),
            ("taken away", VERMILION, self.deletion, 2),
            ("brought in", BLUE, self.insertion, 2),
        )


def height_of(width: int) -> int:
    """Return how high the picture of a width is."""
    return TOP + round(width * SHARE) + BOTTOM + LINE * len(_key_lines(width))


def draw_curves(curves: AnswerCurves, width: int) -> Image:
    """Draw the curves in a frame, with what they are below it."""
    from PIL import Image, ImageDraw

    made = Image.new("RGB", (width, height_of(width)), "white")
    draw = ImageDraw.Draw(made)
    box = (LEFT, TOP, width - RIGHT, TOP + round(width * SHARE))
    made.paste(_frame(curves, box), box[:2])
    draw.rectangle(box, outline=RIM)
    small = font(SMALL)
    draw.text((LEFT, 2), "probability of the class", GREY, small)
    draw.text((LEFT - 4, TOP), "1", GREY, small, anchor="ra")
    draw.text((LEFT - 4, box[3]), "0", GREY, small, anchor="rs")
    draw.text((LEFT, box[3] + 3), "0", GREY, small)
    draw.text((box[2], box[3] + 3), "all pixels", GREY, small, anchor="ra")
    _key(draw, box[3] + BOTTOM, width)
    return made


def _frame(curves: AnswerCurves, box: Box) -> Image:
    from PIL import Image, ImageDraw

    width, height = box[2] - box[0], box[3] - box[1]
    large = Image.new("RGB", (width * FINER, height * FINER), "white")
    draw = ImageDraw.Draw(large)
    for _, colour, values, thickness in curves.lines:
        points = [
            (FINER * width * place / (len(values) - 1), FINER * (height - 2) * (1 - value) + FINER)
            for place, value in enumerate(values)
        ]
        draw.line(points, colour, thickness * FINER, joint="curve")
    return large.resize((width, height), Image.Resampling.LANCZOS)


def _key(draw: ImageDraw, top: int, width: int) -> None:
    for number, line in enumerate(_key_lines(width)):
        left = LEFT
        for name, colour in line:
            middle = top + LINE * number + SMALL // 2 + 2
            draw.line((left, middle, left + 12, middle), colour, 2)
            draw.text((left + 16, top + LINE * number), name, GREY, font(SMALL))
            left += _key_width(name)


def _key_lines(width: int) -> list[list[tuple[str, str]]]:
    """Return the entries of the key, as many on a line as have room."""
    lines: list[list[tuple[str, str]]] = [[]]
    empty = AnswerCurves((), (), (), ())
    for name, colour, _, _ in reversed(empty.lines):
        if not name:
            continue
        taken = sum(_key_width(each) for each, _ in lines[-1])
        if lines[-1] and LEFT + taken + _key_width(name) > width:
            lines.append([])
        lines[-1].append((name, colour))
    return lines


def _key_width(name: str) -> int:
    return 16 + int(font(SMALL).getlength(name)) + 10
