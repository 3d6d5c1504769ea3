"""A folder of broken and hostile files: each is named with its reason, and the rest is read."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.data import folders
from tests.images import kinds

FORMATS = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF"}


def bomb(side: int = 30_000) -> bytes:
    """A PNG of one bit a pixel that declares 30,000 x 30,000 of them, all of them there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes((side // 8 + 1) * side))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _bmp(side: int) -> bytes:
    """The header of a BMP of 24 bits a pixel, without its pixels."""
    fields = (90, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", *fields)


def lies() -> dict[str, tuple[bytes, str]]:
    """Files that declare what they do not hold."""
    tiff = bytearray(kinds.encoded(kinds.GREY, "TIFF"))
    place = tiff.index(struct.pack("<HH", 257, 4)) if struct.pack("<HH", 257, 4) in tiff else -1
    if place < 0:
        place = tiff.index(struct.pack("<HH", 257, 3))
    tall = bytes(tiff[: place + 8]) + struct.pack("<I", 50_000) + bytes(tiff[place + 12 :])
    animated = bytearray(
        kinds.encoded(kinds.frames(2)[0], "WEBP", save_all=True, append_images=kinds.frames(2)[1:])
    )
    canvas = animated.index(b"VP8X") + 12  # width - 1 and height - 1, three bytes each
    animated[canvas : canvas + 6] = (20_000 - 1).to_bytes(3, "little") * 2
    return {
        "huge.webp": (bytes(animated), "WebP"),
        "raw.tif": (b"II*\0\x08\0\0\0\0\0\0\0\0\0" + b"\0" * 50, "does not say how large"),
        "huge.pgm": (b"P5\n16000 16000\n255\n" + b"x" * 50, "holds 50 of its 256,000,000 values"),
        "huge-text.pgm": (
            b"P2\n16000 16000\n255\n" + b"1 " * 50,
            "holds 50 of its 256,000,000 values",
        ),
        "tall.tif": (tall, "truncated TIFF"),
        "big.bmp": (_bmp(16_000), "BMP"),
        "bomb.png": (bomb(), "declares 30,000 x 30,000 pixels"),
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Read the folder once, in a child process, and return what it printed and was to print."""
    root = tmp_path_factory.mktemp("hostile")
    root.chmod(0o755)
    folders.classes(root, {"good": 3, "bad": 1})
    bad = root / "bad"
    expected: dict[str, str] = {}
    random = np.random.default_rng(5)
    for ending, format_ in FORMATS.items():
        whole = kinds.encoded(kinds.RGB, format_)
        for length in random.integers(0, len(whole) - 2, 20).tolist():
            (bad / f"cut-{length}.{ending}").write_bytes(whole[:length])
            expected[f"bad/cut-{length}.{ending}"] = ""
    (bad / "text.png").write_text("I am no picture\n")
    (bad / "empty.png").write_bytes(b"")
    expected |= {"bad/text.png": "a text file", "bad/empty.png": "an empty file"}
    for name, (content, reason) in lies().items():
        (bad / name).write_bytes(content)
        expected[f"bad/{name}"] = reason
    os.mkfifo(bad / "pipe.png")
    (bad / "broken.png").symlink_to("nowhere.png")
    (bad / "circle").symlink_to("circle")
    (bad / "up").symlink_to("..")
    (bad / "closed").mkdir(mode=0)
    expected |= {
        "bad/pipe.png": "a named pipe",
        "bad/broken.png": "a link to nothing",
        "bad/circle": "symbolic links",
        "bad/up": "read already",
        "bad/closed": "permission denied",
        "bad/s.png": "a socket",
    }
    small = [frame.resize((16, 12)) for frame in kinds.frames(3)]
    gif = kinds.encoded(small[0], "GIF", save_all=True, append_images=small[1:] * 500)
    (bad / "thousand.gif").write_bytes(gif)
    (root / "space and é").mkdir()
    (root / "space and é" / "a b.png").write_bytes(kinds.encoded(kinds.GREY, "PNG"))
    descriptor = os.open(os.fsencode(bad) + b"/r\xe9sum\xe9.png", os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, kinds.encoded(kinds.GREY, "PNG"))
    os.close(descriptor)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(bad / "s.png"))
        done = subprocess.run(
            [sys.executable, "-m", "tests.data.hostile", root],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    (bad / "closed").chmod(0o700)
    return {"done": done, "expected": expected}


def test_the_child_survives_and_says_nothing_of_its_own(hostile: dict[str, object]) -> None:
    done = hostile["done"]
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_every_broken_file_is_named_with_its_reason(hostile: dict[str, object]) -> None:
    unreadable = json.loads(hostile["done"].stdout)["unreadable"]  # type: ignore[attr-defined]
    expected: dict[str, str] = hostile["expected"]  # type: ignore[assignment]
    assert set(unreadable) == set(expected)
    for file, reason in expected.items():
        assert reason in unreadable[file]
        assert unreadable[file]


def test_the_rest_is_read(hostile: dict[str, object]) -> None:
    read = json.loads(hostile["done"].stdout)["read"]  # type: ignore[attr-defined]
    assert set(read) == {
        "bad/000.png",
        r"bad/r\xe9sum\xe9.png",
        "bad/thousand.gif",
        "good/000.png",
        "good/001.png",
        "good/002.png",
        "space and é/a b.png",
    }
