"""`cnncli activations`, as a user types it."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path

import pytest

from cnncli.cli import main
from cnncli.teaching.functions import ALIASES, FUNCTIONS
from tests.conftest import Cli
from tests.terminal import terminal


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_arguments_it_draws_the_lessons_four(cli: Cli):
    result = cli("activations")
    assert (result.code, result.out, result.err) == (0, "activations.png\n", "")
    assert Path("activations.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("a.png", b"\x89PNG")]
)
def test_the_ending_chooses_the_format(cli: Cli, name: str, start: bytes):
    result = cli("activations", "relu", "tanh", "--overlay", "-o", name)
    assert (result.code, result.out, result.err) == (0, "", f"Wrote {name}\n")
    assert Path(name).read_bytes().startswith(start)


def test_nothing_is_overwritten_unasked(cli: Cli):
    assert [cli("activations").out for _ in range(2)] == [
        "activations.png\n",
        "activations-2.png\n",
    ]
    refused = cli("activations", "-o", "activations.png")
    assert refused.code == 2 and "activations.png exists" in refused.err
    assert cli("activations", "-o", "activations.png", "--force").code == 0


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.npz"])
def test_an_ending_that_is_no_format_is_refused(cli: Cli, name: str):
    result = cli("activations", "-o", name)
    assert result.code == 2
    assert "Formats: .png, .svg, .pdf" in result.err


def test_all_functions_are_drawn(cli: Cli):
    assert cli("activations", "--all", "-o", "a.svg").code == 0
    text = Path("a.svg").read_text()
    assert all(f"<!-- {name}" in text for name in FUNCTIONS)


def test_a_picture_says_what_is_in_it(cli: Cli):
    cli("activations", "leaky_relu:negative_slope=0.1", "softmax", "-o", "a.svg")
    text = Path("a.svg").read_text()
    for words in ("leaky_relu:negative_slope=0.1", "x if x &gt; 0, else 0.1·x", "inputs (x, 0)"):
        assert f"<!-- {words} -->" in text or words in text


def test_the_same_picture_has_the_same_bytes(cli: Cli):
    for name in ("a.svg", "b.svg"):
        cli("activations", "relu", "-o", name)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


def test_a_table_at_some_inputs_makes_no_picture(cli: Cli):
    result = cli("activations", "relu", "tanh", "--at", "-2,0,2")
    assert result.code == 0
    assert [line.split() for line in result.out.splitlines()] == [
        ["function", "x", "value", "derivative"],
        ["relu", "-2", "0", "0"],
        ["relu", "0", "0", "0"],
        ["relu", "2", "2", "1"],
        ["tanh", "-2", "-0.964028", "0.0706508"],
        ["tanh", "0", "0", "1"],
        ["tanh", "2", "0.964028", "0.0706508"],
    ]
    assert not list(Path().iterdir())


def test_csv_holds_the_curve(cli: Cli):
    rows = list(csv.DictReader(io.StringIO(cli("activations", "exponential", "--format=csv").out)))
    assert len(rows) == 201
    assert list(rows[0]) == ["function", "x", "value", "derivative"]
    assert (float(rows[0]["x"]), float(rows[-1]["x"])) == (-5, 5)
    for row in rows:
        assert float(row["value"]) == pytest.approx(math.exp(float(row["x"])), rel=1e-8)


@pytest.mark.parametrize(
    ("names", "reach"), [(["relu"], 5), (["relu6"], 8), (["relu:max_value=9", "tanh"], 12)]
)
def test_unless_told_it_reaches_as_far_as_the_corners(cli: Cli, names: list[str], reach: int):
    document = json.loads(cli("activations", *names, "--json").out)
    assert document["range"] == [-reach, reach]
    assert document["functions"][0]["points"][-1]["x"] == reach


def test_an_overlay_is_drawn_on_a_terminal_too():
    with terminal(80) as screen:
        assert main(["activations", "sigmoid", "tanh", "--overlay"]) == 0
    assert "a sigmoid" in screen.shown and "b tanh" in screen.shown
    assert screen.shown.rstrip().endswith("activations.png")


def test_json_has_all_numbers(cli: Cli):
    result = cli("activations", "sigmoid", "relu", "--json", "--range", "-4,4", "--at", "0 1")
    document = json.loads(result.out)
    assert document["range"] == [-4, 4]
    sigmoid, relu = document["functions"]
    assert sigmoid["name"] == "sigmoid"
    assert sigmoid["points"][0] == {"x": 0, "value": 0.5, "derivative": 0.25}
    assert relu["saturated"] == [[-4, 0]]
    assert relu["arguments"] == {"negative_slope": 0, "max_value": None, "threshold": 0}


def test_numbers_that_are_none_are_null(cli: Cli):
    document = json.loads(cli("activations", "exponential", "--at", "1000", "--json").out)
    assert document["functions"][0]["points"][0]["value"] is None


def test_the_help_names_every_function(cli: Cli):
    words = set(re.findall(r"\w+", cli("activations", "--help").out))
    assert set(FUNCTIONS) | set(ALIASES) <= words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rleu"], 'there is no activation function "rleu"'),
        (["--range", "5,-5"], "--range is two numbers, the lower one first"),
        (["--range", "1"], "--range is two numbers"),
        (["--range", "a,b"], '--range: "a" is not a number'),
        (["--range", "-1e308,1e308"], "--range goes no further than -1e+06,1e+06"),
        (["--at", "1,x"], '--at: "x" is not a number'),
        (["--at", "inf"], '--at: "inf" is not a number'),
        (["--at", ","], "--at names no number"),
        (["--format", "xml"], '--format is csv, not "xml"'),
        (["--json", "-o", "-"], "-o - and --json both want standard output"),
        (["--at", "1", "-o", "-"], "-o - and --at both want standard output"),
        (["--all", "relu"], "--all stands for every function"),
    ],
)
def test_wrong_usage_is_answered(cli: Cli, arguments: list[str], message: str):
    result = cli("activations", *arguments)
    assert result.code == 2
    assert message in result.err and "Traceback" not in result.err
    assert result.out == ""
