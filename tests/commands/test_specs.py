"""list, show, new, validate and schema, as a user types them."""

from __future__ import annotations

import io
import json
import sys

import pytest

from cnncli.spec.shipped import names
from tests.conftest import Cli

WRONG = "input: [8, 8, 1]\nlayers:\n  - Conv2D: {filter: 8, kernel_size: 3}\n  - Dens\n"


def test_list_names_every_shipped_spec(cli: Cli):
    result = cli("list")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()[1:]] == names()
    assert [entry["name"] for entry in json.loads(cli("list", "--json").out)] == names()


def test_show_prints_the_file_and_resolved_the_flat_spec(cli: Cli, tmp_path):
    assert "# The CNN of the Carpentries lesson" in cli("show").out
    flat = cli("show", "resnet18", "--resolved", "-p", "classes=5").out
    assert "blocks:" not in flat and "$" not in flat and "units: 5" in flat
    file = tmp_path / "flat.yaml"
    file.write_text(flat)
    assert cli("validate", file).code == 0
    assert cli("show", file, "--resolved").out == flat


def test_show_writes_what_set_changes(cli: Cli):
    out = cli("show", "--set", "layers[0].filters=16").out
    assert "- Conv2D: {filters: 16, kernel_size: 3" in out


def test_validate_reports_all_errors_and_exits_with_2(cli: Cli, tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("input: [3]\nlayers: [ReLU]\n")
    bad.write_text(WRONG)
    result = cli("validate", good, bad, tmp_path / "none.yaml", tmp_path)
    assert result.code == 2
    assert f'{bad}:3:14: error: Conv2D has no argument "filter"' in result.out
    assert f'{bad}:4:5: error: Keras has no layer "Dens"' in result.out
    assert f"{tmp_path / 'none.yaml'}: error: no such file" in result.out
    assert result.err == "4 files: 4 errors.\n"


def test_validate_speaks_json_and_github(cli: Cli, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(WRONG)
    problems = json.loads(cli("validate", bad, "--json").out)
    assert problems[0] == {
        "file": str(bad),
        "line": 3,
        "column": 14,
        "severity": "error",
        "message": 'Conv2D has no argument "filter"',
        "hint": 'did you mean "filters"?',
    }
    lines = cli("validate", bad, "--format", "github").out.splitlines()
    assert lines[1].startswith(f"::error file={bad},line=4,col=5::Keras has no layer")


def test_validate_reads_standard_input_and_warns_without_failing(cli: Cli, monkeypatch):
    text = b"params: {a: 1}\ninput: [3]\nlayers: [ReLU]\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    result = cli("validate", "-")
    assert result.code == 0
    assert '<stdin>:1:10: warning: the parameter "a" is not used' in result.out


def test_validate_build_reports_shapes_at_their_line(cli: Cli, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("input: [4, 4, 1]\nlayers:\n  - Conv2D: {filters: 1, kernel_size: 5}\n")
    assert cli("validate", file).code == 0
    result = cli("validate", "--build", file)
    assert result.code == 2
    assert f"{file}:3:5: error:" in result.out


def test_validate_build_tells_where_nothing_is_left_to_train(cli: Cli, tmp_path):
    file = tmp_path / "x.yaml"
    phases = "[{epochs: 1}, {epochs: 1, freeze: dense}]"
    file.write_text(f"input: [4]\nlayers: [Dense: {{units: 1}}]\ntraining: {{phases: {phases}}}\n")
    assert cli("validate", file).code == 0
    result = cli("validate", "--build", file)
    assert result.code == 2
    assert f"{file}:3:1: error: freeze: no layer is left to train" in result.out


@pytest.mark.parametrize("name", [None, *names()])
def test_what_new_writes_is_a_spec(cli: Cli, tmp_path, name):
    file = tmp_path / "mine.yaml"
    given = [] if name is None else ["--from", name]
    assert cli("new", file, *given).code == 0
    assert cli("validate", file).out == ""
    assert "name: mine\n" in file.read_text()
    assert "#" in file.read_text()


def test_new_says_how_to_go_on_with_the_file_that_it_writes(cli: Cli, tmp_path):
    file = tmp_path / "mine.yml"
    assert f"cnncli summary {file}" in cli("new", file).err
    assert f"cnncli summary {file}\n" in file.read_text()
    printed = cli("new", "-").out
    assert "cnncli summary model.yaml\n" in printed and "name: model\n" in printed


@pytest.mark.parametrize(("name", "said"), [("", "FILE is an empty name"), (".", ". is a folder")])
def test_new_needs_the_name_of_a_file(cli: Cli, name, said):
    result = cli("new", name)
    assert result.code == 2
    assert said in result.err and "-o" not in result.err
    assert "cnncli new model.yaml" in result.err


def test_new_overwrites_only_by_force(cli: Cli, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    assert cli("new", file).code == 2
    assert file.read_text() == "mine"
    assert cli("new", file, "--force").code == 0
    assert cli("new", tmp_path / "none" / "a.yaml").code == 1


def test_schema_is_json_and_can_be_written(cli: Cli, tmp_path):
    printed = json.loads(cli("schema").out)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    file = tmp_path / "cnncli.schema.json"
    result = cli("schema", "-o", file)
    assert "# yaml-language-server: $schema=cnncli.schema.json" in result.err
    assert json.loads(file.read_text()) == printed


def test_validate_build_warns_of_a_network_that_does_not_fit_into_memory(cli: Cli, tmp_path):
    file = tmp_path / "huge.yaml"
    file.write_text(
        "input: [8, 8, 1]\npreprocess: rescale\nlayers:\n  - UpSampling2D: {size: 30000}\n"
        "  - GlobalAveragePooling2D\n  - Dense: {units: 2, activation: softmax}\n"
    )
    result = cli("validate", "--build", file)
    assert result.code == 0
    assert 'the result of its layer "up_sampling2d", for batches of 32, would take' in result.out
