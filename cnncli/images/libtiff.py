"""The libtiff that Pillow brings, kept from writing to the terminal.

It prints what is wrong with a file itself, without the name of the file; what matters reaches us
as an exception. Pillow has no switch for it.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

# Where Pillow's wheels keep the libraries that they bring: on Linux, and on macOS.
_PLACES = ("../pillow.libs", ".dylibs")


@cache
def silence() -> None:
    """Take away the function that prints, from a libtiff that came with Pillow."""
    import PIL

    package = Path(PIL.__file__).parent
    for place in _PLACES:
        for library in (package / place).glob("libtiff*"):
            loaded = ctypes.CDLL(str(library))
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)
