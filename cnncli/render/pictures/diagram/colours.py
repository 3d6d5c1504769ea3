"""The colours of the families of layers: light fills under black text, borders of the same hue.

Tints of the palette that colour-blind readers tell apart.
"""

from __future__ import annotations

from cnncli.render.pictures import palette

BORDERS = {
    "input": palette.GREY,
    "convolution": palette.BLUE,
    "pooling": palette.VERMILION,
    "dense": palette.GREEN,
    "merge": "#555555",
    "normalization": palette.PURPLE,
    "attention": "#7A5195",
    "activation": palette.ORANGE,
    "dropout": "#9A9A9A",
    "block": "#3D4F66",
    "other": "#8A8A8A",
}


def tint(colour: str, share: float) -> str:
    """Mix a colour with white: `share` of it, the rest white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(255 - (255 - part) * share) for part in parts]
    return "#" + "".join(f"{part:02X}" for part in mixed)


def shade(colour: str, share: float) -> str:
    """Mix a colour with black: `share` of it, the rest black."""
    return "#" + "".join(f"{round(int(colour[i : i + 2], 16) * share):02X}" for i in (1, 3, 5))


FILLS = {kind: tint(colour, 0.16) for kind, colour in BORDERS.items()}
