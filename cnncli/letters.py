"""What is written to a stream whose locale lacks the letters for it."""

from __future__ import annotations

import codecs

NAME = "cnncli"
# The characters that tables, curves and sentences are drawn with, in ASCII.
_DRAWN = {
    **{"×": "x", "·": "*", "•": "*", "→": "->", "↓": "v", "…": "...", "⋮": ":"},
    **{"²": "^2", "±": "+-", "≤": "<=", "≥": ">=", "√": "sqrt", "Σ": "sum", "Φ": "Phi"},
    **dict(zip("─│┼┴━╌▒█▇▆▅▄▃▂▁", "-|++=-###*+=-._", strict=True)),
    **{chr(ord("₀") + digit): str(digit) for digit in range(10)},
}
_DOTS = range(0x2800, 0x2900)  # braille: a curve
_UPPER, _MIDDLE, _LOWER = 0x1B, 0x36, 0xE4  # the dots of two rows of its four


def register() -> None:
    """Let streams be opened with `errors=NAME`."""
    codecs.register_error(NAME, _faithful)


def _faithful(error: UnicodeError) -> tuple[str | bytes, int]:
    """Encode what a locale has no letters for.

    A path keeps its bytes, and what is drawn is drawn in ASCII; other letters are escaped, where
    there is a locale, and of plain ASCII, which is none, UTF-8 as everywhere else.
    """
    if not isinstance(error, UnicodeEncodeError):
        # Who calls `main` with a file for stdout may read that stream, too.
        return codecs.lookup_error("surrogateescape")(error)
    text, end = error.object, error.end
    found = b"".join(_encoded(each, error.encoding) for each in text[error.start : end])
    longer = len(found) - (end - error.start)
    while longer > 0 and text[end : end + 2] == "  " and found.isascii():
        end, longer = end + 1, longer - 1  # what stands in columns behind it stays there
    return found, end


def _encoded(letter: str, encoding: str) -> bytes:
    if "\udc80" <= letter <= "\udcff":
        return bytes([ord(letter) - 0xDC00])
    drawn = _curve(ord(letter)) if ord(letter) in _DOTS else _DRAWN.get(letter)
    if drawn is not None:
        return drawn.encode()
    plain = encoding == "ascii" and not "\ud800" <= letter <= "\udfff"
    return letter.encode() if plain else letter.encode("ascii", "backslashreplace")


def _curve(code: int) -> str:
    """Return how the dots of a piece of a curve lie: above, below, in the middle, or all over."""
    dots = code - _DOTS.start
    if not dots & ~_MIDDLE:
        return "-" if dots else " "
    if not dots & ~_UPPER:
        return "'"
    return ":" if dots & ~_LOWER else "."
