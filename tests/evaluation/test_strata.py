"""`evaluate --by` and `--by-column`: figures for each stratum of the images."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from tests.conftest import Cli


def test_by_what_stands_in_the_names(trained: Path, images: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "all.csv"
    how = ("--by", r"(\d)\.png", "--threshold", "0.999", "--predictions", out)
    said = json.loads(cli("evaluate", trained, images, *how, "--json").out)["by"]
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(said["strata"]) == list("0123456789")
    for name, figures in said["strata"].items():
        of_it = [row for row in rows if row["file"].endswith(f"{name}.png")]
        truth, predicted = ([row[key] for row in of_it] for key in ("label", "predicted"))
        assert figures["images"] == len(of_it) == 8
        assert figures["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
        sensitivity = recall_score(truth, predicted, pos_label="right")
        assert figures["sensitivity"] == pytest.approx(sensitivity)
        low, high = figures["sensitivity_interval"]
        assert low <= figures["sensitivity"] <= high
    largest = said["differences"]["accuracy"]
    each = [figures["accuracy"] for figures in said["strata"].values()]
    assert largest["difference"] == pytest.approx(max(each) - min(each))
    assert 0 < largest["p_value"] <= 1
    text = cli("evaluate", trained, images, *how[:4]).out
    assert "By stratum" in text and "Largest difference in accuracy" in text
    assert "By sensitivity nothing is compared" in text  # of each stratum 4 images are of right


def test_strata_of_few_images_are_shown_and_not_compared(
    trained: Path, images: Path, cli: Cli
) -> None:
    how = ("--by", r"(00[0-3]|01)", "--threshold", "0.999")
    said = json.loads(cli("evaluate", trained, images, *how, "--json").out)["by"]
    counts = {name: figures["images"] for name, figures in said["strata"].items()}
    assert counts == {"(none)": 52, "000": 2, "001": 2, "002": 2, "003": 2, "01": 20}
    assert said["fewest"] == 5 and "accuracy" in said["differences"]
    for each in said["differences"].values():
        assert counts[each["lowest"]] >= 5 <= counts[each["highest"]]
    text = " ".join(cli("evaluate", trained, images, *how).out.split())
    assert "Too few images to be compared (fewer than 5): 000 (2), 001 (2)" in text


def test_by_a_column_of_the_table(trained: Path, images: Path, tmp_path: Path, cli: Cli) -> None:
    files = sorted(images.rglob("*.png"))
    sites = np.random.default_rng(0).choice(["north", "south", ""], len(files))
    pairs = zip(files, sites, strict=True)
    lines = [f"{f.relative_to(images)},{f.parent.name},{site}" for f, site in pairs]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["file,label,site", *lines]) + "\n")
    how = ("--labels", table, "--by-column")
    said = json.loads(cli("evaluate", trained, images, *how, "site", "--json").out)["by"]
    counts = {name: figures["images"] for name, figures in said["strata"].items()}
    assert counts == {
        "(none)": int((sites == "").sum()),
        "north": int((sites == "north").sum()),
        "south": int((sites == "south").sum()),
    }
    wrong = cli("evaluate", trained, images, *how, "sex")
    assert wrong.code == 2 and "--by-column sex" in wrong.err and "no such column" in wrong.err


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (["--by", "("], "not a regular expression"),
        (["--by", "png"], "divides the images into 1 part"),
        (["--by", "^absent_"], "--by ^absent_: matches none of the file names"),
        (["--by", "^absent_"], "folders are looked at by a pattern with a / in it"),
        (["--by-column", "site"], "there is no table of labels"),
    ],
)
def test_what_divides_nothing(trained: Path, cli: Cli, how: list[str], said: str) -> None:
    result = cli("evaluate", trained, *how)
    assert result.code == 2 and said in result.err
