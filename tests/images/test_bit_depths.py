"""Values of other than 8 and 16 bits: in BMP and JPEG 2000; and what PNG says in XMP."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from cnncli.errors import DataError
from cnncli.images.prepare import to_levels
from cnncli.images.reader import read
from tests.images import kinds

SHAPE = (20, 31)
FIELDS = {  # name -> (bits of a pixel, masks of red, green, blue and, if any, alpha)
    "5-5-5": (16, (0x7C00, 0x3E0, 0x1F)),
    "5-6-5": (16, (0xF800, 0x7E0, 0x1F)),
    "4-4-4-4": (16, (0xF00, 0xF0, 0xF, 0xF000)),
    "8-8-8": (32, (0xFF0000, 0xFF00, 0xFF)),
    "8-8-8-8": (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
    "10-10-10": (32, (0x3FF00000, 0xFFC00, 0x3FF)),
    "11-11-10": (32, (0xFFE00000, 0x1FFC00, 0x3FF)),
}


def bmp(stored: np.ndarray, masks: tuple[int, ...], upwards: bool = True) -> bytes:
    """A BMP of bit fields, by the definition of BITMAPV4HEADER."""
    bits, (height, width) = 8 * stored.itemsize, stored.shape
    rows = np.zeros((height, (width * stored.itemsize + 3) // 4 * 4), np.uint8)
    rows[:, : width * stored.itemsize] = stored.view(np.uint8).reshape(height, -1)
    header = struct.pack(
        "<IiiHHIIiiII", 108, width, height if upwards else -height, 1, bits, 3, *[0] * 5
    )
    header += struct.pack("<4I", *masks, *[0] * (4 - len(masks))) + bytes(108 - 40 - 16)
    pixels = (rows[::-1] if upwards else rows).tobytes()
    start = 14 + len(header)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + header + pixels


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("upwards", [True, False])
def test_bit_fields_of_a_bmp_reach_white(name: str, upwards: bool) -> None:
    bits, masks = FIELDS[name]
    stored = np.random.default_rng(1).integers(0, 2**bits, SHAPE, dtype=f"uint{bits}")
    stored[0, :2] = 0, 2**bits - 1
    image = read(bmp(stored, masks, upwards))
    assert image.depth == max(mask.bit_count() for mask in masks)
    white = np.iinfo(image.pixels.dtype).max
    assert white == (255 if image.depth <= 8 else 65535)
    for channel, mask in enumerate(masks):
        shift = (mask & -mask).bit_length() - 1
        share = ((stored & mask) >> shift) / (mask >> shift)
        found = image.alpha if channel == 3 else image.pixels[:, :, channel]
        assert found is not None
        np.testing.assert_allclose(found / white, share, atol=0.5 / white + 1e-9)


@pytest.mark.parametrize("name", ["5-5-5", "5-6-5", "8-8-8", "8-8-8-8"])
def test_what_pillow_reads_of_them_is_the_same(name: str) -> None:
    bits, masks = FIELDS[name]
    stored = np.random.default_rng(2).integers(0, 2**bits, SHAPE, dtype=f"uint{bits}")
    content = bmp(stored, masks)
    theirs = np.asarray(Pillow.open(io.BytesIO(content)))[:, :, :3].astype(int)
    assert np.abs(read(content).pixels - theirs).max() <= 1  # Pillow does not round


def test_a_bmp_with_the_header_of_os2_keeps_its_colours() -> None:
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 200, 0], [0, 0, 90]], np.uint8)
    indices = np.arange(64, dtype=np.uint8).reshape(8, 8) % 4
    palette = np.zeros((256, 3), np.uint8)
    palette[:4] = colours[:, ::-1]
    start = 14 + 12 + palette.size
    content = struct.pack("<2sIHHI", b"BM", start + 64, 0, 0, start)
    content += struct.pack("<IHHHH", 12, 8, 8, 1, 8) + palette.tobytes() + indices[::-1].tobytes()
    np.testing.assert_array_equal(read(content).pixels, colours[indices])


def test_bit_fields_with_gaps_are_refused() -> None:
    stored = np.zeros(SHAPE, np.uint16)
    with pytest.raises(DataError, match="a bit field with gaps"):
        read(bmp(stored, (0xA000, 0x7E0, 0x1F)))


def jpeg2000(pixels: np.ndarray, depth: int, signed: bool = False) -> bytes:
    """A lossless code stream of `depth` bits: one of 16 bits whose header is changed.

    A decoder adds half of the largest value (ISO/IEC 15444-1, Annex G), of the depth that it is
    told; so the values are stored with the other half taken off.
    """
    half = 0 if signed else 2 ** (depth - 1)
    shifted = (pixels.astype(int) - half + 2**15).astype(np.uint16)
    content = bytearray(kinds.encoded(Pillow.fromarray(shifted), "JPEG2000", no_jp2=True))
    place = content.index(b"\xff\x51") + 40
    assert content[place] == 15
    content[place] = depth - 1 + 128 * signed
    return bytes(content)


@pytest.mark.parametrize("depth", [4, 7, 8, 9, 10, 12, 15, 16])
def test_every_depth_of_jpeg_2000_reaches_white(depth: int) -> None:
    white = 2**depth - 1
    pixels = np.random.default_rng(depth).integers(0, white, SHAPE, endpoint=True)
    pixels[0, :2] = 0, white
    image = read(jpeg2000(pixels, depth))
    assert image.depth == depth
    np.testing.assert_array_equal(image.pixels[:, :, 0], pixels)
    np.testing.assert_array_equal(to_levels(image).pixels[:, :, 0], np.rint(pixels * (255 / white)))


def test_signed_jpeg_2000_is_refused() -> None:
    with pytest.raises(DataError, match="signed values"):
        read(jpeg2000(np.zeros(SHAPE, int), 12, signed=True))


def xmp_png(stored: np.ndarray, orientation: int, *, compressed: bool, behind: bool) -> bytes:
    """A PNG that tells its orientation in XMP alone, in front of its pixels or behind them."""
    text = f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()
    body = zlib.compress(text) if compressed else text
    chunk = b"iTXtXML:com.adobe.xmp\0" + bytes([compressed, 0]) + b"\0\0" + body
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    plain = kinds.encoded(Pillow.fromarray(stored), "PNG")
    place = plain.index(b"IEND" if behind else b"IDAT") - 4
    return plain[:place] + chunk + plain[place:]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("behind", [True, False])
def test_an_orientation_in_xmp_is_obeyed(orientation: int, compressed: bool, behind: bool) -> None:
    upright = kinds.colour()
    stored = kinds.stored_for(upright, orientation)
    image = read(xmp_png(stored, orientation, compressed=compressed, behind=behind))
    assert image.orientation == orientation
    np.testing.assert_array_equal(image.pixels, upright)


def test_a_sparse_png_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(kinds.encoded(kinds.RGB, "PNG")[:-12])
    with path.open("r+b") as file:
        file.truncate(10**9)
    with pytest.raises(DataError, match="1,000,000,000 bytes are more than its 60 x 84 pixels"):
        read(path)


def test_a_large_file_that_is_no_image_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(b"\x01\x02\x03")
    with path.open("r+b") as file:
        file.truncate(10**9)
    with pytest.raises(DataError, match="unknown kind"):
        read(path)


def test_libjpeg_prints_nothing_itself(capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(kinds.encoded(kinds.RGB, "JPEG", quality=95))
    middle = len(content) // 2
    content[middle : middle + 4] = b"\x12\x34\x56\x78"
    read(bytes(content))
    assert capfd.readouterr().err == ""


def changed(content: bytes, marker: bytes, offset: int, value: int) -> bytes:
    place = content.index(marker) + offset
    return content[:place] + bytes([value]) + content[place + 1 :]


JPEG, BMP = kinds.encoded(kinds.RGB, "JPEG"), kinds.encoded(kinds.RGB, "BMP")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(JPEG, b"\xff\xc0", 4, 12), "12-bit"),
        (changed(JPEG, b"\xff\xc0", 1, 0xC3), "lossless"),
        (changed(JPEG, b"\xff\xc0", 1, 0xC5), "hierarchical"),
        (changed(BMP, b"BM", 30, 4), "compression"),
        (changed(BMP, b"BM", 14, 16), "header type"),
        (b"\xff\x0a" + bytes(50), "a JPEG XL image"),
        (b"P7\nWIDTH 2\n", "a PAM image"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "a HEIF image"),
        (b"\0" * 128 + b"DICM" + bytes(60), "a DICOM file"),
    ],
)
def test_what_is_whole_and_not_read_is_told_so(content: bytes, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        read(content, name="a.jpg")
    assert "kind that is not read" in caught.value.message
    assert reason in caught.value.message
    assert "damaged" not in caught.value.message
    assert "not an image" not in caught.value.message


def test_a_png_of_an_unknown_method_is_refused_without_a_word_of_libpng(
    capfd: pytest.CaptureFixture[str],
) -> None:
    plain = kinds.encoded(kinds.RGB, "PNG")
    header = bytearray(plain[12:29])
    header[4 + 10] = 1  # the method of compression
    stated = struct.pack(">I", zlib.crc32(bytes(header)))
    with pytest.raises(DataError, match="its header makes no sense"):
        read(plain[:12] + bytes(header) + stated + plain[33:])
    assert capfd.readouterr().err == ""
