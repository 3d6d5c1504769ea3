"""Labels that may be wrong as one picture: each image, its class and the one suggested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnncli.render.pictures import contact_sheet
from cnncli.render.pictures.contact_sheet import Tile
from cnncli.reporting.suspects import Pictured, copies

IMAGES = 48  # on a sheet


def draw(title: str, shown: Sequence[Pictured], path: Path) -> None:
    """Draw suspects of which there are pictures into a PNG."""
    from PIL import Image

    tiles = [_tile(one) for one in shown]
    Image.fromarray(contact_sheet.draw([tile for tile in tiles if tile], title)).save(path, "PNG")


def _tile(one: Pictured) -> Tile | None:
    if one.pixels is None:
        return None
    of = one.of
    lines = [
        f"given {of.given} ({of.probability_given:.3f})",
        f"suggested {of.suggested} ({of.probability_suggested:.3f})",
        *([f"same picture: {copies(of)}"] if of.copies else []),
    ]
    return Tile(one.pixels, of.file, lines)
