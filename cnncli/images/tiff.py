"""What a TIFF says of itself. Pillow refuses to open the kinds that it cannot decode (64-bit and
colour floats), so its reader of tags is used and not its reader of images.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from cnncli.images.faults import NotSupported

# Tags of TIFF 6.0.
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, SAMPLES = 256, 257, 258, 262, 274, 277
PLACES, LENGTHS = (273, 324), (279, 325)  # of strips, and of tiles
FORMAT, LEAST, MOST = 339, 340, 341
COMPRESSION, FILL_ORDER, ROWS_PER_STRIP, PLANAR = 259, 266, 278, 284
PREDICTOR, TILE_WIDTH, TILE_HEIGHT, EXTRA = 317, 322, 323, 338
UNCOMPRESSED, SEPARATE_PLANES = 1, 2
MULTIPLIED_ALPHA, PLAIN_ALPHA = 1, 2  # of tag 338
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
ALL_ROWS = 2**31
_BIG_BIG_ENDIAN = b"MM\0+"  # which Pillow's reader of tags takes for another kind
_KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}  # of NumPy, by tag 339; 5 and 6 are complex numbers
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class Parts:
    """How the values lie in the file: in strips, or in tiles of `tile` (height, width).

    `starts` and `lengths` are in bytes, `rows` the rows of a strip. With `separate` each channel
    has parts of its own, one channel after the other.
    """

    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    tile: tuple[int, int] | None
    rows: int
    separate: bool
    compression: int
    predictor: int
    fill_order: int
    byte_order: str


@dataclass(frozen=True)
class Tiff:
    """The first picture of a TIFF: its size as stored, and how its values are.

    `kind` is NumPy's letter for the type of the values: "u", "i" or "f"; "c" for what is none of
    these. `depth` is 0 where the channels have different numbers of bits. `extra` says what the
    channels beside grey or colour are.
    """

    width: int
    height: int
    depth: int
    samples: int
    kind: str
    photometric: int
    extra: tuple[int, ...]
    orientation: int
    several: bool
    value_range: tuple[float, float] | None
    parts: Parts
    whole: bool

    @property
    def has_alpha(self) -> bool:
        return MULTIPLIED_ALPHA in self.extra or PLAIN_ALPHA in self.extra

    @property
    def mode(self) -> str:
        kind = _MODES.get(self.samples, f"{self.samples} channels")
        return f"{kind};{self.depth}{'F' if self.kind == 'f' else ''}"


def read(data: bytes) -> Tiff:
    """Read the tags; raises an exception of Pillow's or of Python's where they are damaged."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    if data[:4] == _BIG_BIG_ENDIAN:
        raise NotSupported("a BigTIFF of big-endian order")
    tags = ImageFileDirectory_v2(data[:16] if data[2] == 43 else data[:8])
    file = io.BytesIO(data)
    file.seek(tags.next)
    tags.load(file)
    if WIDTH not in tags or HEIGHT not in tags:
        raise SyntaxError("it does not say how large its picture is")
    orientation = tags.get(ORIENTATION, 1)
    bits, formats = set(_tuple(tags.get(BITS, 1))), set(_tuple(tags.get(FORMAT, 1)))
    parts = _parts(tags, "<" if data[:2] == b"II" else ">")
    return Tiff(
        int(tags[WIDTH]),
        int(tags[HEIGHT]),
        int(bits.pop()) if len(bits) == 1 else 0,
        int(tags.get(SAMPLES, 1)),
        _KINDS.get(formats.pop(), "c") if len(formats) == 1 else "c",
        int(tags.get(PHOTOMETRIC, BLACK_IS_ZERO)),
        _tuple(tags.get(EXTRA, ())),
        orientation if orientation in range(1, 9) else 1,
        bool(tags.next),
        _value_range(tags),
        parts,
        _whole(tags, parts, len(data)),
    )


def _parts(tags: Any, byte_order: str) -> Parts:
    tiled = PLACES[0] not in tags
    return Parts(
        tuple(int(start) for start in _tuple(tags.get(PLACES[tiled], ()))),
        tuple(int(length) for length in _tuple(tags.get(LENGTHS[tiled], ()))),
        (int(tags[TILE_HEIGHT]), int(tags[TILE_WIDTH])) if tiled else None,
        max(1, int(tags.get(ROWS_PER_STRIP, ALL_ROWS))),
        tags.get(PLANAR) == SEPARATE_PLANES and tags.get(SAMPLES, 1) > 1,
        int(tags.get(COMPRESSION, UNCOMPRESSED)),
        int(tags.get(PREDICTOR, 1)),
        int(tags.get(FILL_ORDER, 1)),
        byte_order,
    )


def _whole(tags: Any, parts: Parts, size: int) -> bool:
    """Whether all strips (or tiles) are there and lie in a file of `size` bytes."""
    if not parts.starts or len(parts.starts) != len(parts.lengths):
        return False
    ends = (start + length for start, length in zip(parts.starts, parts.lengths, strict=True))
    return all(end <= size for end in ends) and _enough(tags, parts)


def _enough(tags: Any, parts: Parts) -> bool:
    """Whether so many parts, of so many bytes together, can hold the picture that is declared."""
    planes = int(tags.get(SAMPLES, 1)) if parts.separate else 1
    if len(parts.starts) < planes * _in_a_plane(parts, int(tags[HEIGHT]), int(tags[WIDTH])):
        return False
    if parts.compression != UNCOMPRESSED:
        return True
    bits = min(_tuple(tags.get(BITS, 1))) * tags.get(SAMPLES, 1)
    return bool(sum(parts.lengths) * 8 >= tags[WIDTH] * tags[HEIGHT] * bits)


def _in_a_plane(parts: Parts, height: int, width: int) -> int:
    if parts.tile is None:
        return -(-height // parts.rows)
    return -(-height // parts.tile[0]) * -(-width // parts.tile[1])


def _value_range(tags: Any) -> tuple[float, float] | None:
    least, most = _tuple(tags.get(LEAST, ())), _tuple(tags.get(MOST, ()))
    if not least or not most or min(least) >= max(most):
        return None
    return float(min(least)), float(max(most))


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)
