"""`cnncli export RUN`: what was trained, not the network as it began."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cli


def test_the_keras_model_of_a_run_is_the_trained_one(cli: Cli, trained: Path, tmp_path: Path):
    assert cli("export", trained, "-o", tmp_path / "out.keras").code == 0
    assert (tmp_path / "out.keras").read_bytes() == (trained / "model.keras").read_bytes()


def test_a_run_cannot_be_changed_on_the_way(cli: Cli, trained: Path, tmp_path: Path):
    result = cli("export", trained, "-o", tmp_path / "out.keras", "--set", "seed=3")
    assert (result.code, list(tmp_path.iterdir())) == (2, [])
    assert "was trained as it is" in result.err


def test_code_of_a_run_says_where_its_weights_are(cli: Cli, trained: Path):
    result = cli("export", trained)
    assert result.code == 0 and "Conv2D" in result.out
    assert f"{trained}/model.keras" in result.err
