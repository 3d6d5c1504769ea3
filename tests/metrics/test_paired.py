"""Paired tests, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from cnncli.metrics import paired


def test_mcnemar_looks_at_what_only_one_has_right() -> None:
    first = np.array([True] * 12 + [False] * 3 + [True] * 50)
    second = np.array([False] * 12 + [True] * 3 + [True] * 50)
    assert paired.mcnemar(first, second) == pytest.approx(binomtest(12, 15).pvalue)
    assert paired.mcnemar(first, first) == 1.0


@pytest.mark.parametrize("images", [9, 60])
def test_the_permutation_test_is_that_of_scipy(images: int) -> None:
    draws = np.random.default_rng(images)
    first, second = draws.random(images), draws.random(images) + 0.15
    reference = permutation_test(
        (first, second), lambda a, b, axis: (a - b).sum(axis=axis),
        permutation_type="samples", n_resamples=100_000, vectorized=True, rng=1,
    ).pvalue  # fmt: skip
    assert paired.permutation(first, second, np.arange(images)) == pytest.approx(
        reference, abs=1e-9 if images == 9 else 0.02
    )


def test_right_and_wrong_of_single_images_is_mcnemars_test() -> None:
    first = np.array([True] * 9 + [False] * 2 + [True] * 20)
    second = np.array([False] * 9 + [True] * 2 + [True] * 20)
    assert paired.permutation(first, second, np.arange(31)) == pytest.approx(
        paired.mcnemar(first, second)
    )


def test_ten_images_of_one_patient_are_one_trial() -> None:
    first, second = np.ones(40), np.r_[np.zeros(40)]
    patients = np.repeat(np.arange(4), 10)
    assert paired.permutation(first, second, np.arange(40)) < 0.001
    assert paired.permutation(first, second, patients) == pytest.approx(2 / 2**4)


def test_the_interval_of_a_difference_covers_it() -> None:
    draws = np.random.default_rng(6)
    inside = 0
    for _ in range(100):
        common = draws.random(150)
        first, second = common < 0.8, (common + draws.normal(0, 0.1, 150)) < 0.7
        low, high = paired.difference_interval(first, second, np.arange(150))
        inside += low <= 0.1 <= high
    assert 88 <= inside <= 100


def test_holm_corrects_for_the_number_of_tests() -> None:
    """The smallest times 4, the next times 3, and never less than the one before."""
    assert paired.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert paired.holm([0.5, 0.9]) == [1.0, 1.0]
    assert paired.holm([]) == []
