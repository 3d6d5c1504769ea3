"""The table of epochs that stays when training is done."""

from __future__ import annotations

from cnncli.render.terminal.training_display import EPOCHS_LEFT, epoch_table


def _history(epochs: int) -> list[dict[str, float]]:
    return [
        {"epoch": n, "loss": 1 / n, "val_loss": abs(n - 13) + 0.5, "learning_rate": 0.001}
        for n in range(1, epochs + 1)
    ]


def test_every_epoch_of_a_few_has_its_row() -> None:
    header, *rows = epoch_table(_history(16), 13)
    assert header.split() == ["epoch", "loss", "val_loss"]
    assert [int(row.split()[0]) for row in rows] == list(range(1, 17))
    assert rows[12].split() == ["13", "0.0769", "0.5000", "best"]


def test_of_many_epochs_some_and_the_best_and_the_last_one() -> None:
    _, *rows = epoch_table(_history(500), 13)
    numbers = [int(row.split()[0]) for row in rows]
    assert len(numbers) <= EPOCHS_LEFT + 2 and {1, 13, 500} <= set(numbers)
    assert sum(row.endswith("best") for row in rows) == 1


def test_a_rate_that_changes_has_a_column() -> None:
    history = _history(3)
    history[-1]["learning_rate"] = 0.0005
    assert epoch_table(history, 3)[0].split()[-1] == "learning_rate"
    assert epoch_table([], None) == []
