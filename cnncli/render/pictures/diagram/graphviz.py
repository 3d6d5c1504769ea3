"""Graphviz, where it is installed, for its own layout."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cnncli.errors import ModelError

HINT = (
    "Install Graphviz (apt install graphviz, brew install graphviz), or leave out "
    "--layout graphviz: cnncli draws without it."
)


def draw(dot: str, path: Path, suffix: str) -> None:
    """Let Graphviz draw `dot` into `path` as ".svg", ".png" or ".pdf".

    Raises ModelError where Graphviz is not installed or fails.
    """
    program = shutil.which("dot")
    if program is None:
        raise ModelError("Graphviz is not installed: there is no program `dot`", hint=HINT)
    done = subprocess.run(
        [program, f"-T{suffix[1:]}", "-o", str(path)],
        input=dot.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ModelError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()}")
