"""Every kind of image file gives the pixels of the picture that was put into it."""

from __future__ import annotations

import io
import os
import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from cnncli.errors import DataError, UsageError
from cnncli.images.prepare import Target, prepare, to_levels
from cnncli.images.reader import read
from tests.images import kinds


@pytest.mark.parametrize("name", kinds.IN_GREY)
def test_every_grey_kind_gives_the_same_pixels(name: str) -> None:
    make, tolerance = kinds.IN_GREY[name]
    picture = kinds.grey()
    prepared = prepare(read(make()), Target(*picture.shape, 1))
    assert prepared.dtype == np.uint8
    assert np.abs(prepared[:, :, 0].astype(int) - picture).max() <= tolerance


@pytest.mark.parametrize("name", kinds.IN_COLOUR)
def test_every_colour_kind_gives_the_same_pixels(name: str) -> None:
    make, tolerance = kinds.IN_COLOUR[name]
    picture = kinds.colour()
    prepared = prepare(read(make()), Target(*picture.shape[:2], 3))
    assert np.abs(prepared.astype(int) - picture).max() <= tolerance


@pytest.mark.parametrize("depth", [1, 2])
def test_few_bits_spread_over_the_whole_range(depth: int) -> None:
    values = np.arange(64).reshape(8, 8) % 2**depth
    image = read(kinds.png(values.astype(np.uint8), depth))
    assert image.depth == depth
    np.testing.assert_array_equal(image.pixels[:, :, 0], values * (255 // (2**depth - 1)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("colour", [True, False])
def test_the_orientation_is_obeyed(orientation: int, format_: str, colour: bool) -> None:
    upright = kinds.colour() if colour else kinds.grey()
    stored = Pillow.fromarray(kinds.stored_for(upright, orientation))
    options = {"lossless": True} if format_ == "WEBP" else {}
    image = read(kinds.encoded(stored, format_, exif=kinds.exif(orientation), **options))
    assert image.pixels.shape[:2] == upright.shape[:2]
    tolerance = 30 if format_ == "JPEG" else 0
    expected = upright if colour else upright[:, :, None]
    shown = image.pixels if colour else image.pixels[:, :, :1]
    assert np.abs(shown.astype(int) - expected).max() <= tolerance
    assert np.abs(shown.astype(int) - expected).mean() <= (2 if format_ == "JPEG" else 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_a_16_bit_tiff_is_obeyed(orientation: int) -> None:
    stored = Pillow.fromarray(kinds.stored_for(kinds.WIDE, orientation))
    image = read(kinds.encoded(stored, "TIFF", exif=kinds.exif(orientation)))
    np.testing.assert_array_equal(image.pixels[:, :, 0], kinds.WIDE)


def test_values_are_kept_as_stored() -> None:
    twelve_bits = (kinds.grey().astype(np.uint16) * 16).astype(">u2")
    image = read(b"P5\n84 60\n4095\n" + twelve_bits.tobytes())
    assert image.pixels.dtype == np.uint16
    np.testing.assert_array_equal(image.pixels[:, :, 0], twelve_bits)
    assert image.value_range == (0, 4095)


def test_alpha_stands_apart_and_leaves_the_colours_alone() -> None:
    image = read(kinds.encoded(kinds.ALPHA, "PNG"))
    np.testing.assert_array_equal(image.pixels, kinds.colour())
    assert image.alpha is not None
    assert image.alpha.min() == image.alpha.max() == 200


def test_white_is_zero_tiff_is_turned_round() -> None:
    for pixels in (kinds.grey(), kinds.WIDE):
        plain = kinds.encoded(Pillow.fromarray(pixels), "TIFF")
        entry = b"\x06\x01\x03\x00\x01\x00\x00\x00"  # PhotometricInterpretation, one short
        turned = plain.replace(entry + b"\x01", entry + b"\x00", 1)
        assert turned != plain
        np.testing.assert_array_equal(
            read(turned).pixels[:, :, 0], np.iinfo(pixels.dtype).max - pixels
        )


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(kinds.encoded(kinds.RGB, "JPEG"))
    assert read(path).format == "JPEG"


def test_a_gif_of_a_thousand_frames_gives_its_first() -> None:
    small = [frame.resize((16, 12)) for frame in kinds.frames(4)]
    content = kinds.encoded(small[0], "GIF", save_all=True, append_images=small[1:] * 333)
    image = read(content)
    assert image.several
    expected = np.asarray(Pillow.open(io.BytesIO(content)).convert("RGB"))
    np.testing.assert_array_equal(image.pixels, expected)


def test_names_of_any_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/r\xe9sum\xe9 1.png"
    content = kinds.encoded(kinds.GREY, "PNG")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, content)
    os.close(descriptor)
    image = read(os.fsdecode(path))
    assert image.name.endswith(r"r\xe9sum\xe9 1.png")
    image.name.encode()  # can be printed


@pytest.mark.parametrize(
    ("pixels", "value_range", "expected"),
    [
        (np.array([[0, 32768, 65535]], np.uint16), None, [0, 128, 255]),
        (np.array([[-32768, 0, 32767]], np.int16), None, [0, 128, 255]),
        (np.array([[-128, 0, 127]], np.int8), None, [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), None, [0, 128, 255]),
        (np.array([[0, 100, 255]], np.float32), None, [0, 100, 255]),
        (np.array([[-1000, 0, 1000, 5000]], np.float32), (-1000, 1000), [0, 128, 255, 255]),
        (np.array([[0, 2048, 4095]], np.uint16), (0, 4095), [0, 128, 255]),
        # What cannot be the range of such values is not theirs.
        (np.array([[10, 20, 30]], np.uint8), (0, 4095), [10, 20, 30]),
        (np.array([[10, 20, 30]], np.uint8), (0, 30), [10, 20, 30]),
        (np.array([[0, 32768, 65535]], np.uint16), (-1000, 3000), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), (0, 4095), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), (0, 2), [0, 64, 128]),
    ],
)
def test_the_range_of_values(
    pixels: np.ndarray, value_range: tuple[float, float] | None, expected: list[int]
) -> None:
    image = read(kinds.by_opencv(".tif", pixels))
    levels = to_levels(image, value_range)
    np.testing.assert_allclose(levels.pixels[0, :, 0], expected, atol=1)
    assert levels.clipped == (1 if pixels.shape[1] == 4 else 0)


def test_a_range_within_the_bits_of_a_file_is_taken() -> None:
    """Whatever the file says of its largest value: 12 bits hold 0..4095."""
    image = read(b"P5\n3 1\n4000\n" + np.array([0, 1000, 4000], ">u2").tobytes())
    assert image.value_range == (0, 4000)
    assert to_levels(image).pixels.ravel().tolist() == [0, 64, 255]
    assert to_levels(image, (0, 4095)).value_range == (0, 4095)
    assert to_levels(image, (0, 65535)).value_range == (0, 4000)


def test_floats_of_no_known_range_are_an_error_that_names_the_option() -> None:
    image = read(kinds.by_opencv(".tif", np.array([[0, 3000.0]], np.float32)), name="ct.tif")
    with pytest.raises(DataError) as caught:
        to_levels(image)
    assert "ct.tif" in caught.value.message
    assert "--range 0,3000" in str(caught.value.hint)


def test_floats_that_are_no_numbers_are_an_error() -> None:
    image = read(kinds.by_opencv(".tif", np.array([[0, np.nan]], np.float32)))
    with pytest.raises(DataError, match="not finite"):
        to_levels(image)


def test_samples() -> None:
    shapes = {
        "china": (427, 640, 3),
        "flower": (427, 640, 3),
        "portrait": (600, 512, 3),
        "mri": (256, 256, 1),
        "digits/17": (8, 8, 1),
    }
    for name, shape in shapes.items():
        assert read(f"sample:{name}").pixels.shape == shape
    assert read("sample:mri").pixels.dtype == np.uint16
    for unknown in ("sample:cat", "sample:digits/1797", "sample:digits/x"):
        with pytest.raises(UsageError, match="sample"):
            read(unknown)


def test_samples_are_those_of_their_libraries() -> None:
    from matplotlib import cbook
    from sklearn.datasets import load_digits, load_sample_image

    np.testing.assert_array_equal(read("sample:china").pixels, load_sample_image("china.jpg"))
    digit = load_digits().images[17]
    np.testing.assert_allclose(read("sample:digits/17").pixels[:, :, 0], digit * 255 / 16, atol=0.5)
    with cbook.get_sample_data("s1045.ima.gz") as file:
        scan = np.frombuffer(file.read(), np.uint16).reshape(256, 256)
    np.testing.assert_array_equal(read("sample:mri").pixels[:, :, 0], scan)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "an empty file"),
        (b"name,label\n1.png,cat\n", "a text file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\0" * 128 + b"DICM" + b"\0" * 60, "a DICOM file"),
        (b"\x01\x02\x03" * 50, "unknown kind"),
    ],
)
def test_what_is_no_image_is_named_for_what_it_is(content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read(content, name="photo.png")


def test_what_is_no_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to("nowhere.png")
    (tmp_path / "circle.png").symlink_to("circle.png")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.png"))
        reasons = {
            "missing.png": "no such file",
            "pipe.png": "a named pipe",
            "folder.png": "a folder",
            "link.png": "a link to nothing",
            "circle.png": "symbolic links",
            "s.png": "a socket",
        }
        for name, reason in reasons.items():
            with pytest.raises(DataError) as caught:
                read(tmp_path / name)
            assert str(tmp_path / name) in caught.value.message
            assert reason in caught.value.message


@pytest.mark.parametrize(
    "format_", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM", "GIF", "JPEG2000"]
)
def test_a_truncated_file_is_an_error(format_: str) -> None:
    content = kinds.encoded(kinds.RGB, format_)
    random = np.random.default_rng(7)
    for length in random.integers(20, len(content) - 2, 20).tolist():
        with pytest.raises(DataError, match=r"damaged|truncated|not an image"):
            read(content[:length])


def test_a_truncated_jpeg_with_a_thumbnail_is_an_error() -> None:
    thumbnail = kinds.encoded(kinds.RGB.resize((32, 24)), "JPEG")
    whole = kinds.encoded(kinds.RGB, "JPEG", exif=b"Exif\0\0" + thumbnail)
    read(whole)
    with pytest.raises(DataError, match="truncated JPEG"):
        read(whole[: whole.index(thumbnail) + len(thumbnail) + 700])


def test_a_tiff_with_its_tags_in_front_and_its_pixels_missing_is_an_error() -> None:
    whole = kinds.by_opencv(".tif", kinds.colour())
    strips_behind = kinds.encoded(kinds.RGB, "TIFF")
    assert len(whole) > 1000
    for content in (strips_behind[:-500], strips_behind[: len(strips_behind) // 2]):
        with pytest.raises(DataError, match="TIFF"):
            read(content)


def test_flipped_bits_give_pixels_or_an_error_and_nothing_else() -> None:
    random = np.random.default_rng(11)
    for make, _ in (*kinds.IN_GREY.values(), *kinds.IN_COLOUR.values()):
        content = make()
        for _ in range(10):
            damaged = bytearray(content)
            for place in random.integers(0, len(damaged), 3).tolist():
                damaged[place] ^= 1 << int(random.integers(8))
            try:
                assert read(bytes(damaged)).pixels.size
            except DataError as error:
                assert error.message.startswith("<bytes>: ")


def test_a_profile_that_libpng_dislikes_is_no_news(capfd: pytest.CaptureFixture[str]) -> None:
    content = kinds.encoded(kinds.RGB, "PNG", icc_profile=b"not a colour profile" * 20)
    np.testing.assert_array_equal(read(content).pixels, kinds.colour())
    assert capfd.readouterr().err == ""
