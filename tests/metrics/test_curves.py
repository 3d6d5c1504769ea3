"""What curves say, on histories whose story is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.metrics import curves


def history(
    loss: Sequence[float], val_loss: Sequence[float] | None = None, rate: float = 0.001
) -> list[dict[str, float]]:
    rows = [
        {"epoch": number, "loss": float(value), "learning_rate": rate}
        for number, value in enumerate(loss, 1)
    ]
    for row, value in zip(rows, [] if val_loss is None else val_loss, strict=False):
        row["val_loss"] = float(value)
    return rows


EPOCHS = np.arange(1, 31)
FALLING = 0.7 * np.exp(-EPOCHS / 10)
STORIES = {
    "still falling": (FALLING, FALLING + 0.05),
    "over-fitting from epoch 13": (FALLING, 0.3 + 0.002 * (EPOCHS - 12.0) ** 2),
    "level: val_loss": (FALLING, 0.3 + 0.4 * np.exp(-EPOCHS / 2)),
    "has not begun to learn": (np.full(30, 0.6931), np.full(30, 0.6932)),
    "unstable": (np.r_[FALLING[:20], np.linspace(0.2, 2, 10)], FALLING),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_stories(story: str, noise: float) -> None:
    draws = np.random.default_rng(0)
    loss, val_loss = (c + noise * draws.normal(size=30) * c for c in STORIES[story])
    assert curves.read(history(loss, val_loss)).text.startswith(story)


def test_without_validation_the_training_loss_is_judged() -> None:
    assert "still falling: loss fell" in curves.read(history(FALLING)).text
    assert curves.read(history(0.1 + np.exp(-EPOCHS))).kind == "level"


def test_a_rise_of_a_moment_is_no_over_fitting() -> None:
    val_loss = FALLING + 0.05
    val_loss[-1] *= 3
    assert curves.read(history(FALLING, val_loss)).kind == "falling"


def test_where_the_last_epoch_is_not_the_best_it_is_not_said_to_fall_still() -> None:
    said = curves.read(history(FALLING[:3], np.array([0.23, 0.06, 0.09])))
    assert said.kind == "falling"
    assert said.text == (
        "falling on the whole: val_loss fell by 74 % in the last 2 epochs, to its lowest in "
        "epoch 2 of 3"
    )


def test_a_rate_that_has_come_to_zero() -> None:
    rows = history(FALLING, FALLING)
    rows[-1]["learning_rate"] = 0.0
    assert curves.read(rows).kind == "rate is zero"
    # By a schedule that is shorter than an epoch it is 0 at the end of each.
    assert curves.read(history([1, 0.5], [1, 0.5], rate=0.0)).kind == "rate is zero"


def test_few_epochs_say_nothing() -> None:
    assert curves.read([]).kind == "too few epochs"
    assert curves.read(history([1, 0.5], [1, 0.5])).kind == "too few epochs"
    assert curves.read(history([1, 0.5, math.nan])).kind == "too few epochs"


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1)), max_size=40))
def test_any_history_has_a_reading(rows: list[tuple[float, float, float]]) -> None:
    made = [{"loss": a, "val_loss": b, "learning_rate": c} for a, b, c in rows]
    assert curves.read(made).text


def test_a_level_loss_that_jumps_and_ends_above_its_lowest_is_told() -> None:
    losses = [0.694, 0.693, 0.692, 0.689, 0.678, 0.641, 0.677, 0.613]
    validation = [0.6932, 0.6929, 0.6923, 0.6911, 0.6837, 0.8673, 0.6853, 0.7105]
    pairs = zip(losses, validation, strict=True)
    found = curves.read(
        [{"loss": loss, "val_loss": of_validation} for loss, of_validation in pairs]
    )
    assert found.kind == "level"
    assert found.text.endswith(
        "; it jumped by up to 27 % from one epoch to the next and ends 4 % above its lowest "
        "(epoch 5)"
    )
    steady = curves.read(
        [{"loss": 1.0}, {"loss": 0.9}, {"loss": 0.9}, {"loss": 0.9}, {"loss": 0.9}]
    )
    assert steady.kind == "level" and "jumped" not in steady.text
