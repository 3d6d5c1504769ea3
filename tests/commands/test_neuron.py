"""`cnncli neuron`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_options_it_shows_an_example(cli: Cli):
    result = cli("neuron")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "neuron.png"
    assert "1 / (1 + exp(-(-0.7))) = 0.331812" in result.out
    assert Path("neuron.png").read_bytes().startswith(b"\x89PNG")


def test_the_drawing_holds_the_numbers(cli: Cli):
    arguments = ["-x", "3,-4", "-w", "0.25,1.5", "-b", "-7.125", "-a", "tanh", "-o", "n.svg"]
    assert cli("neuron", *arguments).code == 0
    drawing = Path("n.svg").read_text()
    for text in ("x₁", "3", "-4", "w₁ = 0.25", "w₂ = 1.5", "bias b = -7.125"):
        assert f"<!-- {text} -->" in drawing


def test_the_drawing_says_the_same_output_as_the_text(cli: Cli):
    result = cli("neuron", "-x", "1", "-w", "10.445", "-o", "n.svg")
    assert "= 0.999971\n" in result.out and "<!-- 0.999971 -->" in Path("n.svg").read_text()


def test_the_curve_has_a_scale_and_leads_from_z_to_y(cli: Cli):
    cli("neuron", "-x", "2", "-w", "1", "-o", "n.svg")
    drawing = Path("n.svg").read_text()
    assert all(f"<!-- {text} -->" in drawing for text in ("z", "y", "0.0", "1.0", "−4", "4"))


def test_the_arithmetic_can_be_had_without_a_picture(cli: Cli):
    result = cli("neuron", "-x", "2", "-w", "1", "--no-picture")
    assert result.code == 0 and result.out.endswith("of sigmoid at z\n")
    assert not list(Path().iterdir())


def test_the_drawing_goes_to_a_pipe_alone(capfdbinary: pytest.CaptureFixture[bytes]):
    from cnncli.cli import main

    assert main(["neuron", "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")


def test_many_inputs_are_drawn_with_a_gap(cli: Cli):
    many = ",".join(["1"] * 300)
    assert cli("neuron", "-x", many, "-w", many, "-o", "n.svg").code == 0
    drawing = Path("n.svg").read_text()
    assert "293 more" in drawing and "x₃₀₀" in drawing and "x₁₀₀" not in drawing


def test_the_bias_is_zero_unless_given(cli: Cli):
    document = json.loads(cli("neuron", "-x", "2", "-w", "3", "-a", "linear", "--json").out)
    assert (document["bias"], document["output"]) == (0, 6)


def test_json_has_each_step_and_makes_no_picture(cli: Cli):
    result = cli("neuron", "-x", "1,2", "-w", "-2,3", "-b", "-1", "-a", "relu", "--json")
    document = json.loads(result.out)
    assert document["products"] == [-2, 6]
    assert (document["sum"], document["z"], document["output"]) == (4, 3, 3)
    assert document["activation"]["name"] == "relu"
    assert not list(Path().iterdir())


def test_a_function_of_vectors_says_what_is_shown(cli: Cli):
    result = cli("neuron", "-a", "softmax")
    assert result.code == 0
    assert "first output for the inputs (x, 0)" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json", "-o", "-"], "-o - and --json both want standard output"),
        (["--no-picture", "-o", "n.png"], "--no-picture draws nothing"),
        (["-x", "1,2", "-w", "0.5", "-1"], "Several numbers are one word: 0.5,-1,0.25"),
        (["-x", "1,2", "-w", "0.5", "-.5"], "Several numbers are one word"),
        (["-x", "1", "2", "-w", "0.5,1"], "Several numbers are one word"),
        (["-x", "1,2"], "--inputs and --weights go together"),
        (["-x", "1,2", "-w", "1"], "2 inputs, but 1 weight"),
        (["-x", "1,a", "-w", "1,2"], '--inputs: "a" is not a number'),
        (["-x", "", "-w", ""], "--inputs names no number"),
        (["-b", "x"], "Invalid value for '--bias'"),
        (["-b", "nan"], "--bias is a finite number"),
        (["-a", "rulu"], 'no activation function "rulu"'),
    ],
)
def test_wrong_usage_is_answered(cli: Cli, arguments: list[str], message: str):
    result = cli("neuron", *arguments)
    assert result.code == 2
    assert message in result.err and "Traceback" not in result.err
