"""Matplotlib without pyplot: figures that are written to files and hold no global state."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Layout = Literal["constrained"] | None
# Dots per inch of a PNG: 10 points of text are then 21 pixels high.
DPI = 150


def new(width: float, height: float, layout: Layout = "constrained") -> Figure:
    """Return an empty figure of `width` x `height` inches; None leaves placing to the caller."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout=layout, facecolor="white")


def save(figure: Figure, path: Path, suffix: str) -> None:
    """Write a figure in the format that `suffix` (".png", ".svg", ".pdf") names.

    The same figure gives the same bytes: no date and no random names are written. Letters that
    the font does not have become boxes, without a word.
    """
    import matplotlib

    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "cnncli"}):
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        figure.savefig(path, format=suffix[1:], dpi=DPI, metadata=dated.get(suffix))
