"""Keras's own table: at the width that shows every name whole, or at that of a terminal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

# Keras's own widths for chains and for graphs, then wider ones for long names.
WIDTHS = (88, 108, 132, 160, 200, 260, 400, 1000)
NARROWEST = 50  # below it Keras shortens numbers


def keras_table(model: Any, terminal: int | None = None) -> str:
    """Return what `model.summary()` prints on a terminal of so many columns.

    Without a terminal it is as wide as the names need. On a narrow one Keras folds shapes and
    shortens names.
    """
    text = ""
    for width in WIDTHS:
        if terminal is not None and width > terminal:
            return text if text and "…" not in text else _table(model, max(terminal, NARROWEST))
        text = _table(model, width)
        if "…" not in text:
            break
    return text


def _table(model: Any, width: int) -> str:
    lines: list[str] = []
    with _terminal_width(width + 4):
        model.summary(line_length=width, print_fn=lines.append)
    return "\n".join(lines)


@contextlib.contextmanager
def _terminal_width(columns: int) -> Iterator[None]:
    """Let Rich believe in a terminal of `columns`: it cuts whatever is wider."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
