"""`--vary`: what it may say, and what of it is found wrong before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import UsageError
from cnncli.tuning.vary import Vary, combinations, read, short_names
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
        ("rate=1..inf", "is no number"),
        ("rate=1e-4...1e-1 log", "two dots"),
        ("rate=1....5", "two dots"),
        ("rate=1..2 linear", '"linear" is not known'),
    ],
)
def test_what_cannot_be_meant(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"(?s).*" + said.replace(".", r"\.")):
        read([text])


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ("4,8,16", "a=4|8|16"),
        ("[relu, elu]", "a=relu|elu"),
        ("4:8", "a=4..8"),
        ("1e-4:1e-2", "a=1e-4..1e-2"),
        ("4..16 step 4", "a=4|8|12|16"),
        ("1..100 by 2", "a=1|3|...|99"),
        ("1...2", "1..2"),
        ("4", "VALUES are"),
        ("{SGD: {momentum: 0.9, nesterov: true}}", "VALUES are"),
    ],
)
def test_what_was_probably_meant_is_named(values: str, meant: str) -> None:
    with pytest.raises(UsageError) as fault:
        read([f"a={values}"])
    assert fault.value.hint is not None and meant in fault.value.hint


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        (["a=1|2|3", "b=4..6", "c=1..8 log"], 72),
        (["seed=1..3"], 3),
        (["a=1|2", "b=0.1..0.5"], None),
    ],
)
def test_how_many_combinations_there_are(texts: list[str], count: int | None) -> None:
    assert combinations(read(texts)) == count


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
        ("layers[7].units=1|2", ":5:1:", "numbered from 0"),
        ("nosuch.units=1|2", "tiny.yaml: error", "no layer is called"),
        ("layers[0].filters=2|4", "", "no difference: --vary layers[0] puts another value"),
        ("learning_rate=1e-4..1e-1", "", "training.optimizer.Adam.learning_rate"),
        ("training.epochs=2|3", "", "no difference: --epochs says it"),
        ("training.optimizer.Adam.learning_rate=0.1|0.2", "", "--learning-rate says it"),
        ("params.rates=1|2", "tiny.yaml: error", 'there is no "params"'),
    ],
)
def test_a_value_that_the_spec_cannot_have_is_told_at_its_place(
    cli: Cli, few: Path, tiny: Path, tmp_path: Path, vary: str, place: str, said: str
) -> None:
    out = tmp_path / "study"
    words = ["tune", few, "--arch", tiny, "--vary", vary, "--out", out]
    if "another value" in said:
        whole = "{Conv2D: {filters: 3, kernel_size: 3}}|{Conv2D: {filters: 5, kernel_size: 3}}"
        words += ["--vary", f"layers[0]={whole}"]
    if "--" in said:
        words += ["--epochs", "2", "--learning-rate", "0.1"]
    result = cli(*words)
    assert result.code == 2 and not out.exists()
    assert said in result.err and place in result.err


def test_all_mistakes_are_told_at_once_each_of_its_own_option(
    cli: Cli, few: Path, tiny: Path, tmp_path: Path
) -> None:
    wrong = (
        *("layers[0].filtrs=4|8", "layers[1].pool_size=2|x|y", "layers[9].units=1|2"),
        *("training.optimizer.Adam.learning_rat=1e-4..1e-1 log", "layers[0].filters=0.5..8"),
        *("seed=1", "training.batch_size=2|4"),
    )
    varied = [word for each in wrong for word in ("--vary", each)]
    result = cli("tune", few, "--arch", tiny, *varied, "--out", tmp_path / "study")
    assert result.code == 2 and not (tmp_path / "study").exists()
    places = [line for line in result.err.splitlines() if ": error: " in line]
    expected = (
        ("--vary seed=1: error: names less than two values"),
        ("--vary layers[0].filtrs: Conv2D has no argument"),
        ("--vary layers[1].pool_size: ", 'not the text "x"'),
        ("--vary layers[1].pool_size: ", 'not the text "y"'),
        ("layers[9].units", "numbered from 0"),
        ("--vary training.optimizer.Adam.learning_rat: Adam has no argument"),
        ("--vary layers[0].filters: ", "not the number 0.5"),
    )
    assert len(places) == len(expected), result.err
    for line, said in zip(places, expected, strict=True):
        assert all(each in line for each in ([said] if isinstance(said, str) else said)), line


def test_values_that_fit_only_beside_another_path_may_vary(
    cli: Cli, few: Path, tiny: Path, tmp_path: Path
) -> None:
    """A clash of two paths is told once; what another path makes possible is no mistake."""
    dense = "layers[0]={Dense: {units: 3}}|{Dense: {units: 4}}"
    words = ["tune", few, "--arch", tiny, "--out", tmp_path / "study"]
    result = cli(*words, "--vary", dense, "--vary", "layers[0].filters=4|8")
    assert result.code == 2
    assert result.err.count('Dense has no argument "filters"') == 1
    optimizer = ["--vary", "training.optimizer=SGD|{SGD: {momentum: 0.9}}"]
    rate = ["--vary", "training.optimizer.SGD.learning_rate=0.1|x"]
    result = cli(*words, *optimizer, *rate)
    assert result.code == 2 and "stands there" not in result.err
    assert 'Keras has no schedule "x"' in result.err


def test_a_parameter_that_there_is_not_is_told_with_those_that_there_are(
    cli: Cli, tmp_path: Path
) -> None:
    words = ("tune", "sample:digits", "--arch", "lenet5", "--out", tmp_path / "study")
    result = cli(*words, "--vary", "params.nosuch=1|2")
    assert (result.code, result.err) == (
        2,
        'error: --vary params.nosuch: lenet5 has no parameter "nosuch"\nIt has classes.\n',
    )
