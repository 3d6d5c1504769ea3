"""What a report says, against the files of its run and scikit-learn; what it makes of odd runs."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import platform
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from cnncli.reporting import (
    calibration,
    division,
    groups,
    material,
    methods,
    pictures,
    repeat,
    results,
    rules,
    verdict,
)
from cnncli.reporting.alike import told_once
from cnncli.reporting.parts import Explained, Mistake
from cnncli.words import counted
from tests.conftest import ROOT, Cli


@pytest.fixture(scope="module")
def page(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the shared run."""
    from cnncli.cli import main

    out = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["report", str(trained), "-o", str(out), "--quiet"]) == 0
    return out.read_text(encoding="utf-8")


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of the shared run, to be changed; nobody but train has looked at its test part yet."""
    copy = Path(shutil.copytree(trained, tmp_path / "run"))
    about = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    about["life"] = [each for each in about["life"] if each.get("by", "train") == "train"]
    (copy / "run.json").write_text(json.dumps(about), encoding="utf-8")
    metrics = json.loads((copy / "metrics.json").read_text(encoding="utf-8"))
    metrics = {**metrics, "test_looks": 1}
    (copy / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    return copy


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, changed: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[0]))
        writer.writeheader()
        writer.writerows(changed)


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def said(run: Path) -> dict[str, str]:
    """Return what the rules have to say of a run, by the name of the rule."""
    found = rules.answers(material.read(run))
    return {answer.rule.name: answer.text for answer in found if answer.text is not None}


def test_figures_are_those_of_scikit_learn(trained: Path, page: str):
    predictions = rows(trained / "predictions.csv")
    truth = [row["label"] == "right" for row in predictions]
    taken = [row["predicted"] == "right" for row in predictions]
    chances = [float(row["p_right"]) for row in predictions]
    for figure in (
        recall_score(truth, taken),
        recall_score([not each for each in truth], [not each for each in taken]),
        precision_score(truth, taken),
        roc_auc_score(truth, chances),
    ):
        assert f"{figure:.3f}" in page
    right = sum(a == b for a, b in zip(truth, taken, strict=True)) / len(truth)
    assert f"right for {100 * right:.1f}\u00a0%" in page


def test_the_page_refers_to_nothing_outside(page: str):
    assert "://" not in page
    assert re.findall(r'(?:src|href)="(?!data:image/|#)', page) == []
    assert len(page.encode()) < 5_000_000


def test_it_has_every_section_and_each_is_linked(page: str):
    sections = re.findall(r'<section id="([a-z]+)"', page)
    assert sections[:2] == ["verdict", "use"]
    assert {"data", "network", "training", "figures", "mistakes", "methods"} <= set(sections)
    assert re.findall(r'<li><a href="#([a-z]+)">', page) == sections


def test_methods_tell_what_the_files_of_the_run_hold(trained: Path):
    text = " ".join(methods.sentences(material.read(trained), None))
    for words in (
        "80 images of 2 classes",
        "12 × 12 pixels",
        "mean 0 and variance 1",
        "0.299 R + 0.587 G + 0.114 B",
        "Adam (learning_rate 0.01, beta_1 0.9, beta_2 0.999, epsilon 1e-07)",
        "SparseCategoricalCrossentropy",
        "in batches of 8, for 4 epochs",
        "lowest val_loss",
        "2,000 draws of images",
    ):
        assert words in text


def test_it_can_be_repeated_from_the_page_alone(trained: Path):
    about = json.loads((trained / "run.json").read_text())
    section = repeat.section(material.read(trained))
    first = shlex.split(section.parts[0].lines[0])
    command = repeat.into(about["command"], trained.name)
    assert first == [f"TF_NUM_INTRAOP_THREADS={about['threads']}", *command]
    digests = dict(section.parts[3].rows)
    whole = hashlib.sha256((trained / "predictions.csv").read_bytes()).hexdigest()
    assert list(digests.values()) == [about["data"]["fingerprint"], about["spec_digest"], whole]
    assert all(word in section.parts[2].text for word in ("fingerprint", "spec_digest"))
    facts = dict(section.parts[4].rows)
    assert facts["System"] == about["machine"]["system"] and platform.release() in facts["System"]
    assert facts["Processor"] == about["machine"]["processor"] != ""
    assert facts["Computed on"] == f"1 CPU device, {counted(about['threads'], 'thread')}"
    assert "bit for bit" in section.parts[1].text and "cannot be promised" not in str(section)
    spec = "\n".join(section.parts[5].lines)
    assert spec == (trained / "spec.yaml").read_text().rstrip("\n")


@pytest.mark.parametrize(
    ("typed", "now"),
    [
        ("cnncli train x --out old --quiet", "cnncli train x --out new --quiet"),
        ("cnncli train x --out=old", "cnncli train x --out=new"),
        ("cnncli train x", "cnncli train x --out new"),
        ("cnncli train --epochs 1 -- -x", "cnncli train --epochs 1 --out new -- -x"),
        ("python mine.py", "python mine.py"),
        ("cnncli tune x --out old", "cnncli tune x --out old"),
    ],
)
def test_every_line_of_the_recipe_has_the_name_that_the_folder_has_now(typed: str, now: str):
    assert repeat.into(typed.split(), "new") == now.split()


def test_the_recipe_keeps_the_threshold_and_asks_for_the_strata_and_a_renamed_run_has_one_name(
    cli: Cli, run: Path
):
    assert cli("evaluate", run, "--at-sensitivity", "0.9", "--keep").code == 0
    typed = ["cnncli", "train", "x", "--out", "old"]
    edit(run / "run.json", lambda record: (record.pop("machine"), record.update(command=typed)))
    renamed = run.rename(run.parent / "an other")
    (renamed / "about.md").write_text("For students.")
    result = cli("report", renamed, "--by", r"(\d)\.", "-o", renamed / "page.html")
    assert result.code == 0, result.err
    page = html.unescape((renamed / "page.html").read_text())
    recipe = page.partition('<section id="repeat"')[2].partition("</section>")[0]
    lines = re.search("<code>(.*?)</code>", recipe, re.S)[1].splitlines()
    assert "--out 'an other'" in lines[0]
    assert lines[1:] == [
        "cnncli evaluate 'an other' --at-sensitivity 0.9 --keep",
        "cnncli report 'an other' --by '(\\d)\\.'",
    ]
    assert "an other/about.md is that under Intended use" in recipe
    assert "bit for bit cannot be promised" in recipe
    table = page.partition('<section id="predictions"')[2].partition("</section>")[0]
    assert "its column predicted goes by 0.5, this table by" in table


def test_what_users_wrote_is_text_and_no_markup(cli: Cli, run: Path, tmp_path: Path):
    evil = "<img src=x onerror=alert(1)>"
    (run / "about.md").write_text(f"# For {evil}\n\n- not for </script>\n- nor for $sections\n")
    for name in ("split.csv", "predictions.csv", "run.json", "metrics.json"):
        text = (run / name).read_text(encoding="utf-8")
        text = re.sub(r"\b(p_)?left\b", r"\1</script><b>left", text)
        (run / name).write_text(text, encoding="utf-8")
    result = cli("report", run, "-o", tmp_path / "page.html")
    assert result.code == 0, result.err
    assert "shows no images" in result.err  # as they are of another class by now
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page and "</script><b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page and "nor for $sections" in page
    assert page.count("</script>") == 2  # the data, and the script


def test_intended_use_is_asked_for_where_nobody_wrote_it(page: str, cli: Cli, run: Path):
    assert "Not stated." in page
    result = cli("report", run, "--about", run / "no.md")
    assert result.code == 2 and "no.md" in result.err
    (run / "use.md").write_text("For students.")
    of = material.read(run, run / "use.md")
    assert verdict.intended_use(of).parts[0].text == "For students."


def test_a_run_that_is_not_finished_has_no_report(cli: Cli, run: Path):
    edit(run / "run.json", lambda record: record.update(state="training"))
    result = cli("report", run)
    assert result.code == 1
    assert "is not finished" in result.err and "--resume" in result.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("nowhere",), "no run"),
        (("RUN", "--by", "png"), "divides the images into 1 part"),
        (("RUN", "--by-column", "site"), "no table of labels"),
        (("RUN", "--by", "1", "--by-column", "site"), "does nothing"),
        (("RUN", "-o", "report.pdf"), "HTML page, not .pdf"),
        (("RUN", "--force"), "--force does nothing"),
    ],
)
def test_wrong_usage_is_said(
    cli: Cli, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, ...], words: str,
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = cli("report", *(str(trained) if each == "RUN" else each for each in argv))
    assert result.code == 2
    assert words in result.err


def test_images_that_moved_are_said_and_found_with_data(
    cli: Cli, run: Path, images: Path, tmp_path: Path
):
    edit(run / "run.json", lambda record: record["data"].update(path="/gone"))
    result = cli("report", run, "-o", tmp_path / "without.html")
    assert result.code == 0
    assert "shows no images" in result.err and "--data" in result.err
    result = cli("report", run, "--data", images, "-o", tmp_path / "with.html")
    assert result.code == 0, result.err
    assert "data:image/jpeg" in (tmp_path / "with.html").read_text()
    assert "data:image/jpeg" not in (tmp_path / "without.html").read_text()


def test_a_damaged_table_is_named_with_its_row(cli: Cli, run: Path):
    changed = rows(run / "predictions.csv")
    changed[2]["p_left"] = "many"
    write(run / "predictions.csv", changed)
    result = cli("report", run)
    assert result.code == 1 and "predictions.csv" in result.err
    changed[2]["p_left"] = "1.5"
    write(run / "predictions.csv", changed)
    assert "no probability" in cli("report", run).err
    changed[2].update(p_left="0.5", file="other.png")
    write(run / "predictions.csv", changed)
    assert "row 3" in cli("report", run).err


def test_a_threshold_that_is_kept_decides(run: Path):
    (run / "threshold.json").write_text(
        '{"threshold": 0.05, "rule": "at-sensitivity 0.95", "positive": "right"}'
    )
    of = material.read(run)
    predictions = rows(run / "predictions.csv")
    truth = [row["label"] == "right" for row in predictions]
    taken = [float(row["p_right"]) > 0.05 for row in predictions]
    assert of.figures["classes"]["right"]["sensitivity"] == recall_score(truth, taken)
    words = "above 0.05 (the highest with a sensitivity of at least 0.95 on the validation part)"
    assert words in " ".join(verdict.headline(of))
    count = sum(a and b for a, b in zip(truth, taken, strict=True))
    assert f"It found {count} of {sum(truth)} images of right" in " ".join(verdict.headline(of))
    text = results.section(of).parts[0].text
    validation = rows(run / "validation-predictions.csv")
    shares = [
        recall_score(*zip(*[(r["label"] == name, (float(r["p_right"]) > 0.05) == (name == "right"))
                            for r in validation], strict=True))
        for name in ("right", "left")
    ]  # fmt: skip
    said = [f"{100 * share:.1f}\u00a0%" for share in shares]
    assert f"a sensitivity of {said[0]} and a specificity of {said[1]}; on the test part" in text
    assert f"validation part ({len(validation)} images)" in text


def test_a_history_with_infinities_is_drawn(cli: Cli, run: Path):
    changed = rows(run / "history.csv")
    changed[0].update(loss="1e308", val_loss="-1e308")
    changed[1].update(loss="inf", val_loss="nan", epoch="inf")
    write(run / "history.csv", changed)
    result = cli("report", run, "-o", run / "page.html")
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("file", "place", "value"),
    [
        ("run.json", "split", {"group_by": None, "shares": "all"}),
        ("run.json", "split", {"group_by": None, "folds": [5]}),
        ("metrics.json", "curves", {"kind": 5}),
    ],
)
def test_a_record_that_nobody_wrote_is_named(
    cli: Cli, run: Path, file: str, place: str, value: dict[str, Any]
):
    edit(
        run / file, lambda said: (said["data"] if place == "split" else said).update({place: value})
    )
    result = cli("report", run)
    assert result.code == 1
    assert file in result.err and place in result.err


def test_several_looks_at_the_test_part_are_a_doubt_with_when_and_by_what(cli: Cli, run: Path):
    assert cli("evaluate", run).code == 0
    assert "Looks at the test part" not in said(run)  # that of train, and the first evaluate
    assert cli("evaluate", run, "--threshold", "0.3").code == 0
    text = said(run)["Looks at the test part"]
    assert re.search(
        r"3 times \(20.* by train, .* by evaluate and .* by evaluate --threshold 0.3\)", text
    )
    claim = verdict.section(material.read(run)).parts[0].text
    assert claim.startswith("No claim of use can rest on this: ") and "looked at more than" in claim


def test_strata_have_their_figures_and_a_difference_that_is_hardly_chance_is_told(
    cli: Cli, run: Path
):
    changed = rows(run / "predictions.csv")
    for row in changed:  # what ends in 0 to 4 is all wrong
        wrong = int(row["file"][-5]) < 5
        said = {"left": "right", "right": "left"}[row["label"]] if wrong else row["label"]
        chance = 0.8 if said == "right" else 0.2
        row.update(predicted=said, p_left=f"{1 - chance}", p_right=f"{chance}")
    write(run / "predictions.csv", changed)
    result = cli("report", run, "--by", r"[0-4](\.png)", "-o", run / "page.html")
    assert result.code == 0, result.err
    page = (run / "page.html").read_text()
    section = page.partition('<section id="strata"')[2].partition("</section>")[0]
    count = sum(int(row["file"][-5]) < 5 for row in changed)
    assert f'<td>.png</td><td class="right">{count}</td>' in section
    assert ".png is worst (0.0\u00a0%) and (none) best (100.0\u00a0%)" in section
    assert ": .png for " in section  # an example
    assert "a permutation test of 10,000 draws" in section
    methods_section = page.partition('<section id="methods"')[2]
    assert "strata of 5 or more images was tested by a permutation test" in methods_section
    assert "which is hardly chance" in section
    assert "It is not as good for all strata" in page.partition("</section>")[0]
    assert "By stratum (the strata that were asked for)" in page


def test_a_test_image_that_was_trained_on_is_a_doubt(run: Path):
    changed = rows(run / "split.csv")
    assert "Test images not trained on" not in said(run)
    trained_on = next(row for row in changed if row["split"] == "train")
    next(row for row in changed if row["split"] == "test")["digest"] = trained_on["digest"]
    write(run / "split.csv", changed)
    assert "1 test image is the same picture" in said(run)["Test images not trained on"]


def test_one_answer_for_all_is_a_doubt_and_no_better_than_that_answer(run: Path):
    changed = rows(run / "predictions.csv")
    for row in changed:
        row.update(predicted="left", p_left="0.9", p_right="0.1")
    write(run / "predictions.csv", changed)
    found = said(run)
    assert found["Several answers"] == "Every test image was taken for left."
    assert "always answering left" in found["Better than one answer"]
    assert "surer than it should be" in found["Probabilities above what is right"]


def test_a_run_without_a_test_part_says_what_its_figures_are_of(run: Path):
    edit(run / "metrics.json", lambda metrics: metrics.pop("test"))
    (run / "predictions.csv").unlink()
    assert "validation part" in said(run)["A test part"]
    assert "validation images" in verdict.headline(material.read(run))[0]


def test_classes_out_of_balance_are_a_caution(run: Path):
    changed = rows(run / "split.csv")
    kept, count = [], 0
    for row in changed:
        count += row["split"] == "train" and row["label"] == "left"
        if not (row["split"] == "train" and row["label"] == "left" and count > 5):
            kept.append(row)
    write(run / "split.csv", kept)
    assert "training images are of right" in said(run)["Balance of the classes"]


def test_every_rule_stands_in_the_documentation_with_its_bound():
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for rule in rules.RULES:
        assert f"| {rule.name} | {rule.bound} | {rule.tone} |" in text


def test_the_verdict_begins_with_whether_a_claim_can_rest_on_it(run: Path):
    of = material.read(run)
    low, high = (f"{100 * each:.1f}" for each in of.figures["accuracy_interval"])
    first = verdict.section(of).parts[0].text
    assert first.startswith("What can be said, as far as the cautions below let it: ")
    assert f"{low} to {high}\u00a0% right (95 % interval)" in first
    assert verdict.RANKS in [each.text for each in verdict.section(of).parts[:6]]
    changed = rows(run / "predictions.csv")
    for row in changed:
        row.update(predicted="left", p_left="0.6", p_right="0.4")
    write(run / "predictions.csv", changed)
    assert verdict.section(material.read(run)).parts[0].text == (
        "No claim of use can rest on this: it is not shown to be better than one answer for all "
        "images and it gives one answer for all images."
    )


def test_it_is_said_where_the_best_single_answer_lies_and_what_the_auc_shows(run: Path):
    changed = rows(run / "predictions.csv")
    of_left = [row for row in changed if row["label"] == "left"]
    for row in changed:  # ranked well, and all taken for one class
        chance = 0.4 if row["label"] == "right" else 0.3
        chance = 0.4 if row is of_left[0] else chance
        row.update(p_left=f"{1 - chance}", p_right=f"{chance}")
    write(run / "predictions.csv", changed)
    text = said(run)["Better than one answer"]
    assert "lies within the interval of the accuracy" in text
    assert "That the interval of the AUC lies above 0.5 shows something else" in text
    for row in changed:
        row.update(p_left=f"{0.9 if row['label'] == 'right' else 0.1}")
        row.update(p_right=f"{1 - float(row['p_left'])}")
    write(run / "predictions.csv", changed)
    assert "lies above the interval" in said(run)["Better than one answer"]


def test_few_images_are_one_caution_in_the_units_of_the_verdict(run: Path):
    found = rules.answers(material.read(run))
    few = [each for each in found if each.text and "known within" in each.text]
    assert len(few) == 1 and re.search(r"±\d+\u00a0points \(Wilson\)", few[0].text or "")


def test_groups_are_sorted_by_the_share_that_is_wrong(run: Path):
    split = rows(run / "split.csv")
    for row in split:
        row["group"] = row["file"][-5]  # the last digit
    write(run / "split.csv", split)
    changed = rows(run / "predictions.csv")
    for row in changed:
        right = int(row["file"][-5]) % 2
        chance = 0.9 if (row["label"] == "right") == bool(right) else 0.1
        row.update(p_left=f"{1 - chance}", p_right=f"{chance}")
    write(run / "predictions.csv", changed)
    of = material.read(run)
    grid = groups.section(of).parts[1]
    shares = [float(row[-1].split("\u00a0")[0]) for row in grid.rows]
    assert shares == sorted(shares, reverse=True) and set(shares) == {100.0}
    assert {row[0] for row in grid.rows} <= set("02468") and grid.columns[1] == "Class"
    table = division._table(of)
    assert table.rows[-1][-1] == "80 (10)"
    assert "10 groups have images of both classes" in division.section(of).parts[3].text
    assert re.search(r"as \d in \d+\.png|by a column", division.kept_together(of))


def test_mistakes_of_each_kind_are_shown(run: Path):
    changed = rows(run / "predictions.csv")
    for number, row in enumerate(changed):  # all wrong; those of left the surer
        chance = 0.99 - number / 1000 if row["label"] == "left" else 0.4
        row.update(p_left=f"{1 - chance}", p_right=f"{chance}")
    write(run / "predictions.csv", changed)
    made = material.read(run).predicted
    shown = pictures.of_each_kind(made, pictures.wrong(made))
    kinds = [int(made.labels[row]) for row in shown]
    assert len(shown) == pictures.SHOWN and kinds.count(0) == kinds.count(1) == pictures.SHOWN // 2


@pytest.mark.parametrize(("images", "bins"), [(5, 1), (45, 4), (149, 14), (10_000, 15)])
def test_a_reliability_diagram_of_few_images_has_few_points(images: int, bins: int):
    assert calibration.fewer(images) == bins


def test_a_doubt_that_holds_for_every_map_is_told_once():
    pixels = np.zeros((2, 2, 1), np.uint8)

    def mistake(*doubts: str) -> Mistake:
        one = Explained("occlusion", pixels[..., 0], ["at conv"], list(doubts))
        return Mistake("a.png", "left", "right", 0.9, pixels, [one])

    found = [mistake("faithfulness: no better (0.01)", "agreement: contradicts x (0.1)")]
    found.append(mistake("faithfulness: no better (-0.3)"))
    lighter, said = told_once(found)
    assert [each.text for each in said] == [
        "Not to be trusted on any of the 2 images shown: "
        "occlusion at conv (faithfulness: no better)."
    ]
    assert [list(each.maps[0].doubts) for each in lighter] == [
        ["agreement: contradicts x (0.1)"], [],
    ]  # fmt: skip
    assert lighter[1].maps[0].lines[-1] == "faithfulness: no better (-0.3)"
    assert told_once(found[:1]) == (found[:1], [])
