"""The rules of the house: imports run one way, nothing heavy at start-up, every command helps."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from cnncli.registry import COMMANDS, Entry
from tests.conftest import ROOT, Cli

# The floors of the house, from top to bottom: a module imports from its own room or from a floor
# further down.
FLOORS = (
    ("cli",),
    ("commands",),
    ("render",),
    ("exporters",),
    ("evaluation",),
    ("training",),
    ("runs", "metrics", "data"),
    ("facts", "importers", "teaching"),
    ("network",),
    ("spec", "images"),
    ("cache", "completion", "console", "errors", "files", "json_text", "registry", "words"),
)
# Rooms that import another one of their own floor, and why they may.
NEIGHBOURS: dict[tuple[str, str], str] = {
    ("runs", "metrics"): "two runs side by side are told apart by a paired test",
}
GROUND = set(FLOORS[-1])
# What talks to people and loads on use serves the rooms that may do so, and no other.
SERVICES = {
    "console": {"cli", "commands", "render"},
    "registry": {"cli", "commands", "render"},
    "completion": {"cli", "commands"},
}
HEAVY = {"tensorflow", "keras", "numpy", "matplotlib", "cv2", "sklearn", "scipy", "PIL", "rich"}


def _files() -> dict[str, Path]:
    """Return the file of each module, by the module's name."""
    files = {}
    for path in sorted((ROOT / "cnncli").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        files[".".join(parts).removesuffix(".__init__")] = path
    return files


def _imports() -> Iterator[tuple[str, str]]:
    """Yield (module, imported module) for each import of cnncli by cnncli, wherever it stands.

    Imports inside functions and for the type checker count as well.
    """
    files = _files()
    for module, path in files.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[tuple[str, str]] = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [(f"{node.module}.{alias.name}", node.module) for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [(alias.name, alias.name) for alias in node.names]
            for name, parent in names:
                target = name if name in files else parent
                if target.partition(".")[0] == "cnncli":
                    yield module, target


def _rooms() -> Iterator[tuple[str, str, str]]:
    """Yield (module, its room, the room that it imports from), where the rooms differ."""
    for module, target in _imports():
        room, other = (name.split(".")[1:2] for name in (module, target))
        if room and other and room != other:
            yield module, room[0], other[0]


def test_every_room_stands_on_a_floor():
    rooms = {module.split(".")[1] for module in _files() if "." in module}
    assert rooms - {"__main__", "_version"} == {room for floor in FLOORS for room in floor}


def test_imports_run_one_way():
    height = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    wrong = [
        f"{module} imports {other}"
        for module, room, other in _rooms()
        if room in height and other in height and height[other] <= height[room]
        if (room, other) not in NEIGHBOURS and not {room, other} <= GROUND
    ]
    assert wrong == []


def test_neighbours_that_may_import_each_other_do():
    assert set(NEIGHBOURS) <= {(room, other) for _, room, other in _rooms()}


def test_no_circles_between_files():
    graph: dict[str, set[str]] = {}
    for module, target in _imports():
        if module != target:
            graph.setdefault(module, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_within_imports_the_package_as_a_whole():
    assert [module for module, target in _imports() if target == "cnncli"] == []


def test_console_and_registry_serve_only_who_may_talk():
    wrong = [
        f"{module} imports {other}"
        for module, room, other in _rooms()
        if other in SERVICES and room not in {*SERVICES[other], "__main__"}
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
