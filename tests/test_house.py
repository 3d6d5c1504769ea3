"""The rules of the house: imports run one way, nothing heavy at start-up, every command helps."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

from cnncli.registry import COMMANDS, Entry
from tests.conftest import ROOT, Cli

# The floors of the house, from top to bottom: a module imports from its own room or from a floor
# further down.
FLOORS = (
    ("cli",),
    ("commands",),
    ("render",),
    ("reporting",),
    ("explain", "exporters", "tuning"),
    ("evaluation",),
    ("training",),
    ("runs", "metrics", "data"),
    ("facts", "importers", "teaching"),
    ("network",),
    ("pretrained",),
    ("spec", "images"),
    (
        "cache",
        "completion",
        "console",
        "csv_text",
        "entry",
        "errors",
        "extras",
        "files",
        "journal",
        "json_text",
        "keras_archive",
        "letters",
        "process",
        "registry",
        "visible",
        "words",
    ),
)
# Rooms that import another one of their own floor, and why they may.
NEIGHBOURS: dict[tuple[str, str], str] = {
    ("data", "metrics"): "how sure it is that a property of the files tells the classes apart",
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


def _functions() -> Iterator[tuple[str, str, int]]:
    """Yield (module, function, its lines) for each function of cnncli."""
    for module, path in _files().items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield module, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_300_lines():
    lengths = {m: len(path.read_text("utf-8").splitlines()) for m, path in _files().items()}
    assert {module: length for module, length in lengths.items() if length > 300} == {}


def test_no_function_but_the_signature_of_a_command_is_longer_than_60_lines():
    commands = {entry.target for entry in COMMANDS}
    long = [
        f"{module}:{name} has {lines} lines"
        for module, name, lines in _functions()
        if lines > 60 and f"{module}:{name}" not in commands
    ]
    assert long == []


def test_half_of_all_functions_have_8_lines_at_most():
    assert median(lines for _, _, lines in _functions()) <= 8


def test_nothing_within_imports_the_package_as_a_whole():
    assert [module for module, target in _imports() if target == "cnncli"] == []


# Who may know each of the libraries that show something, at run time.
SHOWING = {
    "rich": ("cnncli.render.terminal", "cnncli.console"),
    "matplotlib": ("cnncli.render.pictures",),
    "html": ("cnncli.render.pages",),
}


@pytest.mark.parametrize("library", SHOWING)
def test_what_shows_is_known_where_it_is_shown(library: str):
    wrong = [
        module
        for module, path in _files().items()
        if not module.startswith(SHOWING[library])
        if library in _libraries(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert wrong == []


def _libraries(tree: ast.AST) -> set[str]:
    """Return what is imported at run time, by the first part of its name."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            found |= _libraries(node)
    return found


def test_console_and_registry_serve_only_who_may_talk():
    wrong = [
        f"{module} imports {other}"
        for module, room, other in _rooms()
        if other in SERVICES and room not in {*SERVICES[other], "__main__"}
    ]
    assert wrong == []


def test_tests_stand_in_the_rooms_of_what_they_test():
    folders = {path.parent.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")}
    assert [str(each) for each in sorted(folders) if not (ROOT / "cnncli" / each).is_dir()] == []


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
