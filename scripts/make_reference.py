"""Write docs/commands.md: the help text of every command, as `cnncli COMMAND --help` prints it."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

from cnncli.cli import main
from cnncli.registry import COMMANDS

TARGET = Path(__file__).parent.parent / "docs" / "commands.md"
HEAD = """# The commands of cnncli

Written by `make docs` from the help texts; `cnncli COMMAND --help` prints the same.
"""


def help_text(*command: str) -> str:
    """Return what `cnncli COMMAND --help` prints at 80 columns."""
    os.environ["COLUMNS"] = "80"
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        main([*command, "--help"])
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [HEAD, f"```text\n{help_text()}\n```\n"]
    for entry in COMMANDS:
        parts.append(f"## cnncli {entry.name}\n\n```text\n{help_text(entry.name)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
