"""Annotations for a workflow of GitHub Actions.

Source: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations


def annotation(
    severity: str,
    text: str,
    *,
    file: str | None = None,
    line: int | None = None,
    column: int | None = None,
) -> str:
    """Return a workflow command, which GitHub shows at a line of a file where one is named."""
    place = {"file": file, "line": line, "col": column}
    given = ",".join(f"{k}={_escaped(str(v), ':,')}" for k, v in place.items() if v is not None)
    return f"::{severity}{' ' if given else ''}{given}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return text
