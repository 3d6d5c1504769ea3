"""`evaluate MODEL MODEL... --on`: several networks on the same images."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from scipy.stats import binomtest

from cnncli.cli import main
from tests.conftest import Cli
from tests.trained_runs import TINY


@pytest.fixture(scope="module")
def weak(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has hardly learnt."""
    folder = tmp_path_factory.mktemp("weak")
    spec = TINY.replace("learning_rate: 0.01", "learning_rate: 0.0001").replace(
        "epochs: 4", "epochs: 1"
    )
    (folder / "weak.yaml").write_text(spec)
    train = ["train", images, "--arch", folder / "weak.yaml", "--out", folder / "run", "--quiet"]
    assert main([str(word) for word in train]) == 0
    return folder / "run"


def right(path: Path) -> list[bool]:
    with path.open(newline="") as file:
        return [row["label"] == row["predicted"] for row in csv.DictReader(file)]


def test_on_the_test_part_of_a_run(trained: Path, weak: Path, cli: Cli) -> None:
    before = json.loads((trained / "metrics.json").read_text())["test_looks"]
    said = json.loads(cli("evaluate", weak, trained, "--on", trained, "--json").out)
    for run, model in zip((weak, trained), said["models"], strict=True):
        alone = json.loads((run / "metrics.json").read_text())["test"]
        for key in ("accuracy", "accuracy_interval", "auc", "auc_interval", "confusion"):
            assert model[key] == alone[key]
    (pair,) = said["pairs"]
    one, other = right(weak / "predictions.csv"), right(trained / "predictions.csv")
    alone_right = [sum(a and not b for a, b in zip(*two, strict=True))
                   for two in ((one, other), (other, one))]  # fmt: skip
    assert [pair["first_alone"], pair["second_alone"]] == alone_right
    assert pair["p_value"] == pytest.approx(binomtest(alone_right[0], sum(alone_right)).pvalue)
    models = said["models"]
    assert pair["auc_difference"] == pytest.approx(models[0]["auc"] - models[1]["auc"])
    assert pair["difference"] == pytest.approx(models[0]["accuracy"] - models[1]["accuracy"])
    assert (pair["test"], said["part"]) == ("mcnemar", "test")
    assert [model["is_best"] for model in models] == [False, True]
    assert models[0]["is_tied"] == (pair["p_value"] >= 0.05)
    assert json.loads((trained / "metrics.json").read_text())["test_looks"] == before + 1


def test_on_other_images_in_groups(
    trained: Path, undisturbed: Path, weak: Path, images: Path, cli: Cli
) -> None:
    how = ("--on", images, "--group-by", r"^(\d\d)")
    result = cli("evaluate", trained, undisturbed, weak, *how, "--json")
    said = json.loads(result.out)
    assert [pair["test"] for pair in said["pairs"]] == ["permutation"] * 3
    assert all(pair["auc_p_value"] is None for pair in said["pairs"])
    assert {model["groups"] for model in said["models"]} == {4}
    assert result.err.count("were training images of") == 3
    text = cli("evaluate", trained, undisturbed, weak, *how).out
    first, *others = text.splitlines()[1:4]
    assert "best" in first and sum(" = " in line for line in others) >= 1


@pytest.mark.parametrize(
    ("models", "more", "said"),
    [
        ("a", [], "several models, each named once"),
        ("aa", [], "several models, each named once"),
        ("ab", ["--keep"], "--keep does nothing beside --on"),
    ],
)
def test_what_cannot_be_compared(
    trained: Path, weak: Path, images: Path, cli: Cli, models: str, more: list[str], said: str
) -> None:
    named = [{"a": trained, "b": weak}[name] for name in models]
    result = cli("evaluate", *named, "--on", images, *more)
    assert result.code == 2 and said in result.err
    several = cli("evaluate", trained, weak, images)
    assert several.code == 2 and "--on DATA" in several.err
