"""The one reader of images: a path, standard input or a sample -> pixels as they are stored.

What a file is, its content says and not its name. The header is read first, so that nothing is
decoded that is too large, damaged or no image at all. Files are opened by Python and handed to
OpenCV as bytes: OpenCV itself crashes on a file name that is not UTF-8.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from cnncli.errors import DataError
from cnncli.images import sample_sets, samples
from cnncli.images.decode import NotNowError, decode
from cnncli.images.headers import check_beginning
from cnncli.images.image import Image
from cnncli.visible import decoded, visible

Source = str | Path | bytes
STDIN = "-"
STDIN_NAME = "<stdin>"
MAX_BYTES = 2**31
BEGINNING = 2**20  # of a file, in bytes: tells what it is, and for a PNG how large it may be
# A backslash in a name that reads as one of `visible`.
_LIKE_AN_ESCAPE = re.compile(r"\\(?=[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4})")


def read(source: Source, *, name: str | None = None) -> Image:
    """Return the image of `source`: a path, "-" for standard input, `sample:NAME`, or bytes.

    `name` stands for the image in messages. Raises DataError with the reason when it cannot be
    read: missing, not a file, not an image, damaged, too large.
    """
    if isinstance(source, bytes):
        return decode(source, name or "<bytes>")
    if isinstance(source, str) and samples.is_sample(source):
        return _sample(source)
    if source == STDIN:
        return decode(sys.stdin.buffer.read(MAX_BYTES), name or STDIN_NAME)
    shown = name or shown_name(source)
    return decode(file_bytes(source, shown, check=check_beginning), shown)


def is_there(source: str) -> bool:
    """Whether `source` is a file that may be read, standard input or a sample; opens nothing."""
    if source == STDIN or samples.is_sample(source):
        return True
    return Path(source).is_file() and os.access(source, os.R_OK)


def file_bytes(
    path: str | Path, shown: str, *, check: Callable[[bytes, int, str], None] | None = None
) -> bytes:
    """Return the content of a regular file; DataError says why there is none.

    `check` gets the beginning of a large file, its length and its name, and may raise before the
    rest is read.
    """
    try:
        # Not blocking: opening a fifo would wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise NotNowError(f"{shown}: {_reason(path, error)}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{shown}: {_kind(status.st_mode)}, not an image")
        if status.st_size > MAX_BYTES:
            raise DataError(f"{shown}: {status.st_size:,} bytes is more than an image may have")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            beginning = file.read(min(BEGINNING, status.st_size))
            if check is not None and status.st_size > BEGINNING:
                check(beginning, status.st_size, shown)
            return beginning + file.read()
    except OSError as error:
        raise NotNowError(f"{shown}: {_reason(path, error)}") from None
    finally:
        os.close(descriptor)


def shown_name(path: str | bytes | Path) -> str:
    r"""Return a path as text of one line: what is not UTF-8 becomes `\xff`, a line end `\n`.

    A file that is really called so has its backslash doubled: no two names look the same.
    """
    text = decoded(os.fsdecode(path))
    return visible(_LIKE_AN_ESCAPE.sub(r"\\\\", text)) if "\\" in text else visible(text)


def _sample(source: str) -> Image:
    found = sample_sets.member(source)
    if found is None:
        return decode(samples.content(source.removeprefix(samples.PREFIX)), source)
    one, number = found
    return Image(one.image(number), source, one.name, "L", 8)


def _reason(path: str | Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "a link to nothing" if Path(path).is_symlink() else "no such file"
    said = (error.strerror or str(error)).lower()
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return said
    return said if stat.S_ISREG(mode) else f"{_kind(mode)}, not an image"


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "not a regular file")
