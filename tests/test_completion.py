"""Shell completion, as bash asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


def complete(line: str, folder: Path) -> list[str]:
    """Return what bash is offered when Tab is pressed at the end of `line`."""
    (folder / "cnncli").write_text(f'#!/bin/sh\nexec {sys.executable} -m cnncli "$@"\n')
    (folder / "cnncli").chmod(0o755)
    script = f"""
        source <(cnncli --show-completion bash)
        COMP_LINE={line!r} COMP_POINT={len(line)}
        _cnncli_completion cnncli
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cnncli summ", "summary"),
        ("cnncli summary less", "lesson"),
        ("cnncli summary app", "applications:"),
        # Bash keeps what stands before the colon: only the rest may be given back.
        ("cnncli summary applications:MobileNetV2", "MobileNetV2"),
        ("cnncli summary lesson --js", "--json"),
    ],
)
def test_bash_completes(line: str, offered: str, tmp_path: Path):
    assert offered in complete(line, tmp_path)
