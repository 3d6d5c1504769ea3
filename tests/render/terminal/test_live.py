"""Lines that change while something is under way, on a terminal that changes its size."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from cnncli.render.terminal import training_display
from cnncli.render.terminal.live import _Live
from cnncli.render.terminal.training_display import TrainingDisplay
from cnncli.training.moment import Moment

UP = "\x1b[1A"


def test_lines_that_a_narrower_terminal_breaks_are_wiped_out_whole() -> None:
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, width=80, height=24)
    shown = _Live(terminal, lambda: Text("x" * 75 + "\n" + "y" * 20, no_wrap=True, overflow="crop"))
    with shown:
        shown.refresh()
        for width, rows in ((80, 2), (40, 3), (30, 2)):  # what was drawn at 40 fits into 30 no more
            written.truncate(written.seek(0))
            terminal.width = width
            shown.refresh()
            expected = rows if width > 30 else 3
            assert written.getvalue().count(UP) == expected - 1


def test_the_display_is_narrow_and_shows_what_matters() -> None:
    row = {"loss": 0.5, "accuracy": 0.7, "val_loss": 0.6, "val_accuracy": 0.65}
    history = [
        {"epoch": 1, **row, "learning_rate": 0.01},
        {"epoch": 2, **row, "val_loss": 0.7, "learning_rate": 0.001},
    ]
    display = TrainingDisplay()
    figures = {"loss": 0.41, "accuracy": 0.8}
    display.moment(Moment(3, 1000, 7, 1234, "train", 250.0, figures, history, 1))
    text = str(display._render())
    assert max(map(len, text.splitlines())) < 50
    for part in ("Epoch 3/1000", "step 7/1234", "250 images/s", "best: 1", "2 epochs ago", "▁█"):
        assert part in text
    (loss,) = [line for line in text.splitlines() if line.startswith("  val_loss    ")]
    assert loss.split() == ["val_loss", "-", "0.7000", "0.6000"]
    display.stopping()
    assert "Stopping" in str(display._render())


def test_figures_are_not_said_before_anything_is_trained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_display, "PLAIN_EVERY", -1.0)
    display = TrainingDisplay()
    zero = {"loss": 0.0, "accuracy": 0.0}
    display.moment(Moment(1, 3, 5, 80, "features", 0.0, zero, [], None))
    lines = [line.split() for line in str(display._render()).splitlines()]
    assert ["loss", "-"] in lines and ["accuracy", "-"] in lines
    assert capsys.readouterr().err == "epoch 1/3, frozen layers: image 5/80\n"
    display.moment(Moment(1, 3, 1, 9, "train", 250.0, {"loss": 0.41}, [], None))
    lines = [line.split() for line in str(display._render()).splitlines()]
    assert ["loss", "0.4100"] in lines and ["accuracy", "-"] in lines
    said = "epoch 1/3, step 1/9: loss 0.4100, 250 images/s\n"
    assert capsys.readouterr().err == said
