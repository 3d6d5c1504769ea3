"""Text of foreign origin: names in files, files' names, quoted lines. Shown, never obeyed."""

from __future__ import annotations

import re

# What gives a terminal orders (C0, DEL, C1), turns the direction of what follows, ends a line
# where none ends, or is a byte of a file's name that is no text.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BYTES = re.compile("[\udc80-\udcff]+")
LINES = "\n\t"


def visible(text: str, *, keep: str = "") -> str:
    r"""Return `text` with such characters written out, as `\x1b`, `\n` or `\u202e`.

    Those in `keep` stay: line ends and tabs of what is several lines by itself (LINES).
    """
    if UNSEEN.search(text) is None:
        return text
    text = decoded(text)
    return UNSEEN.sub(lambda found: found[0] if found[0] in keep else _written_out(found[0]), text)


def in_unicode(text: str) -> str:
    """Return names that a locale could not decode as the UTF-8 that they are, to keep in a file.

    A byte that is none is written out, as in `visible`.
    """
    return visible(decoded(text), keep=LINES)


def decoded(text: str) -> str:
    """Return `text` with the bytes that a locale could not decode read as UTF-8."""
    return _BYTES.sub(
        lambda found: (
            found[0].encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")
        ),
        text,
    )


def _written_out(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that Python could not decode
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode()
