"""The README cannot lie: its commands are run in order, in one folder, and their output compared.

In a ```console block, a line that begins with `$ ` is a command and what follows is its output as
it is piped; `...` stands for whatever is printed there. Commands without output must succeed.
Plain `cnncli` commands run in process, all others in bash.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cnncli.registry import COMMANDS
from tests.conftest import ROOT, Cli

# What sets up a machine, or needs what no test machine has.
NOT_RUN = re.compile(r"make |pip |\. \.venv|cnncli .*chest_xrays|unzip |export |_CNNCLI|brew |apt")


@dataclass
class Example:
    """A command of the README, and the output shown for it."""

    line: int
    command: str
    output: list[str] = field(default_factory=list)


def examples() -> Iterator[Example]:
    current: Example | None = None
    inside = False
    for number, line in enumerate((ROOT / "README.md").read_text("utf-8").splitlines(), start=1):
        if line.startswith("```"):
            inside = line == "```console"
            if current:
                yield current
            current = None
        elif row := re.match(r"\| `[a-z]+` \| `(cnncli .*)` \|$", line):
            yield Example(number, row[1])
        elif inside and line.startswith("$ "):
            if current:
                yield current
            current = Example(number, line.removeprefix("$ ").partition("  # ")[0].rstrip())
        elif inside and current and current.command.endswith("\\"):
            current.command = current.command.removesuffix("\\") + line.strip()
        elif inside and current:
            current.output.append(line)


def in_bash(command: str, folder: Path) -> tuple[int, str, str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_readme_has_an_example_of_every_command():
    shown = {example.command.split()[1] for example in examples() if "cnncli " in example.command}
    assert {entry.name for entry in COMMANDS} <= shown


@pytest.mark.tensorflow_process
def test_every_command_of_the_readme_does_what_it_shows(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    wrong, ran = [], 0
    for example in examples():
        if NOT_RUN.match(example.command):
            continue
        if example.command.startswith("cnncli ") and not re.search(r"[|<>&$*]", example.command):
            result = cli(*shlex.split(example.command, comments=True)[1:])
            code, out, err = result.code, result.out, result.err
        else:
            code, out, err = in_bash(example.command, tmp_path)
        ran += 1
        place = f"README.md:{example.line}: $ {example.command}"
        expected = "\n".join(example.output).strip()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if code != 0:
            wrong.append(f"{place}\nexit code {code}\n{err}")
        elif expected and not doctest.OutputChecker().check_output(expected, out, flags):
            wrong.append(f"{place}\nexpected\n{expected}\ngot\n{out}")
    assert ran > 20
    assert wrong == [], "\n\n".join(wrong)
