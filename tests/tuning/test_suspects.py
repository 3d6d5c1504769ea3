"""`mistakes DIR --suspects`: flipped labels are found, decided on, and obeyed the next time."""

from __future__ import annotations

import csv
import io
import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from cnncli.data import corrections, index
from cnncli.extras import Extra
from cnncli.runs.record import SplitRow, write_split
from tests.conftest import Cli

DIGITS = [str(digit) for digit in range(10)]
FOLDS = 3
FLIPPED = 0.05


def plant(folder: Path, count: int | None, seed: int = 0) -> dict[str, str]:
    """Write digits into class folders, some into a wrong one; return their right classes."""
    made, draws = load_digits(), np.random.default_rng(seed)
    right = [str(label) for label in made.target[:count]]
    chosen = draws.choice(len(right), round(FLIPPED * len(right)), replace=False)
    given = dict(enumerate(right))
    given |= {row: str(draws.choice([d for d in DIGITS if d != right[row]])) for row in chosen}
    for label in DIGITS:
        (folder / label).mkdir(parents=True)
    for row, label in given.items():
        pixels = np.rint(made.images[row] * 255 / 16).astype(np.uint8)
        Image.fromarray(pixels).save(folder / label / f"{row:04}.png")
    return {f"{given[row]}/{row:04}.png": right[row] for row in chosen}


def write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


Make = Callable[[Path, Path], Path]


@pytest.fixture(scope="module")
def make(trained: Path) -> Make:
    """Make a cross-validation of digits, as `crossval` leaves it, with scikit-learn's network."""

    def made(out: Path, data: Path) -> Path:
        about = json.loads((trained / "run.json").read_text())
        about |= {"classes": DIGITS, "positive": None}
        about["data"] |= {"path": str(data)}
        items = index.find(data).items
        labels = np.array([int(item.label) for item in items])
        pixels = np.stack([np.asarray(Image.open(item.source)).ravel() / 255 for item in items])
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(pixels, labels)
        tested: list[dict[str, object]] = []
        for number, (train, test) in enumerate(folds, start=1):
            network = LogisticRegression(C=0.1).fit(pixels[train], labels[train])
            run = out / f"fold-{number}"
            run.mkdir(parents=True)
            (run / "run.json").write_text(json.dumps(about))
            shutil.copy(trained / "metrics.json", run)
            parts = dict.fromkeys(test.tolist(), "test")
            write_split(
                run / "split.csv",
                [
                    SplitRow(item.file, item.label, parts.get(row, "train"), f"{row:032x}")
                    for row, item in enumerate(items)
                ],
            )
            found = [
                {"file": items[row].file, "label": items[row].label,
                 "predicted": DIGITS[chances.argmax()], "probability": f"{chances.max():.9g}",
                 **{f"p_{d}": f"{chance:.9g}" for d, chance in zip(DIGITS, chances, strict=True)}}
                for row, chances in zip(
                    test.tolist(), network.predict_proba(pixels[test]), strict=True
                )
            ]  # fmt: skip
            write(run / "predictions.csv", found)
            tested += [{**row, "fold": number} for row in found]
        write(out / "predictions.csv", tested)
        plan = {"folds": FOLDS, "data": str(data), "options": [], "folder": "/", "threads": 1}
        (out / "crossval.json").write_text(json.dumps(plan))
        return out

    return made


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory, make: Make) -> tuple[Path, dict[str, str]]:
    """A cross-validation of digits of which some labels are wrong, and the right ones."""
    folder = tmp_path_factory.mktemp("flipped")
    wrong = plant(folder / "digits", 700)
    return make(folder / "cv", folder / "digits"), wrong


@pytest.fixture
def cv(flipped: tuple[Path, dict[str, str]], tmp_path: Path) -> Path:
    """A copy of it, to be looked at and changed."""
    return Path(shutil.copytree(flipped[0], tmp_path / "cv"))


def test_flips_are_in_the_first_tenth(cv: Path, flipped: tuple[Path, dict[str, str]], cli: Cli):
    result = cli("mistakes", cv, "--suspects", "--json")
    assert result.code == 0, result.err
    said = json.loads(result.out)
    wrong = flipped[1]
    assert said["images"] == len(said["ranked"]) == 700
    first = {row["file"] for row in said["ranked"][:70]}
    assert len(first & set(wrong)) >= 0.8 * len(wrong)
    suspects = [row for row in said["ranked"] if row["suspect"]]
    assert suspects == said["ranked"][: said["suspects"]] and len(suspects) < 70
    right = [wrong.get(row["file"]) == row["suggested"] for row in suspects]
    assert sum(right) >= 0.7 * len(wrong)


def test_suspects_are_those_of_cleanlab_by_their_margin(cv: Path, cli: Cli):
    said = json.loads(cli("mistakes", cv, "--suspects", "--json").out)
    table = rows((cv / "predictions.csv").read_text())
    chances = np.array([[float(row[f"p_{digit}"]) for digit in DIGITS] for row in table])
    labels = np.array([int(row["label"]) for row in table])
    found = find_label_issues(labels, chances, filter_by="prune_by_noise_rate", n_jobs=1)
    files = {row["file"] for row, is_one in zip(table, found, strict=True) if is_one}
    assert {row["file"] for row in said["ranked"] if row["suspect"]} == files
    place = {row["file"]: number for number, row in enumerate(table)}
    margins = []
    for row in said["ranked"]:
        own = chances[place[row["file"]]]
        others = np.where(np.arange(10) == int(row["given"]), -1, own)
        assert row["probability_given"] == own[int(row["given"])]
        assert (int(row["suggested"]), row["probability_suggested"]) == (
            others.argmax(), others.max(),
        )  # fmt: skip
        assert row["fold"] == int(table[place[row["file"]]]["fold"])
        margins.append(row["probability_given"] - row["probability_suggested"])
    number = said["suspects"]
    assert margins[:number] == sorted(margins[:number])
    assert margins[number:] == sorted(margins[number:])
    agreed = [row["label"] == row["predicted"] for row in table]
    assert said["accuracy"] == np.mean(agreed)
    counts = {(kind["given"], kind["suggested"]): kind["images"] for kind in said["kinds"]}
    assert sum(counts.values()) == number


def test_a_table_is_filled_in_and_obeyed(
    cv: Path, flipped: tuple[Path, dict[str, str]], cli: Cli, tmp_path: Path
):
    path = tmp_path / "decided.csv"
    result = cli("mistakes", cv, "--suspects", "-o", path)
    assert result.code == 0, result.err
    assert f"--corrections {path}" in result.err
    table = rows(path.read_text())
    found = index.find(flipped[0].parent / "digits")
    made = corrections.read(path, found)
    assert made.undecided == len(table) == 700 and not made.decided
    table[0] |= {"action": "relabel", "label": table[0]["suggested"]}
    table[1] |= {"action": "drop"}
    table[2] |= {"action": "keep"}
    write(path, table)
    made = corrections.read(path, found)
    assert made.relabelled == {table[0]["file"]: table[0]["suggested"]}
    assert (made.dropped, made.kept) == ({table[1]["file"]}, {table[2]["file"]})
    assert made.undecided == 697


def test_what_was_decided_is_no_suspect_again_and_stays_decided(cv: Path, cli: Cli, tmp_path: Path):
    first = json.loads(cli("mistakes", cv, "--suspects", "--json").out)["ranked"]
    kept, changed = first[0]["file"], first[1]["file"]
    decided = {
        "path": "before.csv", "digest": "0" * 32, "dropped": ["0/gone.png"], "kept": [kept],
        "relabelled": {changed: "3"}, "undecided": 0,
    }  # fmt: skip
    for run in cv.glob("fold-*/run.json"):
        about = json.loads(run.read_text())
        about["data"]["corrections"] = decided
        run.write_text(json.dumps(about))
    result = cli("mistakes", cv, "--suspects", "--json")
    assert "3 images decided on before (before.csv) are no suspects again" in result.err
    again = json.loads(result.out)
    suspects = [row["file"] for row in again["ranked"] if row["suspect"]]
    assert suspects == [row["file"] for row in first if row["suspect"]][2:]
    cli("mistakes", cv, "--suspects", "-o", tmp_path / "s.csv")
    table = {row["file"]: row for row in rows((tmp_path / "s.csv").read_text())}
    of = {file: (row["action"], row["label"]) for file, row in table.items() if row["action"]}
    assert of == {kept: ("keep", ""), changed: ("relabel", "3"), "0/gone.png": ("drop", "")}


def test_copies_of_another_class_are_named(cv: Path, cli: Cli, tmp_path: Path):
    first = json.loads(cli("mistakes", cv, "--suspects", "--json").out)["ranked"]
    suspect, same, near = first[0], first[-1], first[-2]
    assert suspect["given"] not in (same["given"], near["given"])
    for path in cv.glob("fold-*/split.csv"):
        table = rows(path.read_text())
        by_file = {row["file"]: row for row in table}
        by_file[same["file"]]["digest"] = by_file[suspect["file"]]["digest"]
        by_file[suspect["file"]]["near"] = "0" * 64
        by_file[near["file"]]["near"] = "0" * 61 + "fff"  # 12 bits differ
        by_file[first[-3]["file"]]["near"] = "0" * 60 + "1fff"
        write(path, table)
    said = json.loads(cli("mistakes", cv, "--suspects", "--json").out)
    copies = {each["file"]: each["given"] for each in (same, near)}
    assert said["ranked"][0]["copies"] == copies
    lines = cli("mistakes", cv, "--suspects").out
    assert "copies of another class" in lines and f"{same['file']} ({same['given']})" in lines
    page = tmp_path / "page.html"
    assert cli("mistakes", cv, "--suspects", "-o", page).code == 0
    assert f"{same['file']} ({same['given']})" in page.read_text()


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_the_next_cross_validation_is_said_as_this_one_was_typed(
    cv: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
):
    monkeypatch.chdir(tmp_path)
    plan = json.loads((cv / "crossval.json").read_text())
    options = ["--arch=lenet5", "--group-by=^(.) ", "--corrections=before.csv"]
    plan |= {"data": "my digits", "folder": str(tmp_path), "options": options}
    (cv / "crossval.json").write_text(json.dumps(plan))
    result = cli("mistakes", cv, "--suspects", "-o", f"s.{ending}")
    table = {"csv": "s.csv", "html": "decisions.csv"}[ending]
    assert shlex.split(result.err.splitlines()[-1].split("then: ")[1]) == [
        *("cnncli", "crossval", "my digits", "--folds", str(FOLDS), *options[:2]),
        *("--corrections", table, "--out", "cv-corrected"),
    ]


def test_page_and_picture_show_the_suspects(cv: Path, cli: Cli, tmp_path: Path):
    said = json.loads(cli("mistakes", cv, "--suspects", "--json").out)
    number, gone = said["suspects"], said["ranked"][0]["file"]
    moved = shutil.copytree(
        json.loads((cv / "crossval.json").read_text())["data"], tmp_path / "moved"
    )
    (moved / gone).unlink()
    page = tmp_path / "page.html"
    result = cli("mistakes", cv, "--suspects", "--data", moved, "-o", page)
    assert result.code == 0, result.err
    text = page.read_text(encoding="utf-8")
    assert text.count("<article>") == number and text.count("<img") == number - 1
    assert "No picture: the file is gone." in text
    assert "://" not in text
    picture = tmp_path / "page.png"
    assert cli("mistakes", cv, "--suspects", "--data", moved, "-o", picture).code == 0
    with Image.open(picture) as made:
        assert min(made.size) > 400


def test_nothing_wrong_is_said(cv: Path, cli: Cli, tmp_path: Path):
    for path in (cv / "predictions.csv", *cv.glob("fold-*/predictions.csv")):
        table = rows(path.read_text())
        for row in table:
            row |= {f"p_{digit}": "0.01" for digit in DIGITS}
            row |= {"predicted": row["label"], f"p_{row['label']}": "0.91", "probability": "0.91"}
        write(path, table)
    result = cli("mistakes", cv, "--suspects")
    assert result.out.startswith("0 of 700 labels") and result.code == 0
    assert cli("mistakes", cv, "--suspects", "-o", tmp_path / "page.html").code == 0
    assert "No label is a suspect." in (tmp_path / "page.html").read_text()
    refused = cli("mistakes", cv, "--suspects", "-o", tmp_path / "page.png")
    assert refused.code == 2 and "no suspect to draw" in refused.err


def test_wrong_usage_is_said_at_once(
    cv: Path, trained: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for words, said in (
        ((trained,), f"{trained} is no cross-validation"),
        ((tmp_path / "nosuch",), "is no cross-validation"),
        ((cv, "-o", tmp_path / "a.txt"), "cannot be written as"),
        ((cv, "--data", "x"), "--data does nothing without a page or a picture"),
        ((cv, "--data", "x", "-o", tmp_path / "a.csv"), "--data does nothing without"),
        ((cv, "images"), "does nothing beside"),
        ((cv, "--each", "3", "-o", tmp_path / "a.html"), "does nothing beside"),
    ):
        result = cli("mistakes", *words, "--suspects")
        assert result.code == 2 and said in result.err, result.err
    monkeypatch.setattr("cnncli.extras.LABELS", Extra("labels", ("not_installed_here",)))
    result = cli("mistakes", cv, "--suspects")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: --suspects needs not_installed_here: pip install 'cnncli[labels]'\n"
    )


@pytest.mark.parametrize("what", ["spec", "corrections"])
def test_folds_that_began_with_different_files_are_told(cv: Path, cli: Cli, what: str):
    path = cv / "fold-2" / "run.json"
    about = json.loads(path.read_text())
    if what == "spec":
        about["spec_digest"] = "0" * 32
    else:
        decided = {"dropped": [], "kept": [], "relabelled": {}, "undecided": 0}
        about["data"]["corrections"] = {"path": "c.csv", "digest": "0" * 32, **decided}
    path.write_text(json.dumps(about))
    result = cli("mistakes", cv, "--suspects")
    assert result.code == 1 and "Traceback" not in result.err
    assert f"{cv}/fold-2: began with another {what} than {cv}/fold-1" in result.err


def test_one_that_is_not_finished_is_told(cv: Path, cli: Cli):
    shutil.rmtree(cv / "fold-2")
    result = cli("mistakes", cv, "--suspects")
    assert result.code == 1 and f"cnncli crossval --resume {cv}" in result.err


@pytest.mark.slow
def test_the_real_thing_finds_flips_and_obeys_what_is_decided(cli: Cli, tmp_path: Path):
    wrong = plant(tmp_path / "digits", None, seed=1)
    options = ("--arch", "lenet5", "--epochs", "8", "--folds", "5", "--quiet")
    cli("crossval", tmp_path / "digits", "--out", tmp_path / "cv", *options)
    before = json.loads(cli("mistakes", tmp_path / "cv", "--suspects", "--json").out)
    first = {row["file"] for row in before["ranked"][: len(before["ranked"]) // 10]}
    assert len(first & set(wrong)) >= 0.8 * len(wrong)
    cli("mistakes", tmp_path / "cv", "--suspects", "-o", tmp_path / "decided.csv")
    table = rows((tmp_path / "decided.csv").read_text())
    for row in table:
        if row["file"] in first:  # as a person decides who looks at these
            right = wrong.get(row["file"], "")
            row |= {"action": "relabel" if right else "keep", "label": right}
    write(tmp_path / "decided.csv", table)
    again = ("--corrections", tmp_path / "decided.csv", "--out", tmp_path / "cv2")
    cli("crossval", tmp_path / "digits", *again, *options)
    after = json.loads(cli("mistakes", tmp_path / "cv2", "--suspects", "--json").out)
    assert after["accuracy"] > before["accuracy"] + 0.03
    assert not {row["file"] for row in after["ranked"] if row["suspect"]} & first
    left = {
        row["file"]
        for row in after["ranked"]
        if row["given"] != wrong.get(row["file"], row["given"])
    }
    assert left == set(wrong) - first
