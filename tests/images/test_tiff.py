"""Every layout of a TIFF gives the values that went into it, or is refused with the reason."""

from __future__ import annotations

import io
import itertools
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from cnncli.errors import DataError
from cnncli.images.prepare import to_levels
from cnncli.images.reader import read
from tests.images import kinds

TYPES = [f"{kind}{bits}" for bits in (8, 16, 32, 64) for kind in ("uint", "int")]
FLOATS = ["float16", "float32", "float64"]
SHAPE = (37, 29)  # no multiple of a strip or a tile


def values(type_: str, channels: int, seed: int = 0) -> np.ndarray:
    """Random values over the whole range of a type."""
    random, shape = np.random.default_rng(seed), (*SHAPE, channels)
    if type_.startswith("float"):
        return random.normal(0, 1000, shape).astype(type_)
    limits = np.iinfo(type_)
    return random.integers(limits.min, limits.max, shape, np.dtype(type_), endpoint=True)


def written(pixels: np.ndarray, **options: Any) -> bytes:
    """A TIFF by tifffile; `pixels` are height x width x channels."""
    channels = pixels.shape[2]
    stored = pixels[:, :, 0] if channels == 1 else pixels
    if options.get("planarconfig") == "separate":
        stored = np.moveaxis(pixels, 2, 0)
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        stored,
        photometric="rgb" if channels > 2 else "minisblack",
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        metadata=None,
        **options,
    )
    return file.getvalue()


def all_channels(content: bytes) -> np.ndarray:
    image = read(content)
    if image.alpha is None:
        return image.pixels
    return np.concatenate([image.pixels, image.alpha[:, :, None]], axis=2)


@pytest.mark.parametrize("type_", TYPES + FLOATS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_every_layout_of_every_type(type_: str, channels: int, planes: str) -> None:
    pixels = values(type_, channels)
    compressions: list[tuple[str | None, bool]] = [(None, False), ("zlib", False), ("lzma", False)]
    if not type_.startswith("float") and not type_.endswith("64"):
        compressions.append(("zlib", True))
    orders = itertools.cycle("<>>")
    for compression, predictor in compressions:
        for layout in ({"tile": (16, 32)}, {"rowsperstrip": 8}, {"rowsperstrip": 37}):
            for byteorder in next(orders):
                content = written(
                    pixels,
                    planarconfig=planes if channels > 1 else None,
                    compression=compression,
                    predictor=predictor or None,
                    byteorder=byteorder,
                    bigtiff=byteorder == "<",
                    **layout,
                )
                theirs = tifffile.imread(io.BytesIO(content))
                if planes == "separate" and channels > 1:
                    theirs = np.moveaxis(theirs, 0, 2)
                np.testing.assert_array_equal(all_channels(content), theirs.reshape(pixels.shape))
                np.testing.assert_array_equal(theirs.reshape(pixels.shape), pixels)


def packed(depth: int, compression: str) -> tuple[bytes, np.ndarray]:
    """A grey TIFF of `depth` bits a value, its rows packed by hand, compressed by libtiff."""
    pixels = np.random.default_rng(depth).integers(0, 2**depth, SHAPE)
    bits = (pixels[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    rows = np.packbits(bits.reshape(SHAPE[0], -1).astype(np.uint8), axis=1)
    return as_rows_of_bytes(rows, compression, {"ImageWidth": SHAPE[1], "BitsPerSample": depth}), (
        pixels
    )


def as_rows_of_bytes(rows: np.ndarray, compression: str, changed: dict[str, int]) -> bytes:
    """Rows of bytes as Pillow compresses them, with the numbers in the tags `changed`."""
    content = kinds.encoded(Pillow.fromarray(rows), "TIFF", compression=compression)
    file = io.BytesIO(content)
    with tifffile.TiffFile(file, mode="r+b") as tiff:
        for name, value in changed.items():
            tiff.pages[0].tags[name].overwrite(value)
    return file.getvalue()


@pytest.mark.parametrize("depth", [9, 10, 12, 14, 24])
@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "packbits", "zstd", "tiff_adobe_deflate"]
)
def test_values_of_odd_bits_are_as_stored(depth: int, compression: str) -> None:
    content, pixels = packed(depth, compression)
    image = read(content)
    np.testing.assert_array_equal(image.pixels[:, :, 0], pixels)
    assert image.value_range == (0, 2**depth - 1)
    np.testing.assert_array_equal(
        to_levels(image).pixels[:, :, 0], np.rint(pixels * (255 / (2**depth - 1)))
    )


@pytest.mark.parametrize("type_", FLOATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_predictor_of_floats(type_: str, channels: int) -> None:
    """Technical Note 3 of Adobe Photoshop, worked forwards."""
    pixels = values(type_, channels)
    size = pixels.itemsize
    big = pixels.astype(f">f{size}").view(np.uint8).reshape(SHAPE[0], -1, size)
    apart = big.transpose(0, 2, 1).reshape(SHAPE[0], -1, channels)
    differences = np.diff(apart, axis=1, prepend=np.zeros_like(apart[:, :1]))
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        iter([zlib.compress(differences.astype(np.uint8).tobytes())]),
        shape=(*SHAPE, channels) if channels > 1 else SHAPE,
        dtype=type_,
        photometric="rgb" if channels > 1 else "minisblack",
        compression="zlib",
        rowsperstrip=SHAPE[0],
        metadata=None,
        extratags=[(65000, 3, 1, 3, True)],
    )
    # tifffile writes no predictor without its codec: a private tag becomes the one of it.
    private, predictor = (struct.pack("<HHIH", tag, 3, 1, 3) for tag in (65000, 317))
    assert file.getvalue().count(private) == 1
    content = file.getvalue().replace(private, predictor)
    np.testing.assert_array_equal(read(content).pixels, pixels.astype(read(content).pixels.dtype))


def test_white_is_zero_with_12_bits() -> None:
    content, pixels = packed(12, "raw")
    turned = io.BytesIO(content)
    with tifffile.TiffFile(turned, mode="r+b") as tiff:
        tiff.pages[0].tags["PhotometricInterpretation"].overwrite(0)
    np.testing.assert_array_equal(read(turned.getvalue()).pixels[:, :, 0], 4095 - pixels)


def test_multiplied_alpha_is_divided_out() -> None:
    colours = np.full((4, 4, 3), (40000, 20000, 100), np.uint16)
    half = np.full((4, 4, 1), 32768, np.uint16)
    stored = np.concatenate([np.rint(colours * (32768 / 65535)).astype(np.uint16), half], axis=2)
    file = io.BytesIO()
    tifffile.imwrite(file, stored, photometric="rgb", extrasamples=["assocalpha"])
    image = read(file.getvalue())
    assert np.abs(image.pixels.astype(int) - colours).max() <= 1
    np.testing.assert_array_equal(image.alpha, half[:, :, 0])


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("type_", ["uint8", "uint16"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_inks_become_colours(planes: str, type_: str, compression: str | None) -> None:
    inks = values("uint8", 4)
    expected = np.asarray(Pillow.fromarray(inks, "CMYK").convert("RGB")).astype(int)
    scale = 1 if type_ == "uint8" else 257
    file, stored = io.BytesIO(), inks.astype(type_) * scale
    tifffile.imwrite(
        file,
        np.moveaxis(stored, 2, 0) if planes == "separate" else stored,
        photometric="separated",
        planarconfig=planes,
        compression=compression,
    )
    found = to_levels(read(file.getvalue())).pixels
    assert np.abs(found - expected).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_separate_planes(orientation: int) -> None:
    upright = kinds.WIDE_RGB
    stored = np.moveaxis(kinds.stored_for(upright, orientation), 2, 0)
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        stored,
        photometric="rgb",
        planarconfig="separate",
        extratags=[(274, 3, 1, orientation, True)],
    )
    np.testing.assert_array_equal(read(file.getvalue()).pixels, upright)


@pytest.mark.parametrize(
    ("pixels", "options", "reason"),
    [
        (np.zeros((5, 8, 8), np.uint16), {"photometric": "minisblack"}, "5 channels"),
        (np.zeros((2, 8, 8), np.uint8), {"photometric": "minisblack"}, "2 channels"),
        (np.zeros((8, 8), np.complex64), {"photometric": "minisblack"}, "complex numbers"),
    ],
)
def test_what_is_not_read_is_not_called_damaged(
    pixels: np.ndarray, options: dict[str, Any], reason: str
) -> None:
    file = io.BytesIO()
    if pixels.ndim == 3:
        options = {**options, "planarconfig": "separate"}
    tifffile.imwrite(file, pixels, metadata=None, **options)
    with pytest.raises(DataError) as caught:
        read(file.getvalue(), name="cells.tif")
    assert "cells.tif: a TIFF file of a kind that is not read" in caught.value.message
    assert reason in caught.value.message
    assert "damaged" not in caught.value.message


def test_a_big_endian_bigtiff_is_refused_as_such() -> None:
    content = written(values("uint16", 1), bigtiff=True, byteorder=">")
    with pytest.raises(DataError, match="a BigTIFF of big-endian order"):
        read(content)


def test_pillow_logs_nothing_to_the_terminal() -> None:
    """In a process of its own: pytest handles what is logged."""
    file = io.BytesIO(written(values("uint8", 3), planarconfig="contig"))
    with tifffile.TiffFile(file, mode="r+b") as tiff:
        tiff.pages[0].tags["SamplesPerPixel"].overwrite(200)
    code = (
        "import sys; from cnncli.images.reader import read\n"
        "try: read(sys.stdin.buffer.read())\n"
        "except Exception as error: print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=file.getvalue(), capture_output=True)
    assert done.stderr == b""
    assert b"TIFF" in done.stdout


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_lzw"])
def test_libtiff_prints_nothing_itself(compression: str, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(kinds.encoded(kinds.RGB, "TIFF", compression=compression))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        start = tiff.pages[0].dataoffsets[0]
    content[start + 100 : start + 120] = b"\xff" * 20
    with pytest.raises(DataError, match="damaged TIFF"):
        read(bytes(content))
    assert capfd.readouterr().err == ""
