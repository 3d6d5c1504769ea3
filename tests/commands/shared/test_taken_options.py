"""Options of `train` that other commands have: each is passed on as `train` understands it."""

from __future__ import annotations

import pytest
from typer import Typer
from typer.main import get_command

from cnncli.commands.crossval import OF_TRAIN as OF_CROSSVAL
from cnncli.commands.shared.taken_options import Taken
from cnncli.commands.train import train
from cnncli.commands.tune import OF_TRAIN as OF_TUNE

# A value of each type that is the default of no option.
VALUES = {
    **{"str": "x", "path": "x", "boolean": True},
    **{"int range": 7, "float range": 0.5},
}


@pytest.mark.parametrize("taken", [OF_CROSSVAL, OF_TUNE], ids=["crossval", "tune"])
def test_every_option_is_passed_on_as_train_reads_it(taken: Taken) -> None:
    app = Typer()
    app.command()(train)
    command = get_command(app)
    known = {each.name: each for each in command.params}
    defaults = {name: each.default for name, each in taken.parameters().items()}
    for name in defaults:
        value = VALUES[known[name].type.name]
        given = (value, value) if known[name].multiple else value
        words = taken.words({**defaults, name: given})
        read = command.make_context("train", list(words)).params
        assert read[name] == given, words
