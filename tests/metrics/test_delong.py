"""DeLong's test: the data of its authors as SAS computes them, and the definition written out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cnncli.metrics.delong import delong

# DeLong, DeLong and Clarke-Pearson (1988): albumin, total protein, K-G score, outcome of 43
# patients, as printed in the example "Comparing Receiver Operating Characteristic Curves" of the
# SAS/STAT User's Guide, the LOGISTIC procedure.
PATIENTS = """
3.0 5.8 10 0   3.2 6.3  5 1   3.9 6.8  3 1   2.8 4.8  6 0   3.2 5.8  3 1   0.9 4.0  5 0
2.5 5.7  8 0   1.6 5.6  5 1   3.8 5.7  5 1   3.7 6.7  6 1   3.2 5.4  4 1   3.8 6.6  6 1
4.1 6.6  5 1   3.6 5.7  5 1   4.3 7.0  4 1   3.6 6.7  4 0   2.3 4.4  6 1   4.2 7.6  4 0
4.0 6.6  6 0   3.5 5.8  6 1   3.8 6.8  7 1   3.0 4.7  8 0   4.5 7.4  5 1   3.7 7.4  5 1
3.1 6.6  6 1   4.1 8.2  6 1   4.3 7.0  5 1   4.3 6.5  4 1   3.2 5.1  5 1   2.6 4.7  6 1
3.3 6.8  6 0   1.7 4.0  7 0   3.7 6.1  5 1   3.3 6.3  7 1   4.2 7.7  6 1   3.5 6.2  5 1
2.9 5.7  9 0   2.1 4.8  7 1   2.8 6.2  8 0   4.0 7.0  7 1   3.3 5.7  6 1   3.7 6.9  5 1
3.6 6.6  5 1
"""


@pytest.mark.parametrize(
    ("column", "auc", "error", "p_value"),
    [(0, 0.7366, 0.0953, 0.9102), (1, 0.6478, 0.1046, 0.4561)],
)
def test_the_example_of_its_authors(column: int, auc: float, error: float, p_value: float) -> None:
    rows = np.array(PATIENTS.split(), float).reshape(-1, 4)
    found = delong(rows[:, 3] == 1, rows[:, column], -rows[:, 2])
    assert (found.first, found.second) == pytest.approx((auc, 0.7258), abs=5e-5)
    assert (found.error, found.p_value) == pytest.approx((error, p_value), abs=5e-5)


@pytest.mark.parametrize("digits", [1, 9])
def test_the_definition_pair_by_pair(digits: int) -> None:
    draws = np.random.default_rng(digits)
    truth = draws.random(60) < 0.4
    scores = [(draws.random(60) + 0.3 * truth).round(digits) for _ in range(2)]
    wins = [
        (s[truth][:, None] > s[~truth]) + 0.5 * (s[truth][:, None] == s[~truth]) for s in scores
    ]
    variance = (
        np.cov([each.mean(axis=1) for each in wins]) / truth.sum()
        + np.cov([each.mean(axis=0) for each in wins]) / (~truth).sum()
    )
    found = delong(truth, *scores)
    assert found.first == pytest.approx(roc_auc_score(truth, scores[0]))
    assert found.second == pytest.approx(roc_auc_score(truth, scores[1]))
    expected = np.sqrt(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1])
    assert found.error == pytest.approx(expected)


def test_equal_scores_do_not_differ() -> None:
    truth, scores = np.array([True, False, True, False]), np.array([0.9, 0.1, 0.4, 0.5])
    assert delong(truth, scores, scores).p_value == 1.0
    assert delong(truth, scores, scores / 2).p_value == 1.0
