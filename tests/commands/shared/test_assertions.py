"""What is asserted of a JSON document: read, looked up and compared as Python itself does."""

from __future__ import annotations

import json
import math
import operator
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cnncli.commands.shared import assertions, evaluation_example
from cnncli.commands.shared.assertions import at, parse, require
from cnncli.errors import CnncliError, UsageError
from cnncli.metrics.figures import figures
from tests.conftest import ROOT, Cli

SIGNS = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9)
# Names of classes are anything but what the language of keys itself says.
NAMES = st.text(
    st.characters(exclude_characters="<>=[].", exclude_categories=("Z", "C")),
    min_size=1,
    max_size=8,
)
TREES = st.recursive(
    NUMBERS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        parts = [(f"{key}.{name}" if key else name, item) for name, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{key}[{place}]", item) for place, item in enumerate(value)]
    else:
        return [(key, value)]
    return [leaf for name, item in parts for leaf in leaves(item, name)]


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4))
def test_every_value_of_a_document_is_found_by_its_key(document: dict[str, Any]):
    for key, value in leaves(document):
        assert at(document, key) == value


@given(NUMBERS, st.sampled_from(sorted(SIGNS)), NUMBERS, st.sampled_from(["", " ", "  "]))
def test_numbers_are_compared_as_python_does(one: float, sign: str, other: float, space: str):
    asserted = parse(f"{space}key{space}{sign}{space}{other!r}{space}")
    assert (asserted.fault({"key": one}) is None) == SIGNS[sign](one, float(other))


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str):
    try:
        found = parse(text)
    except UsageError:
        return
    assert found.sign in SIGNS and found.key in text


@pytest.mark.parametrize(
    "text",
    ["", "accuracy", "accuracy >=", ">= 0.9", "accuracy => 0.9", "accuracy = 0.9", "a != 1",
     "accuracy >= high", "accuracy >= nan", "accuracy > inf", "accuracy >= true",
     "auc_interval[-1] > 0", "auc_interval[x] > 0", "auc_interval[0 > 0"],
)  # fmt: skip
def test_what_cannot_be_read(text: str):
    with pytest.raises(UsageError, match="--assert"):
        parse(text)


DOCUMENT = {
    "accuracy": 0.75, "auc": math.nan, "loss": None, "part": "test", "ok": True,
    "auc_interval": [0.5, 0.9], "classes": {"a": {"f1": 0.5}, "a.b": {"f1": 0.25}, "c d": 3},
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["accuracy >= 0.75", "accuracy<=75e-2", "auc_interval[0] == 0.5", "classes.a.b.f1 < 0.3",
     "classes.a.f1 == 0.5", "classes.c d > 2", "part == test", "part == 'test'", "ok == true"],
)  # fmt: skip
def test_what_holds(text: str):
    require([parse(text)], DOCUMENT)


def test_all_that_fail_are_named_with_their_values():
    texts = ["accuracy >= 0.9", "accuracy >= 0.1", "auc > 0", "loss < 1", "part == validation"]
    with pytest.raises(CnncliError) as raised:
        require([parse(text) for text in texts], DOCUMENT)
    assert raised.value.exit_code == 1
    assert raised.value.message == "4 of 5 assertions failed:"
    assert str(raised.value.hint).splitlines() == [
        "  accuracy >= 0.9: fails, as accuracy is 0.75",
        "  auc > 0: fails, as auc could not be computed (it is null)",
        "  loss < 1: fails, as loss could not be computed (it is null)",
        "  part == validation: fails, as part is test",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [("acuracy > 0", 'did you mean "accuracy"'), ("auc_interval[2] > 0", "2 items"),
     ("classes.zz > 0", "In classes there are a, a.b, c d"), ("accuracy.low > 0", "nothing more"),
     ("auc_interval > 0", "auc_interval[0]"), ("classes > 0", "classes.a"), ("part == 3", "None")],
)  # fmt: skip
def test_keys_that_are_not_there_and_values_of_another_kind(text: str, hint: str):
    with pytest.raises(UsageError) as raised:
        require([parse(text)], DOCUMENT)
    assert hint in str(raised.value.hint)


def test_evaluate_asserts(cli: Cli, trained: Path):
    accuracy = json.loads((trained / "metrics.json").read_text())["test"]["accuracy"]
    held = cli("evaluate", trained, "--assert", f"accuracy == {accuracy!r}", "--json")
    assert held.code == 0 and json.loads(held.out)["accuracy"] == accuracy
    failed = cli("evaluate", trained, "--assert", "accuracy > 1", "--format", "github")
    assert failed.code == 1 and f"accuracy is {accuracy}" in failed.err
    notice, error = failed.out.splitlines()
    assert notice.startswith("::notice::") and error.startswith("::error::accuracy > 1: fails")
    assert cli("evaluate", trained, "--assert", "acuracy > 0").code == 2


def test_summary_and_data_assert(cli: Cli, images: Path):
    held = cli("summary", "--assert", "total_params == 54627", "--format", "github")
    assert (held.code, held.out) == (0, "::notice::total_params == 54627: holds\n")
    assert cli("summary", "--assert", "layers[1].params > 1e9").code == 1
    assert cli("summary", "--format", "github").code == 2
    half = ("--assert", "classes.left.images == 40", "--format", "github")
    assert cli("data", images, *half).code == 0
    failed = cli("data", images, "--assert", "images < 3", "--json")
    assert failed.code == 1 and json.loads(failed.out)["images"] == 80


MISTYPED = {
    "evaluate run": ("acuracy >= 0.9", 'did you mean "accuracy"?'),
    "evaluate run images": ("auc_interval[2] >= 0.9", "auc_interval has 2 items"),
    "evaluate run --json": ("classes.lft.f1 >= 0.9", 'did you mean "classes.left.f1"?'),
    "evaluate run --normalize true": ("abstain.answered > 0", "There are schema, model"),
    "summary": ("layers[3].param < 9", 'did you mean "layers[3].params"?'),
    "summary lenet5": ("total_params == many", "total_params is a number"),
    "data images": ("classes.left.image > 1", 'did you mean "classes.left.images"?'),
    "data images --json": ("findings > 1", "findings[0]"),
}


@pytest.mark.parametrize("command", MISTYPED)
def test_a_key_that_will_not_be_there_is_told_at_once(
    command: str, bare, trained: Path, images: Path
):
    asserted, said = MISTYPED[command]
    words = command.replace("run", str(trained)).replace("images", str(images)).split()
    process = bare.start(*words, "--assert", asserted, plain=True)
    assert process.wait() == 2
    told = process.output.read_text()
    assert said in told and "LOADED" not in told and "Reading" not in told


def skeleton(value: Any) -> Any:
    """A document without its values: of objects their keys, of a list of them the first one's."""
    if isinstance(value, dict):
        return {key: skeleton(item) for key, item in value.items()} or None
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [skeleton(value[0])]
    return None


def known_in(example: Any, found: Any) -> bool:
    """Whether an example says nothing else than what a document has."""
    if example is None or found is None:
        return True
    if isinstance(example, dict):
        return example.keys() == found.keys() and all(
            known_in(example[key], found[key]) for key in example
        )
    return known_in(example[0], found[0])


@pytest.mark.parametrize(
    "words",
    ["evaluate run", "evaluate run images --normalize pred --abstain 0.6", "evaluate cv",
     "summary lesson", "data images --group-by (.)[.]"],
)  # fmt: skip
def test_examples_are_like_the_documents(
    words: str, cli: Cli, trained: Path, images: Path, crossed: Path, tmp_path: Path, monkeypatch
):
    examples: list[Any] = []
    monkeypatch.setattr(assertions, "check_all", lambda asserted, one: examples.append(one))
    cv = shutil.copytree(crossed, tmp_path / "cv")  # what looks at folds counts that in them
    places = {"run": trained, "images": images, "cv": cv}
    line = [places.get(word, word) for word in words.split()]
    result = cli(*line, "--json", "--assert", "schema == x")
    (example,) = examples
    assert known_in(skeleton(example), skeleton(json.loads(result.out))), example


@pytest.mark.parametrize(
    ("classes", "positive"), [((), None), (("a", "b"), "b"), (("a", "b"), None), ("abcdef", None)]
)
def test_an_example_of_any_classes_holds_their_figures(classes: Any, positive: str | None):
    labels = np.arange(40) % max(len(classes), 3)
    names = tuple(classes) or ("x", "y", "z")
    labels = np.minimum(labels, len(names) - 1)
    chances = np.random.default_rng(0).dirichlet(np.ones(len(names)), 40)
    made = figures(labels, chances, names, positive)
    found = skeleton(evaluation_example.example(classes, positive, ()))
    without = {key: value for key, value in found.items() if key != "confusion_cells"}
    assert known_in(without, skeleton(made))


@pytest.mark.parametrize("command", ["evaluate run", "summary", "data images"])
def test_it_is_read_before_anything_is_loaded(command: str, bare, trained: Path, images: Path):
    words = command.replace("run", str(trained)).replace("images", str(images)).split()
    process = bare.start(*words, "--assert", "accuracy >> 3", plain=True)
    assert process.wait() == 2
    assert "accuracy >> 3" in process.output.read_text()


def test_the_workflow_of_the_documentation_is_whole(cli: Cli):
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.S)[0])
    runs = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    for run in runs:
        for asserted in re.findall(r"--assert '([^']*)'", run):
            parse(asserted)
        words = run.split()
        if words[0] == "cnncli":
            said = cli(words[1], "--help").out
            assert all(word in said for word in words if word.startswith("--"))
