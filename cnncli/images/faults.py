"""What can be wrong with an image file, as the libraries say it and as it is told."""

from __future__ import annotations

import struct
import zlib

from cnncli.errors import DataError

# What Pillow, OpenCV and NumPy raise for a damaged file; any other exception is a fault of ours.
FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)


class NotSupported(ValueError):
    """A file that is whole, of a kind that is not read; the text says which."""


# How the libraries say that bytes are missing.
_CUT = (
    "truncated",
    "incomplete",
    "requires a buffer",
    "not enough",
    "unexpected end",
    "cut short",
    "smaller than requested",
)
# How they say that nothing is wrong with a file but that they do not know its kind.
_UNKNOWN = (
    "unsupported",
    "not supported",
    "cannot handle",
    "unavailable",
    "not available",
    "unknown pixel mode",
    "unknown raw mode",
    "unknown compression",
    "unknown photometric",
    "unknown data organization",
)


def damaged(name: str, format_: str, error: Exception) -> DataError:
    """Return the error for a file of `format_` that could not be read, in the library's words."""
    text = str(error).strip() or type(error).__name__
    if any(word in text.lower() for word in _CUT):
        return DataError(f"{name}: a truncated {format_} file")
    if isinstance(error, NotSupported) or any(word in text.lower() for word in _UNKNOWN):
        return DataError(f"{name}: a {format_} file of a kind that is not read ({text})")
    if text.startswith("decoder error"):  # Pillow's words, with a number of its own
        text = "its pixels cannot be decoded"
    said = text if text[:2].isupper() else text[:1].lower() + text[1:]
    return DataError(f"{name}: a damaged {format_} file ({said})")
