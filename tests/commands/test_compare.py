"""`cnncli compare`: totals side by side, and what differs from layer to layer."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.commands.terminal import ESCAPE, on_terminal
from tests.conftest import Cli

SMALL = """\
input: [16, 16, 1]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
  - MaxPool2D
  - Flatten
  - Dense: {units: 10}
"""
DEEPER = """\
input: [16, 16, 1]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
  - BatchNormalization
  - MaxPool2D
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: 10}
"""


@pytest.fixture
def specs(tmp_path: Path) -> tuple[Path, Path]:
    small, deeper = tmp_path / "small.yaml", tmp_path / "deeper.yaml"
    small.write_text(SMALL)
    deeper.write_text(DEEPER)
    return small, deeper


def test_the_exercise_of_the_lesson_changes_one_layer_and_affects_two(cli: Cli):
    result = cli("compare", "lesson", "--with", "layers[0].filters=16", "--json")
    document = json.loads(result.out)
    assert [n["total_params"] for n in document["networks"]] == [54627, 55283]
    (difference,) = document["differences"]
    rows = [(row["change"], row["name"][1], row["params"]) for row in difference["layers"]]
    assert rows == [
        ("changed", "conv2d", [80, 160]),
        ("affected", "max_pooling2d", [0, 0]),
        ("affected", "conv2d_1", [584, 1160]),
    ]
    changed = difference["layers"][0]
    assert changed["arguments"] == {"filters": [8, 16]}
    assert changed["output_shape"] == [[None, 256, 256, 8], [None, 256, 256, 16]]
    assert changed["macs"] == [4718592, 2 * 4718592]


def test_an_argument_that_is_left_out_is_told_with_its_default(cli: Cli):
    out = cli("compare", "lesson", "--with", "layers[0].activation=null").out
    assert "activation relu → linear (default)" in out
    back = cli("compare", "lesson", "--with", "layers[0].strides=2").out
    assert "strides [1, 1] (default) → [2, 2]" in back


def test_its_table_says_the_same_to_a_person(cli: Cli):
    out = cli("compare", "lesson", "--with", "layers[0].filters=16").out
    for said in ("55,283 (+1.2 %)", "filters 8 → 16", "(None, 256, 256, 8→16)", "584 → 1,160"):
        assert said in out


def test_two_files_are_matched_by_what_their_layers_are(cli: Cli, specs):
    document = json.loads(cli("compare", *specs, "--json").out)
    rows = [
        (row["change"], next(kind for kind in row["type"] if kind))
        for row in document["differences"][0]["layers"]
    ]
    assert rows == [
        ("added", "BatchNormalization"),
        ("removed", "Flatten"),
        ("added", "Conv2D"),
        ("added", "GlobalAveragePooling2D"),
        ("affected", "Dense"),
    ]


def test_parameters_of_the_rows_come_to_the_difference_of_the_totals(cli: Cli, specs):
    document = json.loads(cli("compare", *specs, "--json").out)
    small, deeper = (network["total_params"] for network in document["networks"])
    rows = document["differences"][0]["layers"]
    assert sum((r["params"][1] or 0) - (r["params"][0] or 0) for r in rows) == deeper - small


def test_equal_networks_differ_in_nothing(cli: Cli, specs):
    result = cli("compare", specs[0], specs[0])
    assert result.code == 0
    assert "no layer differs" in result.out


def test_several_copies_are_each_compared_with_the_first(cli: Cli, specs):
    changes = ["layers[0].filters=5", "layers[3].units=2"]
    document = json.loads(cli("compare", specs[0], *_with(changes), "--json").out)
    assert len(document["networks"]) == 3
    assert [d["layers"][0]["arguments"] for d in document["differences"]] == [
        {"filters": [4, 5]},
        {"units": [10, 2]},
    ]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_terminal_too_narrow_for_all_networks_shows_them_below_each_other(cli: Cli, columns):
    filters = [f"layers[0].filters={count}" for count in (16, 24, 32)]
    argv = ["compare", "lesson", *_with(filters)]
    piped = cli(*argv).out
    shown = ESCAPE.sub("", on_terminal(columns, *argv))
    assert max(map(len, shown.splitlines())) <= columns
    totals = next(line for line in piped.splitlines() if line.startswith("Total params"))
    rows = " ".join(line for line in shown.splitlines() if line.startswith("Total params"))
    for cell in totals.removeprefix("Total params").split("  "):
        assert cell.strip() in rows


def _with(changes):
    return [part for change in changes for part in ("--with", change)]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "nothing to compare"),
        (("lesson",), "nothing to compare"),
        (("lesson", "--with", "filters"), "PATH=VALUE"),
        (("lesson", "nothing-of-that-name"), "nothing-of-that-name"),
    ],
)
def test_wrong_usage_is_one_clear_message(cli: Cli, argv, said: str):
    result = cli("compare", *argv)
    assert result.code == 2
    assert said in result.err and "Traceback" not in result.err


def test_several_changes_in_one_copy_are_piped_in(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = cli(
        "show", "lesson", "--set", "layers[0].filters=16", "--set", "layers[1].pool_size=4"
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(changed.out.encode())))
    found = json.loads(cli("compare", "lesson", "-", "--json").out)["differences"]
    assert len(found) == 1
    kinds = {layer["name"][0]: layer["change"] for layer in found[0]["layers"]}
    assert kinds["conv2d"] == kinds["max_pooling2d"] == "changed"
