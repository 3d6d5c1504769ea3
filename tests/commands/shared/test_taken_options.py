"""Options of `train` that `crossval` and `tune` hand on: under the names that `train` knows."""

from __future__ import annotations

import pytest
from typer.main import get_command

from cnncli.cli import app
from cnncli.commands import crossval, tune
from cnncli.commands.shared.taken_options import Taken


@pytest.mark.parametrize("taken", [crossval.OF_TRAIN, tune.OF_TRAIN])
def test_what_is_handed_on_is_an_option_of_train(taken: Taken) -> None:
    train = get_command(app).get_command(None, "train")  # type: ignore[attr-defined, arg-type]
    known = {each.name: each.opts for each in train.params}
    plain = {name: each.default for name, each in taken.parameters().items()}
    assert "set_" in plain and "range_" in plain
    for name in plain:
        (word,) = taken.words({**plain, name: "something"})
        assert word.partition("=")[0] in known[name]
