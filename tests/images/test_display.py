"""From values to a picture: which values are its ends."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnncli.images.display import extremes

VALUES = st.sampled_from([np.nan, np.inf, -np.inf, -2.5, 0.0, 7.0])


@given(arrays(np.float32, st.integers(0, 6), elements=VALUES))
def test_the_extremes_are_those_of_the_finite_values(values: np.ndarray) -> None:
    known = [float(value) for value in values if np.isfinite(value)]
    assert extremes(values, (3.0, 4.0)) == ((min(known), max(known)) if known else (3.0, 4.0))


def test_they_take_no_memory_beside_the_values() -> None:
    values = np.ones(10**6, np.float32)
    tracemalloc.start()
    assert extremes(values) == (1.0, 1.0)
    assert extremes(np.arange(5)) == (0.0, 4.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 100_000
