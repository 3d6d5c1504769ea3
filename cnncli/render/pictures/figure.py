"""Matplotlib without pyplot: figures that are written to files and hold no global state."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnncli.visible import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Layout = Literal["constrained"] | None
# Dots per inch of a PNG: 10 points of text are then 21 pixels high.
DPI = 150


def new(width: float, height: float, layout: Layout = "constrained") -> Figure:
    """Return an empty figure of `width` x `height` inches; None leaves placing to the caller."""
    import matplotlib
    from matplotlib.figure import Figure

    # Names of layers, classes and files may hold "$", which is no formula.
    matplotlib.rcParams["text.parse_math"] = False
    return Figure(figsize=(width, height), layout=layout, facecolor="white")


def save(figure: Figure, path: Path, suffix: str) -> None:
    """Write a figure in the format that `suffix` (".png", ".svg", ".pdf") names.

    The same figure gives the same bytes: no date and no random names are written. Letters that
    the font does not have become boxes, without a word.
    """
    import matplotlib
    from matplotlib.text import Text

    for text in figure.findobj(Text):  # an SVG holds no control characters
        text.set_text(visible(text.get_text(), keep="\n"))
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    # Type 42: fonts as they are, which journals ask for; Matplotlib's own choice is Type 3.
    settings = {"svg.hashsalt": "cnncli", "pdf.fonttype": 42}
    with warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        figure.savefig(path, format=suffix[1:], dpi=DPI, metadata=dated.get(suffix))
