"""MODEL: what is no trained network is said at once, and no file of somebody's runs code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Cli


@pytest.mark.parametrize("command", ["evaluate", "predict"])
@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("lesson", "lesson is an architecture, not a trained network"),
        (".", "a folder without run.json"),
        ("nothing", "no such file or folder"),
        ("nothing", "the file of a network: .keras, .onnx, .tflite"),
    ],
)
def test_what_is_no_trained_network(
    cli: Cli, command: str, model: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    result = cli(command, model, "sample:mri")
    assert (result.code, result.out) == (1, "")
    assert said in result.err


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_class_that_runs_code_is_refused(cli: Cli, command: str, tmp_path: Path):
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1], "name": "in"}},
        {"class_name": "TFSMLayer", "config": {"filepath": str(tmp_path), "name": "theirs"}},
    ]
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": layers}}
    path = tmp_path / "theirs.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
    result = cli(command, path, "sample:digits")
    assert (result.code, result.out) == (1, "")
    assert "TFSMLayer" in result.err and "refused" in result.err
