"""The values of a TIFF, exactly as they are stored, whatever their type and their layout.

libtiff (in Pillow) undoes LZW and its like: each strip or tile is handed to it as a picture of
bytes. What the bytes mean (TIFF 6.0, and Technical Note 3 for the predictor of floats) is
worked out here, since OpenCV and Pillow give wrong values, silently, for separate planes, values
of 9 to 15 bits and many signed ones.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncli.images.faults import NotSupported
from cnncli.images.opencv import max_pixels
from cnncli.images.tiff import (
    BITS,
    BLACK_IS_ZERO,
    CMYK,
    COMPRESSION,
    FILL_ORDER,
    HEIGHT,
    LENGTHS,
    MULTIPLIED_ALPHA,
    PHOTOMETRIC,
    PLACES,
    RGB,
    ROWS_PER_STRIP,
    SAMPLES,
    UNCOMPRESSED,
    WHITE_IS_ZERO,
    WIDTH,
    Parts,
    Tiff,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Buffer = bytes | memoryview

# Compressions that give back the bytes that were put in: none, LZW, Deflate (two numbers),
# PackBits, LZMA, Zstandard.
BYTEWISE = {1, 5, 8, 32946, 32773, 34925, 50000}
_DEFLATE = (8, 32946)
# Of these, the ones that a predictor may come before.
_PREDICTED = BYTEWISE - {1, 32773}
NO_PREDICTOR, DIFFERENCES, FLOAT_DIFFERENCES = 1, 2, 3
_WHOLE_TYPES = (8, 16, 32, 64)
_MAX_VALUE_BYTES = 8
_HEADER, _LONG = 8, 4  # bytes in front of everything; the type of a 32-bit number


def can_read(said: Tiff) -> bool:
    """Whether `values` reads it; the other kinds are those of 8 bits that Pillow knows."""
    kinds = (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, *([CMYK] if said.depth > 8 else []))
    return said.parts.compression in BYTEWISE and said.photometric in kinds


def values(data: bytes, said: Tiff) -> NDArray[Any]:
    """Return the values as stored (not turned), height x width x channels, white the largest.

    Their type is that of the file; 9 to 15 bits come as uint16, 17 to 31 as uint32, 16-bit
    floats as float32. Raises NotSupported for a kind that is not read.
    """
    _refuse(said)
    if said.parts.separate:
        count = len(said.parts.starts) // said.samples
        planes = [
            _plane(data, said, slice(number * count, (number + 1) * count), 1)
            for number in range(said.samples)
        ]
        found = np.concatenate(planes, axis=2)
    else:
        found = _plane(data, said, slice(None), said.samples)
    if said.photometric == CMYK:
        return _without_ink(found, said)
    if said.samples == 4 and not said.has_alpha:
        found = found[:, :, :3]
    elif MULTIPLIED_ALPHA in said.extra:
        found = _divided(found, said)
    if said.photometric == WHITE_IS_ZERO and said.kind == "u":
        white = np.iinfo(found.dtype).max >> (8 * found.itemsize - said.depth)
        return np.concatenate([white - found[:, :, :1], found[:, :, 1:]], axis=2)
    return found


def _refuse(said: Tiff) -> None:
    for reason in (_odd_type(said), _odd_channels(said), _odd_predictor(said)):
        if reason:
            raise NotSupported(reason)


def _odd_type(said: Tiff) -> str:
    if said.kind == "c":
        return "its values are complex numbers, or of several types"
    if said.depth == 0:
        return "its channels have different numbers of bits"
    whole = said.depth in _WHOLE_TYPES[said.kind == "f" :]
    if whole or (said.kind == "u" and 8 < said.depth < 32):
        return ""
    kind = {"u": "unsigned", "i": "signed", "f": "floating-point"}[said.kind]
    return f"{kind} values of {said.depth} bits"


def _odd_channels(said: Tiff) -> str:
    if said.photometric == RGB:
        known = said.samples in (3, 4)
    elif said.photometric == CMYK:
        known = said.samples == 4 and said.kind == "u"
    else:
        known = said.samples in (1, 3) or (said.samples == 2 and said.has_alpha)
    return "" if known else f"{said.samples} channels, neither grey nor red, green and blue"


def _odd_predictor(said: Tiff) -> str:
    known = {
        NO_PREDICTOR: True,
        DIFFERENCES: said.depth in _WHOLE_TYPES,
        FLOAT_DIFFERENCES: said.kind == "f",
    }
    predictor = _predictor(said.parts)
    return "" if known.get(predictor) else f"predictor {predictor} on values of {said.depth} bits"


def _predictor(parts: Parts) -> int:
    return parts.predictor if parts.compression in _PREDICTED else NO_PREDICTOR


def _plane(data: bytes, said: Tiff, which: slice, samples: int) -> NDArray[Any]:
    """Return the pixels of the parts `which`, height x width x `samples`."""
    parts, height, width = said.parts, said.height, said.width
    tall, wide = parts.tile or (min(parts.rows, height), width)
    across, down = -(-width // wide), -(-height // tall)
    row_bytes = (wide * samples * said.depth + 7) // 8
    rows = down * across * tall if parts.tile else height
    if rows * row_bytes > max_pixels() * _MAX_VALUE_BYTES * samples:
        raise ValueError("its tiles are larger than any picture")
    starts, lengths = parts.starts[which][: down * across], parts.lengths[which][: down * across]
    view = memoryview(data)  # slices of it are no copies
    stored = [view[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    raw = _raw(stored, parts, rows, row_bytes, tall)
    found = _typed(raw, said, wide, samples)
    if parts.tile is None:
        return found
    tiles = found.reshape(down, across, tall, wide, samples).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(down * tall, across * wide, samples)[:height, :width]


def _raw(stored: Sequence[Buffer], parts: Parts, rows: int, row_bytes: int, tall: int) -> Bytes:
    """Return rows x bytes of the parts, each of which has `tall` rows, the last one the rest."""
    if parts.fill_order != 1 or parts.compression not in (UNCOMPRESSED, *_DEFLATE):
        return _by_libtiff(stored, parts, rows, row_bytes, tall)
    # libtiff would not notice a damaged Deflate stream that gives values enough.
    if parts.compression in _DEFLATE:
        stored = [_inflated(part, tall * row_bytes) for part in stored]
    needed = [min(tall, rows - first) * row_bytes for first in range(0, rows, tall)]
    whole = b"".join(part[:size] for part, size in zip(stored, needed, strict=True))
    return np.frombuffer(whole, np.uint8, rows * row_bytes).reshape(rows, row_bytes)


def _inflated(part: Buffer, most: int) -> bytes:
    inflater = zlib.decompressobj()
    found = inflater.decompress(part, most)
    if not inflater.eof and inflater.decompress(inflater.unconsumed_tail, 1):
        raise ValueError("a strip or tile holds more than its size")
    return found


def _by_libtiff(
    stored: Sequence[Buffer], parts: Parts, rows: int, row_bytes: int, rows_per_part: int
) -> Bytes:
    """Return what libtiff makes of the parts as one picture of bytes, a strip for each part."""
    from PIL.TiffImagePlugin import TiffImageFile

    lengths = [len(part) for part in stored]
    tags = {
        WIDTH: [row_bytes],
        HEIGHT: [rows],
        BITS: [8],
        COMPRESSION: [parts.compression],
        PHOTOMETRIC: [BLACK_IS_ZERO],
        FILL_ORDER: [parts.fill_order],
        PLACES[0]: np.cumsum([_HEADER, *lengths[:-1]]).tolist(),
        SAMPLES: [1],
        ROWS_PER_STRIP: [rows_per_part],
        LENGTHS[0]: lengths,
    }
    end = _HEADER + sum(lengths)
    header = struct.pack("<2sHI", b"II", 42, end)
    return np.array(TiffImageFile(io.BytesIO(b"".join((header, *stored, _directory(tags, end))))))


def _directory(tags: dict[int, list[int]], start: int) -> bytes:
    """Return the tags, all of 32 bits, as the directory of a TIFF that stands at `start`."""
    behind = start + 2 + 12 * len(tags) + 4
    entries, longer = b"", b""
    for tag, numbers in sorted(tags.items()):
        value = numbers[0] if len(numbers) == 1 else behind + len(longer)
        entries += struct.pack("<HHII", tag, _LONG, len(numbers), value)
        if len(numbers) > 1:
            longer += struct.pack(f"<{len(numbers)}I", *numbers)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + longer


def _typed(raw: Bytes, said: Tiff, wide: int, samples: int) -> NDArray[Any]:
    """Return rows x pixels x samples of what the bytes stand for, the predictor undone."""
    depth, predictor = said.depth, _predictor(said.parts)
    shape = (len(raw), wide, samples)
    if depth not in _WHOLE_TYPES:
        return _unpacked(raw, depth, wide * samples).reshape(shape)
    size = depth // 8
    if predictor == FLOAT_DIFFERENCES:
        sums = np.cumsum(raw.reshape(len(raw), -1, samples), axis=1, dtype=np.uint8)
        # The first bytes of all values come first, then the second ones, and so on.
        ordered = sums.reshape(len(raw), size, -1).transpose(0, 2, 1)
        found = np.ascontiguousarray(ordered).view(f">f{size}").reshape(shape)
    else:
        kind = "u" if predictor == DIFFERENCES else said.kind
        found = raw.view(f"{said.parts.byte_order}{kind}{size}").reshape(shape)
    found = found.astype(found.dtype.newbyteorder("="), copy=False)
    if predictor == DIFFERENCES:
        found = np.cumsum(found, axis=1, dtype=found.dtype).view(f"{said.kind}{size}")
    return found.astype(np.float32) if found.dtype == np.float16 else found


def _unpacked(raw: Bytes, depth: int, count: int) -> NDArray[Any]:
    """Return rows x `count` values of `depth` bits, packed from the highest bit of each byte."""
    type_ = np.dtype(np.uint16 if depth < 16 else np.uint32)
    found = np.empty((len(raw), count), type_)
    weights = (1 << np.arange(depth - 1, -1, -1)).astype(type_)
    for row, packed in enumerate(raw):
        bits = np.unpackbits(packed, count=count * depth).reshape(count, depth)
        found[row] = np.matmul(bits, weights, dtype=type_)
    return found


def _without_ink(found: NDArray[Any], said: Tiff) -> NDArray[Any]:
    """Return red, green and blue of cyan, magenta, yellow and black, as Pillow does in 8 bits."""
    white = float(2**said.depth - 1)
    paper = 1 - found.astype(np.float64) / white
    return np.rint(paper[:, :, :3] * paper[:, :, 3:] * white).astype(found.dtype)


def _divided(found: NDArray[Any], said: Tiff) -> NDArray[Any]:
    """Return colours that were stored multiplied by their alpha as they were before."""
    white = 1.0 if said.kind == "f" else float(2 ** (said.depth - (said.kind == "i")) - 1)
    alpha = found[:, :, -1:].astype(np.float64)
    colours = found[:, :, :-1] * np.divide(white, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    if said.kind != "f":
        colours = np.rint(np.clip(colours, 0, white))
    return np.concatenate([colours.astype(found.dtype), found[:, :, -1:]], axis=2)
