"""`--vary`: what it may say, and what of it is found wrong before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import UsageError
from cnncli.tuning.vary import Vary, read, short_names
from tests.conftest import Cli


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("layers[0].filters=8|16|32", Vary("layers[0].filters", ("8", "16", "32"))),
        ("training.optimizer=Adam | {SGD: {momentum: 0.9}}",
         Vary("training.optimizer", ("Adam", "{SGD: {momentum: 0.9}}"))),
        ("seed=1..5", Vary("seed", (), 1, 5)),
        ("rate=0.1..0.5", Vary("rate", (), 0.1, 0.5)),
        ("rate=-1..2.5", Vary("rate", (), -1.0, 2.5)),
        ("rate=1e-4..1e-2 log", Vary("rate", (), 1e-4, 1e-2, log=True)),
        ("params.width=4..64  log", Vary("params.width", (), 4, 64, log=True)),
    ],
)  # fmt: skip
def test_what_may_be_said(text: str, expected: Vary) -> None:
    assert read([text]) == [expected]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("filters", "takes PATH=VALUES"),
        ("=1|2", "takes PATH=VALUES"),
        ("filters=", "takes PATH=VALUES"),
        ("filters=8", "less than two values"),
        ("filters=8|", "less than two values"),
        ("filters=8|8", "a value twice"),
        ("filters=8|8.0", "a value twice"),
        ("filters=8|{a", "cannot be read"),
        ("rate=2..1", "2 is not less than 1"),
        ("rate=1..1", "not less than"),
        ("rate=0..1 log", "begins above 0"),
        ("rate=1..x", '"x" is no number'),
        ("rate=true..2", '"true" is no number'),
        ("rate=1...inf", "is no number"),
        ("rate=1..2 linear", '"linear" is not known'),
    ],
)
def test_what_cannot_be_meant(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"(?s).*" + said.replace(".", r"\.")):
        read([text])


def test_a_path_is_varied_once() -> None:
    with pytest.raises(UsageError, match="varied already"):
        read(["seed=1|2", "seed=3|4"])


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        (found,) = read([text])
    except UsageError:
        return
    assert found.path and (found.choices or found.low < found.high)


def test_names_are_as_short_as_they_can_be() -> None:
    paths = ["training.optimizer.Adam.learning_rate", "layers[0].filters", "layers[2].filters"]
    assert short_names(paths) == ["learning_rate", *paths[1:]]
    assert short_names(["seed"]) == ["seed"]


@pytest.mark.parametrize(
    ("vary", "place", "said"),
    [
        ("layers[0].filters=2.5..8", ":6:23", "is a whole number, not the number 2.5"),
        ("layers[0].filters=2.0..8.5", ":6:23", "is a whole number"),
        ("layers[0].filters=0..8", ":6:23", "from 1 on, not the number 0"),
        ("layers[0].activation=relu|rellu", ":6:", "rellu"),
        ("layers[0].filter=1|2", ":6:", 'no argument "filter"'),
        ("conv2d.filters=1|x", ":6:23", "whole number"),
        ("training.optimizer.SGD.learning_rate=0.1|0.2", ":12:", "SGD"),
        ("training.batch_size=8|big", ":14:", "batch_size"),
        ("layers[7].units=1|2", ":6:3:", "numbered from 0"),
        ("nosuch.units=1|2", "tiny.yaml: error", "no layer is called"),
        ("layers[0].filters=2|4", "", "--vary layers[0].filters: makes no difference"),
    ],
)
def test_a_value_that_the_spec_cannot_have_is_told_at_its_place(
    cli: Cli, few: Path, tiny: Path, tmp_path: Path, vary: str, place: str, said: str
) -> None:
    out = tmp_path / "study"
    words = ["tune", few, "--arch", tiny, "--vary", vary, "--out", out]
    if "makes no difference" in said:
        whole = "{Conv2D: {filters: 3, kernel_size: 3}}|{Conv2D: {filters: 5, kernel_size: 3}}"
        words += ["--vary", f"layers[0]={whole}"]
    result = cli(*words)
    assert result.code == 2 and not out.exists()
    assert said in result.err and place in result.err
