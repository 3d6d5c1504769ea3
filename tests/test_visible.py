"""Names from elsewhere are shown and never obeyed, by every command."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer import Typer
from typer import main as typer_main

from cnncli.images.reader import shown_name
from cnncli.registry import COMMANDS
from cnncli.visible import LINES, UNSEEN, visible
from tests.conftest import Cli
from tests.terminal import terminal

EVIL = "a\x1b[31mb\x9b2Jc\x7fd\u202ee"
SHOWN = r"a\x1b[31mb\x9b2Jc\x7fd\u202ee"
SPEC = """\
name: {name}
description: {name}
input: [8, 8, 1]
layers:
  - Flatten
  - Dense: {{units: 2, activation: softmax, name: {name}}}
"""


def unseen(text: str) -> set[str]:
    return {each for each in UNSEEN.findall(text) if each not in LINES}


def test_what_is_written_out() -> None:
    assert visible(EVIL) == SHOWN
    assert visible("two\nlines\t", keep=LINES) == "two\nlines\t"
    assert visible("two\nlines\t") == r"two\nlines\t"
    assert visible(os.fsdecode(b"\xff.png")) == r"\xff.png"
    assert visible("Größe 寸法 🙂 גודל") == "Größe 寸法 🙂 גודל"
    assert visible(visible(EVIL)) == visible(EVIL)


@pytest.mark.parametrize(
    "arguments",
    [
        ["summary", "no\nsuch"],
        ["summary", "lesson", "-p", "no\nsuch=3"],
        ["summary", "lesson", "--set", "no\nsuch=3"],
        ["runs", "no\nsuch"],
        ["features", "lesson", "sample:mri", "--layer", "no\nsuch"],
        ["diagram", "-o", "no/such\n.svg"],
    ],
)
def test_a_line_end_in_a_name_ends_no_line_of_an_error(cli: Cli, arguments: list[str]) -> None:
    result = cli(*arguments)
    assert result.code in (1, 2)
    assert r"\n" in result.err.splitlines()[0] and "no\nsuch" not in result.err


def test_a_line_end_in_a_spec_ends_no_line_of_a_problem(cli: Cli, tmp_path: Path) -> None:
    spec = tmp_path / "a\nb.yaml"
    spec.write_text('input: [4]\nlayers:\n  - Dense: {"uni\\nts": 2}\n  - "Den\\nse"\n')
    result = cli("validate", str(spec))
    problems = [line for line in result.out.splitlines() if ": error: " in line]
    assert len(problems) == 2 and all(r"a\nb.yaml" in line for line in problems)
    assert r'"uni\nts"' in problems[0] and r'"Den\nse"' in problems[1]


def test_no_two_names_look_the_same() -> None:
    names = [b"\xff.png", rb"\xff.png", rb"\\xff.png", b"\n", rb"\n", b"a\\b"]
    assert len({shown_name(name) for name in names}) == len(names)
    assert shown_name(b"a\\b") == "a\\b"


def _calls() -> list[list[str]]:
    """Return each command with its arguments, and with each of its options, of evil words."""
    calls = []
    for entry in COMMANDS:
        app = Typer()
        app.command()(entry.load())
        parameters = typer_main.get_command(app).params
        needed = [EVIL for each in parameters if each.param_type_name == "argument"]
        calls += [[entry.name, *needed], [entry.name, f"--{EVIL}"]]
        for each in parameters:
            if each.param_type_name == "option" and not each.is_flag:
                calls.append([entry.name, *needed, each.opts[0], EVIL])
    return calls


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_what_is_typed_comes_back_shown(
    name: str, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in _calls():
        if call[0] == name:
            result = cli(*call)
            assert not unseen(result.out + result.err), call
            assert "Traceback" not in result.err, (call, result.err)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "evil.yaml"
    path.write_text(SPEC.format(name=json.dumps(EVIL)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "line",
    [
        "show {spec}",
        "validate {spec}",
        "validate {spec} --build",
        "summary {spec}",
        "summary {spec} --json",
        "summary {spec} --format csv",
        "summary {spec} --format markdown",
        "summary {spec} --format html",
        "summary {spec} --format keras",
        "compare {spec} lesson",
        "export {spec}",
        "features {spec} sample:digits/3 -o maps.png",
        "features {spec} sample:digits/3 --layer none",
        "diagram {spec} -o -",
        "data {images}",
        "data {images} --json",
        "predict {images} {images}",
    ],
)
def test_names_in_files_are_shown_on_a_terminal(
    line: str, spec: Path, images: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    shutil.copytree(images / "left", data / EVIL)
    shutil.copytree(images / "right", data / "right")
    (data / EVIL / "000.png").rename(data / EVIL / f"{EVIL}.png")
    (data / EVIL / "001.png").write_text("none")
    from cnncli.cli import main

    with terminal(100) as screen:
        main([word.format(spec=spec, images=data) for word in line.split()])
    assert not unseen(screen.shown.replace("\r", ""))
    assert not unseen(cli(*line.format(spec=spec, images=data).split()).err)


def test_exact_formats_keep_their_values(
    spec: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    result = cli("summary", spec, "--json")
    if result.code == 2:  # such a name is refused
        assert SHOWN in result.err
        return
    assert EVIL not in result.out
    assert json.loads(result.out)["name"] == EVIL


def test_a_drawing_of_such_names_is_well_formed(tmp_path: Path, spec: Path, cli: Cli) -> None:
    drawn = tmp_path / "a.svg"
    if cli("diagram", spec, "-o", drawn).code == 0:
        ElementTree.parse(drawn)
        assert not unseen(drawn.read_text(encoding="utf-8"))


@pytest.mark.parametrize("dumb", [True, False])
def test_a_terminal_that_says_its_width_is_0_is_told_everything(
    dumb: bool, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnncli.cli import main

    monkeypatch.setenv("TERM", "dumb" if dumb else "xterm")
    for stream, said in (("stdout", "Total params: 54,627"), ("stderr", "no such file")):
        with terminal(0, stream) as screen:
            main(["summary", "lesson" if stream == "stdout" else "none.yaml"])
        assert said in screen.shown
        lines = screen.shown.splitlines()
        assert max(map(len, lines)) <= 80


def test_a_dumb_terminal_gets_plain_lines(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncli import console
    from cnncli.cli import main

    monkeypatch.setenv("TERM", "dumb")
    with terminal(80) as screen:
        main(["summary"])
    assert "\x1b" not in screen.raw
    with terminal(80, "stderr") as screen, console.status("Working"):
        console.warn("Careful.")
    assert screen.raw == "warning: Careful.\n"
