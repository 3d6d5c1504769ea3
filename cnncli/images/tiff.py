"""What a TIFF says of itself. Pillow refuses to open the kinds that it cannot decode (64-bit and
colour floats, which OpenCV can), so its reader of tags is used and not its reader of images.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

# Tags of TIFF 6.0.
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, SAMPLES = 256, 257, 258, 262, 274, 277
PLACES, LENGTHS = (273, 324), (279, 325)  # of strips, and of tiles
FORMAT, LEAST, MOST = 339, 340, 341
COMPRESSION, ROWS_PER_STRIP, UNCOMPRESSED = 259, 278, 1
WHITE_IS_ZERO = 0
_SIGNED, _FLOAT = 2, 3
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class Tiff:
    """The first picture of a TIFF: its size as stored, and how its values are."""

    width: int
    height: int
    depth: int
    samples: int
    floating: bool
    signed: bool
    inverted: bool
    orientation: int
    several: bool
    value_range: tuple[float, float] | None
    whole: bool

    @property
    def mode(self) -> str:
        kind = _MODES.get(self.samples, f"{self.samples} channels")
        return f"{kind};{self.depth}{'F' if self.floating else ''}"


def read(data: bytes) -> Tiff:
    """Read the tags; raises an exception of Pillow's or of Python's where they are damaged."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    header = data[:16] if data[2] == 43 or data[3] == 43 else data[:8]
    tags = ImageFileDirectory_v2(header)
    file = io.BytesIO(data)
    file.seek(tags.next)
    tags.load(file)
    if WIDTH not in tags or HEIGHT not in tags:
        raise SyntaxError("it does not say how large its picture is")
    orientation = tags.get(ORIENTATION, 1)
    return Tiff(
        int(tags[WIDTH]),
        int(tags[HEIGHT]),
        max(_tuple(tags.get(BITS, 1))),
        int(tags.get(SAMPLES, 1)),
        _FLOAT in _tuple(tags.get(FORMAT, 1)),
        _SIGNED in _tuple(tags.get(FORMAT, 1)),
        tags.get(PHOTOMETRIC) == WHITE_IS_ZERO,
        orientation if orientation in range(1, 9) else 1,
        bool(tags.next),
        _value_range(tags),
        _whole(tags, len(data)),
    )


def _whole(tags: Any, size: int) -> bool:
    """Whether all strips (or tiles) are there and lie in a file of `size` bytes."""
    for places, lengths in zip(PLACES, LENGTHS, strict=True):
        starts, counts = _tuple(tags.get(places, ())), _tuple(tags.get(lengths, ()))
        if starts:
            inside = len(starts) == len(counts) and all(
                start + count <= size for start, count in zip(starts, counts, strict=True)
            )
            return inside and _enough(tags, len(starts), sum(counts))
    return False


def _enough(tags: Any, strips: int, stored: int) -> bool:
    """Whether so many strips, of so many bytes together, can hold the height that is declared."""
    if PLACES[0] in tags and strips < tags[HEIGHT] / max(1, tags.get(ROWS_PER_STRIP, 2**31)):
        return False
    if tags.get(COMPRESSION, UNCOMPRESSED) != UNCOMPRESSED:
        return True
    bits = min(_tuple(tags.get(BITS, 1))) * tags.get(SAMPLES, 1)
    return bool(stored * 8 >= tags[WIDTH] * tags[HEIGHT] * bits)


def _value_range(tags: Any) -> tuple[float, float] | None:
    least, most = _tuple(tags.get(LEAST, ())), _tuple(tags.get(MOST, ()))
    if not least or not most or min(least) >= max(most):
        return None
    return float(min(least)), float(max(most))


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)
