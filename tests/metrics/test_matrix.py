"""The confusion matrix as shares and as cells, against scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from sklearn.metrics import confusion_matrix

from cnncli.metrics import figures, matrix
from cnncli.metrics.matrix import Normalize


@pytest.mark.parametrize("how", ["true", "pred", "all"])
def test_shares_are_those_of_scikit_learn(how: Normalize) -> None:
    draws = np.random.default_rng(0)
    labels, predicted = draws.integers(0, 5, 80), draws.integers(0, 4, 80)
    labels[labels == 2] = 1  # a class without images, and one that is never predicted
    counts = figures.confusion(labels, predicted, 5)
    expected = confusion_matrix(labels, predicted, labels=range(5), normalize=how)
    assert matrix.normalized(counts, how) == pytest.approx(expected)


def test_cells_make_the_matrix_again() -> None:
    counts = np.random.default_rng(1).poisson(0.3, (150, 150))
    rows, columns, images = np.array(matrix.cells(counts)).T
    assert (coo_array((images, (rows, columns)), (150, 150)).toarray() == counts).all()
    assert (images > 0).all()


def test_the_most_frequent_mistakes_come_first() -> None:
    counts = [[9, 0, 2], [5, 7, 0], [2, 0, 8]]
    assert matrix.mistakes(counts) == [[1, 0, 5], [0, 2, 2], [2, 0, 2]]


@pytest.mark.parametrize("classes", [100, 101])
def test_a_document_holds_no_large_matrix(classes: int) -> None:
    made = {"confusion": np.eye(classes, dtype=int).tolist(), "accuracy": 1.0}
    assert (matrix.bounded(made)["confusion"] is None) == (classes > matrix.WHOLE_UP_TO)
