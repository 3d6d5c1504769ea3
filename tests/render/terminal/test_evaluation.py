"""Figures and predictions as tables: nothing that matters is lost on a narrow terminal."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from cnncli import console
from cnncli.evaluation.predict import Prediction
from cnncli.metrics.figures import figures as made_figures
from cnncli.metrics.rates import RATES
from cnncli.render.terminal import evaluation, predictions
from cnncli.render.terminal import table as tables
from tests.terminal import terminal


def _figures(classes: list[str]) -> dict:
    draws = np.random.default_rng(0)
    truth, predicted = draws.integers(0, len(classes), (2, 500))
    row = {"support": 50, "precision": 0.5, "recall": 0.25, "f1": 1 / 3, "auc": None}
    row |= dict.fromkeys(RATES, 0.25)
    row |= {f"{rate}_interval": [0.125, None] for rate in RATES}
    return {
        "classes": dict.fromkeys(classes, row),
        "confusion": confusion_matrix(truth, predicted).tolist(),
    }


@pytest.mark.parametrize("name", ["{}", "a long name of a class, number {}"])
def test_a_narrow_terminal_shows_the_whole_confusion(name: str):
    classes = [name.format(number) for number in range(10)]
    figures = _figures(classes)
    with terminal(80) as screen:
        tables.show(evaluation.confusion_table(figures, classes))
    title, _, _, *lines = screen.shown.splitlines()
    assert title.startswith("Confusion")
    for line, label, counts in zip(lines, classes, figures["confusion"], strict=True):
        assert label in line
        assert list(map(int, line.split()[-10:])) == counts


def test_csv_has_figures_and_confusion_in_one_table():
    figures = _figures(["cat", "dog"])
    header, first, _ = tables.to_csv(evaluation.table(figures, ["cat", "dog"])).splitlines()
    rates = ",".join(f"{rate},{rate}_low,{rate}_high" for rate in RATES)
    assert header == f"class,images,precision,recall,f1,auc,{rates},as cat,as dog"
    counts = ",".join(map(str, figures["confusion"][0]))
    shown = ",".join(["0.2500,0.1250,-"] * len(RATES))
    assert first == f"cat,50,0.5000,0.2500,0.3333,-,{shown},{counts}"


def _predicted(classes: list[str]) -> Prediction:
    chances = np.linspace(0, 1, len(classes)) ** 4
    chances = dict(zip(classes, (chances / chances.sum()).tolist(), strict=True))
    return Prediction("a.png", classes[-1], chances[classes[-1]], chances)


def test_a_narrow_terminal_shows_the_next_probable_classes():
    classes = [f"class {number}" for number in range(20)]
    each = _predicted(classes)
    with terminal(80) as screen:
        tables.show(predictions.table([each], classes, precise=False))
    assert f"class 18 {each.probabilities['class 18']:.4f}, class 17 0." in screen.shown
    assert "p_class 0" not in screen.shown


def test_a_pipe_gets_all_classes():
    classes = [f"class {number}" for number in range(20)]
    shown = tables.plain(predictions.table([_predicted(classes)], classes, precise=False))
    assert all(f"p_{name}" in shown for name in classes)


def test_notes_break_between_words_on_a_terminal_and_nowhere_else(capsys):
    text = "one two three four five six seven eight nine ten eleven twelve"
    with terminal(20, "stderr") as screen:
        console.say(f"{text}\n  {text}")
    first = screen.shown.partition("\n  ")[0].splitlines()
    assert " ".join(first) == text and max(map(len, first)) <= 20
    assert f"\n  {text}\n" in screen.shown  # a command or a line of a file, laid out already
    console.say(text)
    assert capsys.readouterr().err == f"{text}\n"


def test_of_very_many_classes_the_worst_are_shown_and_the_rest_counted():
    classes = [f"class {number}" for number in range(1500)]
    draws = np.random.default_rng(2)
    truth = np.repeat(np.arange(1500), 3)
    guess = np.where(draws.random(4500) < 0.7, truth, draws.integers(0, 1500, 4500))
    guess[:3] = 7
    chances = np.full((4500, 1500), 1e-4)
    chances[np.arange(4500), guess] = 0.8
    made = made_figures(truth, chances, classes)
    table = evaluation.class_table(made, classes, most=evaluation.SHOWN_CLASSES)
    assert len(table.rows) == 50 and table.footer[0].startswith("1,450 classes more")
    worst = sorted(made["classes"][name]["f1"] for name in classes)[:50]
    assert [made["classes"][row[0]]["f1"] for row in table.rows] == worst
    confusion = evaluation.confusion_table(made, classes)
    assert confusion.rows[0] == ["class 0", "class 7", "3"] and len(confusion.rows) == 20
    assert "more kinds of mistakes" in confusion.footer[0]
    assert len(tables.plain(table)) + len(tables.plain(confusion)) < 6000
    whole = tables.to_csv(evaluation.table(made, classes)).splitlines()
    assert len(whole) == 1501 and "as class" not in whole[0]


def test_shares_of_the_true_class():
    classes = ["cat", "dog"]
    figures = {**_figures(classes), "confusion": [[3, 1], [0, 5]]}
    table = evaluation.confusion_table(figures, classes, "true")
    assert table.rows == [["cat", "0.75", "0.25"], ["dog", "0.00", "1.00"]]
    assert "shares of the true class" in table.title
