"""What the difference between the kept and the last epoch says."""

from __future__ import annotations

import pytest

from cnncli.runs.keep import difference


def _row(epoch: int, loss: float, accuracy: float) -> dict[str, float]:
    return {"epoch": epoch, "val_loss": loss, "val_accuracy": accuracy}


@pytest.mark.parametrize(
    ("loss", "accuracy", "said"),
    [
        (0.5, 0.8, "they are equally good"),
        (0.6, 0.9, "right more often, and surer where it is wrong"),
        (0.6, 0.8, "no better on images that it does not know"),
        (0.4, 0.7, "right less often"),
        (0.4, 0.8, "the better one by both"),
    ],
)
def test_what_the_last_epoch_is_beside_the_kept_one(
    loss: float, accuracy: float, said: str
) -> None:
    text = difference(_row(2, 0.5, 0.8), _row(3, loss, accuracy))
    assert text is not None
    assert said in text
    assert "val_loss" in text and "(kept 0.5000)" in text


def test_one_epoch_has_no_difference() -> None:
    assert difference(_row(2, 0.5, 0.8), _row(2, 0.5, 0.8)) is None
