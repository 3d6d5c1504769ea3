"""A diagram into a file, in the format that its ending names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import files
from cnncli.errors import ModelError, UsageError
from cnncli.facts.summary import Summary
from cnncli.render.pictures import figure
from cnncli.render.pictures.diagram import boxes, cards, graphviz, neurons, text
from cnncli.render.pictures.diagram.scene import scene
from cnncli.visible import LINES, visible
from cnncli.words import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = (".svg", ".png", ".pdf")
TEXTS = {".mmd": text.mermaid, ".dot": text.dot}
ENDINGS = (*PICTURES, *TEXTS)
# Inches, and how many times as long as broad: a drawing that could not be folded is a strip.
NARROW, STRIP = 8.0, 6.0
LONGEST = 65_000  # pixels that Matplotlib can draw


def check(suffix: str, style: str) -> None:
    """Raise UsageError for a format that there is not, or that the style does not have."""
    if suffix not in ENDINGS:
        raise UsageError(
            f'a diagram cannot be written as "{suffix}"', hint=f"There are {', '.join(ENDINGS)}."
        )
    if style != "cards" and suffix in TEXTS:
        raise UsageError(
            f"--style {style} makes a picture, not {suffix} text",
            hint=f"Name a file that ends in {', '.join(PICTURES)}.",
        )


def write(
    summary: Summary,
    path: Path,
    suffix: str,
    *,
    style: str = "cards",
    horizontal: bool = False,
    depth: int | None = None,
    layout: str = "own",
) -> list[str]:
    """Draw a network into `path`; return what the reader should be told about the drawing.

    `style` is "cards", "boxes" or "neurons"; `layout` is "own" or "graphviz". Raises UsageError
    for a format that the style does not have, ModelError for a network that it cannot show.
    """
    check(suffix, style)
    if style != "cards":
        return _pictorial(summary, path, suffix, style)
    shown = scene(summary, depth)
    if suffix in TEXTS:
        files.write_text(path, visible(TEXTS[suffix](shown, horizontal), keep=LINES))
    elif layout == "graphviz":
        graphviz.draw(text.dot(shown, horizontal), path, suffix)
    else:
        drawing = cards.draw(shown, horizontal)
        longest = max(drawing.get_size_inches()) * figure.DPI
        if suffix == ".png" and longest > LONGEST:
            raise ModelError(
                f"{summary.name} would be {longest:,.0f} pixels long; a PNG holds {LONGEST:,}",
                hint="Write it as .svg or .pdf, or close its blocks: --depth 1.",
            )
        figure.save(drawing, path, suffix)
        return _of_a_strip(drawing, closes=depth is None and bool(shown.groups))
    return []


def _of_a_strip(drawing: Figure, *, closes: bool) -> list[str]:
    """Say why a drawing is long and narrow, and what is shorter."""
    breadth, length = sorted(float(side) for side in drawing.get_size_inches())
    if breadth > NARROW or length < STRIP * breadth:
        return []
    size = f"{length * figure.DPI:,.0f} pixels long and {breadth * figure.DPI:,.0f} broad"
    shorter = ["--depth 1 closes its blocks", "--style boxes draws its longest way"]
    return [
        f"A strip, {size}: links that pass by most of its layers keep it from being folded into "
        f"columns. Shorter: {', '.join(shorter[not closes :])}."
    ]


def _pictorial(summary: Summary, path: Path, suffix: str, style: str) -> list[str]:
    if style == "boxes":
        figure.save(boxes.draw(summary), path, suffix)
        branches = boxes.main_path(summary)[1]
        notes = [
            "The longest way through the network is drawn; its branches and shortcuts are not."
        ] * branches
        without = ", ".join(boxes.passed_over(summary))
        return (
            [*notes, f"Layers that keep the shape are not drawn: {without}."] if without else notes
        )
    drawing, before = neurons.draw(summary)
    figure.save(drawing, path, suffix)
    if not before:
        return []
    left_out = counted(len(before), "layer")
    return [f"Only the dense layers at the end are drawn, not the {left_out} before them."]
