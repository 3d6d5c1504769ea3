"""Schedules counted in epochs mean the same whatever the size of a batch."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.conftest import Cli

RATE = "{PiecewiseConstantDecay: {boundaries_epochs: [1, 2], values: [0.03, 0.02, 0.01]}}"


@pytest.mark.parametrize("batch", [5, 16])
def test_a_boundary_in_epochs_is_one_with_any_batch(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, batch: int
) -> None:
    run = tmp_path / "run"
    optimizer = f"{{SGD: {{learning_rate: {RATE}}}}}"
    command = ["train", images, "--arch", tiny, "--out", run, "--epochs", "3"]
    more = ["--batch-size", str(batch), "--set", f"training.optimizer={optimizer}"]
    assert cli(*command, *more).code == 0
    with (run / "history.csv").open(newline="") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    # The rate behind the last step of an epoch is still that of the epoch: a boundary is included.
    assert rates == pytest.approx([0.03, 0.02, 0.01])
    assert "boundaries_epochs: [1, 2]" in (run / "spec.yaml").read_text()
