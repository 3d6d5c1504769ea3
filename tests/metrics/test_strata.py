"""Differences between strata, against SciPy's permutation test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test

from cnncli.metrics.strata import spread


@pytest.mark.parametrize("sizes", [(40, 60), (30, 30, 50)])
def test_the_largest_difference_and_its_chance(sizes: tuple[int, ...]) -> None:
    draws = np.random.default_rng(len(sizes))
    parts = [draws.random(size) < 0.8 - 0.08 * place for place, size in enumerate(sizes)]
    strata = np.repeat(np.arange(len(sizes)), sizes)

    def largest(*samples: np.ndarray) -> float:
        means = [np.mean(sample) for sample in samples]
        return max(means) - min(means)

    reference = permutation_test(
        tuple(part.astype(float) for part in parts), largest,
        permutation_type="independent", n_resamples=4000, alternative="greater", rng=1,
    )  # fmt: skip
    found = spread(np.concatenate(parts), strata, np.arange(len(strata)))
    assert found is not None
    assert found.difference == pytest.approx(reference.statistic)
    assert found.p_value == pytest.approx(reference.pvalue, abs=0.03)
    means = [part.mean() for part in parts]
    assert (found.lowest, found.highest) == (np.argmin(means), np.argmax(means))


def test_many_images_of_few_patients_say_little() -> None:
    right, strata = np.repeat([1, 1, 0, 0], 25), np.repeat([0, 0, 1, 1], 25)
    alone = spread(right, strata, np.arange(100))
    together = spread(right, strata, np.repeat(np.arange(4), 25))
    assert alone is not None and together is not None
    assert alone.p_value < 0.001
    assert together.p_value == pytest.approx(1 / 3, abs=0.02)  # 2 of the 6 ways to choose two


def test_one_stratum_has_no_difference() -> None:
    assert spread(np.ones(5), np.zeros(5, int), np.arange(5)) is None
