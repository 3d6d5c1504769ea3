"""The pictures of `evaluate -o DIR`, and what they are drawn of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import auc, average_precision_score

from cnncli.metrics.figures import figures
from cnncli.metrics.operating import curves_of
from cnncli.render.pictures import evaluation
from tests.conftest import Cli

ALWAYS = {"confusion.png", "roc.png", "precision-recall.png", "reliability.png"}


def test_a_folder_of_pictures(trained: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "pictures"
    assert cli("evaluate", trained, "-o", out).code == 0
    assert {path.name for path in out.iterdir()} == ALWAYS
    assert cli("evaluate", trained, "-o", out).code == 2
    assert cli("evaluate", trained, "-o", out, "--force", "--abstain", "0.8").code == 0
    assert {path.name for path in out.iterdir()} == {*ALWAYS, "answered.png"}
    for path in out.iterdir():
        with Image.open(path) as picture:
            assert len(picture.convert("L").getcolors() or ()) > 10
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    for more in ([], ["--force"]):
        assert cli("evaluate", trained, "-o", tmp_path / "mine", *more).code == 2
    assert (tmp_path / "mine" / "notes.txt").exists()
    assert cli("evaluate", trained, "-o", "-").code == 2


@pytest.mark.parametrize("classes", [2, 10, 30])
def test_curves_and_the_point_on_them(classes: int, tmp_path: Path) -> None:
    draws = np.random.default_rng(classes)
    labels = draws.integers(0, classes, 300)
    chances = draws.dirichlet(np.ones(classes), 300)
    chances[np.arange(300), labels] += 0.3
    chances /= chances.sum(axis=1, keepdims=True)
    names = [f"class {number}" for number in range(classes)]
    positive, threshold = (names[1], 0.4) if classes == 2 else (None, None)
    made = figures(labels, chances, names, positive, threshold=threshold)
    curves = curves_of(labels, chances, names, made, positive)
    assert [each.name for each in curves] == ([positive] if positive else names)
    for each in curves:
        place = names.index(each.name)
        assert auc(each.false, each.true) == pytest.approx(each.figures["auc"])
        precision = average_precision_score(labels == place, chances[:, place])
        assert each.figures["average_precision"] == pytest.approx(precision)
    if positive:
        (each,) = curves
        across = 1 - each.figures["specificity"]
        low = each.true[each.false <= across + 1e-9].max()
        assert low >= each.figures["sensitivity"] - 1e-9
        assert each.true[each.false >= across - 1e-9].min() <= each.figures["sensitivity"] + 1e-9
    for draw in (evaluation.draw_roc, evaluation.draw_precision_recall):
        path = tmp_path / f"{draw.__name__}.png"
        draw(curves, threshold, path)
        with Image.open(path) as picture:
            assert picture.width > (1000 if classes == 10 else 700)


def test_where_no_image_is_taken_for_a_class_no_precision_is_marked(tmp_path: Path) -> None:
    labels, scores = np.array([0, 1, 1, 0]), np.array([0.1, 0.2, 0.6, 0.3])
    chances = np.stack([1 - scores, scores], axis=1)
    made = figures(labels, chances, "ab", "b", threshold=0.95)
    curves = curves_of(labels, chances, "ab", made, "b")
    evaluation.draw_precision_recall(curves, 0.95, tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as picture:
        corner = np.asarray(picture.convert("RGB"), int)[600:-85, 85:160]  # recall and precision 0
    assert (abs(corner[..., 2] - corner[..., 0]) < 30).all()


def test_a_class_that_has_no_images_has_no_curve() -> None:
    labels, chances = np.array([0, 0, 1]), np.array([[0.6, 0.3, 0.1]] * 3)
    made = figures(labels, chances, "abc")
    assert [each.name for each in curves_of(labels, chances, "abc", made, None)] == ["a", "b"]
