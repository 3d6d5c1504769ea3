"""The Python API: the same answers as the command line, without it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import cnncli
from cnncli.errors import ModelError, SpecError, UsageError
from tests.conftest import ROOT, Cli


def test_load_spec_reads_a_shipped_architecture_with_its_params():
    spec = cnncli.load_spec("lesson", {"dropout_rate": 0.3})
    assert spec.name == "lesson"
    assert spec.params["dropout_rate"] == 0.3


def test_build_gives_the_keras_model_of_the_lesson():
    model = cnncli.build("lesson")
    assert model.count_params() == 54_627
    assert model.output_shape == (None, 1)


def test_build_and_summarize_take_a_spec():
    spec = cnncli.load_spec("lesson", {"input_shape": [64, 64, 3]})
    assert cnncli.build(spec).input_shape == (None, 64, 64, 3)
    assert cnncli.summarize(spec).total_params == 54_627 + 2 * 9 * 8


def test_summarize_says_what_the_command_says(cli: Cli):
    summary = cnncli.summarize("lenet5")
    document = json.loads(cli("summary", "lenet5", "--json").out)
    assert summary.total_params == document["total_params"] == 61_706
    assert [layer.name for layer in summary.layers] == [row["name"] for row in document["layers"]]


def test_faults_are_exceptions_with_a_base_of_their_own(tmp_path):
    (tmp_path / "bad.yaml").write_text("input: [8, 8, 1]\nlayers: [Konv2D]\n")
    with pytest.raises(SpecError) as caught:
        cnncli.load_spec(str(tmp_path / "bad.yaml"))
    assert caught.value.problems[0].line == 2
    with pytest.raises(UsageError):
        cnncli.load_spec("no-such-network")
    with pytest.raises(ModelError, match="has no spec"):
        cnncli.load_spec("applications:ResNet50")


def test_importing_the_package_loads_nothing_but_its_version():
    code = "import sys; import cnncli; print([m for m in sys.modules if m.startswith('cnncli.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "['cnncli._version']"
