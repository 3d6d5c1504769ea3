"""How far something long has come, as a user sees it."""

from __future__ import annotations

import pytest

from cnncli.commands.shared import progress as shared
from cnncli.commands.shared.progress import progress
from cnncli.render.terminal.progress_bar import ProgressBar


def test_without_a_terminal_a_line_tells_what_goes_on_within_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "SAID_EVERY", -1.0)
    with progress("Explaining") as show:
        show(1, 3)
        show.within("grad-cam at conv", 0, 0)
        show.within("rise", 448, 1000)
        show(2, 3)
    assert [line.partition("Explaining")[2] for line in capsys.readouterr().err.splitlines()] == [
        ": 1 of 3",
        ": 1 of 3 (grad-cam at conv)",
        ": 1 of 3 (44 % of rise)",
        ": 2 of 3",
    ]


def test_the_bar_tells_what_goes_on_within_one() -> None:
    bar = ProgressBar("Explaining")
    bar.show(1, 2, "44 % of rise")
    assert str(bar.render()) == f"Explaining {'━' * 7}{'╌' * 7} 1/2  44 % of rise"
    bar.show(2, 2)
    assert str(bar.render()) == f"Explaining {'━' * 14} 2/2"
