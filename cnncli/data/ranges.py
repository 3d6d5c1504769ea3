"""Which values of the images become black and white, and whether that leaves anything to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.data.index import Unreadable
from cnncli.errors import DataError
from cnncli.images.prepare import FEW, Range, range_hint
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

NAMED = 3
# The bits that cameras and scanners count with, and store in 16.
_DEPTHS = range(9, 33)


def faint(facts: np.ndarray) -> np.ndarray:
    """Return of which images of more than 8 bits fewer than 32 of 256 grey levels are left."""
    return (facts["depth"] > 8) & (facts["used"] < FEW) & (facts["least"] < facts["most"])


def faint_text(facts: np.ndarray) -> str:
    """Say of `faint` images which values there are, and which option mends it."""
    least, most = float(facts["least"].min()), float(facts["most"].max())
    low, high = float(facts["low"].min()), float(facts["high"].max())
    levels = max(1, round(float(facts["used"].max()) * 255))
    return (
        f"{counted(len(facts), 'image')} with fewer than 32 grey levels left (at most {levels}): "
        f"values from {least:.6g} to {most:.6g}, where {low:.6g} to {high:.6g} become black to "
        f"white (mend it with --range {proposed(least, most)})"
    )


def proposed(least: float, most: float) -> str:
    """Return LO,HI: from 0 to the largest value of so many bits where the values fit into them."""
    if least >= 0 and most == int(most):
        return next((f"0,{2**bits - 1}" for bits in _DEPTHS if most < 2**bits), f"0,{most:.6g}")
    return f"{least:.6g},{most:.6g}"


def others(facts: np.ndarray, wanted: Range | None) -> np.ndarray:
    """Return which images keep a range of their own, as `wanted` cannot be theirs."""
    import numpy as np

    if wanted is None:
        return np.zeros(len(facts), bool)
    return (facts["low"] != wanted[0]) | (facts["high"] != wanted[1])


def others_text(facts: np.ndarray, chosen: np.ndarray, wanted: Range) -> str:
    """Say what becomes of the `others`."""
    ends = sorted({(row["low"], row["high"]) for row in facts[chosen]})
    shown = ", ".join(f"{low:g} to {high:g}" for low, high in ends[:NAMED])
    asked = f"--range {wanted[0]:g},{wanted[1]:g}"
    if chosen.all():
        return f"none of the images can have the values of {asked}: they keep their own ({shown})"
    number = counted(int(chosen.sum()), "image")
    return f"{number} cannot have the values of {asked}, and keep their own range ({shown})"


def unknown(unreadable: Sequence[Unreadable]) -> list[Unreadable]:
    """Return the images that are whole, but whose range nobody has told."""
    return [one for one in unreadable if one.values is not None]


def unknown_text(images: Sequence[Unreadable]) -> str:
    """Say which images these are, the first few by name."""
    named = ", ".join(
        f"{one.file} ({one.values[0]:.6g} to {one.values[1]:.6g})"
        for one in images[:NAMED]
        if one.values is not None
    )
    more = f" and {len(images) - NAMED:,} more" if len(images) > NAMED else ""
    return (
        f"of {counted(len(images), 'image')} nothing says which value is black and which white: "
        f"{named}{more}"
    )


def union(images: Sequence[Unreadable]) -> Range:
    """Return the least and the largest value of all these images."""
    ends = [one.values for one in images if one.values is not None]
    return min(low for low, _ in ends), max(high for _, high in ends)


def ask(name: str, unreadable: Sequence[Unreadable]) -> None:
    """Raise one DataError for all images whose range is not known, with the option to give it."""
    if images := unknown(unreadable):
        raise DataError(f"{name}: {unknown_text(images)}", hint=range_hint(union(images)))
