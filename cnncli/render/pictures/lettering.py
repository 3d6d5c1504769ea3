"""Text on pictures that are drawn without Matplotlib."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@cache
def font(size: int, *, bold: bool = False, mono: bool = False) -> Any:
    """Return DejaVu Sans in `size` pixels for Pillow.

    It is read from where Matplotlib keeps it, without importing Matplotlib (half a second).
    """
    from PIL import ImageFont

    name = "DejaVuSans" + ("Mono" if mono else "") + ("-Bold" if bold else "")
    spec = find_spec("matplotlib")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        file = Path(folder) / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"
        if file.is_file():
            return ImageFont.truetype(str(file), size)
    return ImageFont.load_default(size)


def figure(value: float, digits: int) -> str:
    """Return a number with so many digits; of up to a million as it is, and not as 8.7e+02."""
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < 1_000_000 else text


def wrapped(text: str, width: float, typeface: Any) -> list[str]:
    """Return `text` in lines no wider than `width` pixels, cut only where a word is wider."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and typeface.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [shortened(line, width, typeface) for line in lines]


def shortened(text: str, width: float, typeface: Any) -> str:
    """Return `text`, cut with an ellipsis where it is wider than `width` pixels."""
    if typeface.getlength(text) <= width:
        return text
    while text and typeface.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
