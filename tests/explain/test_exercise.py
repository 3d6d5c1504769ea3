"""The exercise of docs/explanations.md: a network that has learnt a shortcut is found out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli

METHODS = ("-m", "grad-cam", "-m", "occlusion")


@pytest.mark.slow
def test_a_network_that_has_learnt_the_shortcut_is_found_out(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> list[Any]:
        result = cli(*words, "--json")
        assert result.code == 0, result.err
        if words[0] == "explain":
            return json.loads(result.out.splitlines()[-1])["truth"]  # type: ignore[no-any-return]
        return [json.loads(result.out)]

    run("samples", "blobs", "marked", "--shortcut", "--faint")
    run("samples", "blobs", "unmarked", "--faint", "--seed", "1")
    run("train", "marked", "--arch", "blobs", "--out", "clever")
    assert run("evaluate", "clever")[0]["accuracy"] >= 0.97
    assert run("evaluate", "clever", "unmarked")[0]["accuracy"] <= 0.6
    for found in run("explain", "clever", "marked", *METHODS, "--truth", "marked/truth.csv"):
        assert found["pointing"] <= 0.05 and found["lift"] < 2
    for found in run("explain", "clever", "marked", *METHODS, "--truth", "marked/marks.csv"):
        assert found["pointing"] >= 0.95 and found["lift"] > 5
    run("train", "unmarked", "--arch", "blobs", "--epochs", "8", "--out", "honest")
    assert run("evaluate", "honest")[0]["accuracy"] >= 0.9
    for found in run("explain", "honest", "unmarked", *METHODS, "--truth", "unmarked/truth.csv"):
        assert found["pointing"] >= 0.95 and found["lift"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("cause", ["blob", "texture", "colour"])
def test_the_architecture_blobs_learns_each_cause(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("samples", "blobs", "known", "--cause", cause).code == 0
    size = ("-p", "input_shape=[48,48,3]") if cause == "colour" else ()
    result = cli("train", "known", "--arch", "blobs", *size, "--out", "run", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["test"]["accuracy"] >= 0.97
