"""The rules of the house: imports run one way, nothing heavy at start-up, every command helps."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cnncli.registry import COMMANDS, Entry
from tests.conftest import ROOT, Cli

# A module imports from its own room or from one further down, never up and never sideways.
FLOORS = {
    "cli": 0,
    "commands": 1,
    "render": 2,
    "exporters": 2,
    "explain": 2,
    "teaching": 2,
    "training": 3,
    "network": 4,
    "data": 4,
    "spec": 5,
    "images": 5,
    "errors": 7,
    "cache": 6,
    "files": 7,
    "json_text": 7,
    "words": 7,
}
# What talks to people and loads on use serves the rooms that may do so, and no other.
SERVICES = {
    "console": {"cli", "commands", "render"},
    "registry": {"cli", "commands", "render"},
    "completion": {"cli", "commands"},
}
HEAVY = {"tensorflow", "keras", "numpy", "matplotlib", "cv2", "sklearn", "scipy", "PIL", "rich"}


def _imports() -> Iterator[tuple[str, str, str]]:
    """Yield (file, room, imported room) for each import of cnncli by cnncli."""
    for path in sorted((ROOT / "cnncli").rglob("*.py")):
        relative = path.relative_to(ROOT / "cnncli")
        room = relative.parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                parts = name.split(".")
                if parts[0] == "cnncli" and len(parts) > 1:
                    yield str(relative), room, parts[1]


def test_imports_run_one_way():
    wrong = [
        f"{file} imports {target}"
        for file, room, target in _imports()
        if room in FLOORS and target in FLOORS and room != target
        if FLOORS[target] <= FLOORS[room]
    ]
    assert wrong == []


def test_console_and_registry_serve_only_who_may_talk():
    wrong = [
        f"{file} imports {target}"
        for file, room, target in _imports()
        if target in SERVICES and room in FLOORS and room not in SERVICES[target]
    ]
    assert wrong == []


def test_the_command_line_loads_nothing_heavy():
    code = (
        "import sys, cnncli.cli as cli; cli.main(['--help']); "
        "print(*[entry.load() and '' for entry in cli.COMMANDS]); "
        f"print('HEAVY', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "HEAVY"


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_every_command_has_a_help_text_that_ends_with_examples(cli: Cli, name: str):
    result = cli(name, "--help")
    assert result.code == 0
    assert f"cnncli {name}" in result.out.partition("Usage:")[2].partition("\n")[2]


def test_the_command_reference_is_current():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from make_reference import TARGET, reference
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    assert TARGET.read_text(encoding="utf-8") == reference(), "stale: run `make docs`"


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_examples_in_a_help_text_fit_a_terminal_of_80_columns(entry: Entry):
    # Click lays out all of a help text but the examples, which it leaves as they are.
    lines = inspect.cleandoc(entry.load().__doc__ or "").splitlines()
    assert not [line for line in lines if line.startswith("  ") and len(line) > 78]
