"""The report on a cross-validation: every fold, their spread, and all images together."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import recall_score

from cnncli.cli import main
from cnncli.reporting import folds, methods, repeat, results, rules
from tests.conftest import Cli
from tests.reporting.test_report import edit, rows
from tests.trained_runs import FOLDS

pytestmark = pytest.mark.tensorflow_process


@pytest.fixture
def cv(crossed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crossed, tmp_path / "cv"))


@pytest.fixture(scope="module")
def page(crossed: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the shared cross-validation, by the last digit of the names."""
    out = tmp_path_factory.mktemp("folds") / "report.html"
    assert main(["report", str(crossed), "--by", r"(\d)\.", "-o", str(out), "--quiet"]) == 0
    return out.read_text(encoding="utf-8")


def part(page: str, name: str) -> str:
    return html.unescape(page.partition(f'<section id="{name}"')[2].partition("</section>")[0])


def test_it_tells_of_each_fold_and_of_all_together(crossed: Path, page: str) -> None:
    found = json.loads((crossed / "crossval.json").read_text())
    figures = part(page, "figures")
    for value in found["over_folds"]["accuracy"]["folds"]:
        assert f"{value:.3f} (" in figures
    for name in ("accuracy", "auc", "sensitivity"):
        over = found["over_folds"][name]
        low, high = found["pooled"][f"{name}_interval"]
        cells = [f"{over['mean']:.3f}", f"{over['standard_deviation']:.3f}"]
        cells.append(f"{found['pooled'][name]:.3f} ({low:.3f} to {high:.3f})")
        assert "".join(f'<td class="right">{cell}</td>' for cell in cells) in figures
    table = rows(crossed / "predictions.csv")
    taken = [[row[key] == "right" for row in table] for key in ("label", "predicted")]
    assert f"{100 * recall_score(*taken):.1f}\u00a0%" in part(page, "verdict")
    assert "40 test images of 10 groups" in part(page, "verdict")
    assert "2 folds, each on its own" in part(page, "verdict")
    assert part(page, "data").count('<td class="right">20</td>') == FOLDS
    assert part(page, "strata") and part(page, "training").count("polyline") >= 2 * FOLDS


def test_the_page_loads_nothing_and_every_image_is_in_its_table(crossed: Path, page: str) -> None:
    assert "://" not in page
    data = json.loads(re.findall(r'type="application/json">(.*?)</script>', page, re.S)[0])
    assert {(row[0], str(row[-1])) for row in data["rows"]} == {
        (row["file"], row["fold"]) for row in rows(crossed / "predictions.csv")
    }
    assert "by the network of fold" in part(page, "mistakes")


def test_the_command_that_repeats_it_is_the_one_it_began_with(
    crossed: Path, asked: list[str]
) -> None:
    of = folds.read(crossed)
    said = repeat.crossval(of)
    joined = [word for option in said for word in option.split("=", 1)]
    at_default = {"--save-every", "0"}
    assert said[0] == "cnncli" and set(asked) - at_default <= set(joined)
    shown = shlex.split(repeat.section(of).parts[0].lines[1])
    assert shown == said


def test_methods_and_rules_speak_of_folds(cv: Path) -> None:
    for name in ("fold-1", "fold-2"):
        edit(cv / name / "metrics.json", lambda metrics: metrics.update(test_looks=4))
    of = folds.read(cv)
    text = " ".join(methods.sentences(of, None))
    assert "divided by class into 2 folds" in text and "10 groups" in text
    assert "each fold was tested by a network that was trained on the others" in text
    said = {each.rule.name: each.text for each in rules.answers(of)}
    assert "looked at 4 times" in (said["Looks at the test part"] or "")
    edit(cv / "fold-2" / "metrics.json", lambda metrics: metrics.update(test_looks=7))
    looks = {each.rule.name: each.text for each in rules.answers(folds.read(cv))}
    assert re.search("Fold 1: .* 4 times.* Fold 2: .* 7 times", looks["Looks at the test part"])


def test_thresholds_of_folds_decide_and_are_told(cv: Path, cli: Cli) -> None:
    assert cli("evaluate", cv, "--best", "youden", "--keep").code == 0
    of = folds.read(cv)
    values = [each["threshold"] for each in of.crossed.folds]
    assert f"{min(values):g} to {max(values):g} (each fold its own" in of.threshold_said
    section = results.section(of).parts[0].text
    taken = [
        (row["label"] == "right", float(row["p_right"]) > value)
        for value, fold in zip(values, ("fold-1", "fold-2"), strict=True)
        for row in rows(cv / fold / "validation-predictions.csv")
    ]
    share = recall_score(*zip(*taken, strict=True))
    said = f"validation parts of all folds ({len(taken)} images) that has a sensitivity of"
    assert f"{said} {100 * share:.1f}\u00a0%" in section
    assert repeat.section(of).parts[0].lines[2:] == [
        "cnncli evaluate cv --best youden --keep",
        "cnncli report cv",
    ]
    expected = np.where(of.predicted.chances[:, 1] > np.array(values)[of.predicted.folds - 1], 1, 0)
    assert (of.predicted.predicted == expected).all()


def test_one_that_is_not_done_has_no_report(cli: Cli, cv: Path) -> None:
    shutil.rmtree(cv / "fold-2")
    result = cli("report", cv)
    assert result.code == 1 and f"crossval --resume {cv}" in result.err
