"""`cnncli layers`: everything that a spec may say, with examples that work."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import SpecError
from cnncli.spec import catalog, check_text, reference
from cnncli.spec.families import FAMILIES, REFUSED
from tests.conftest import Cli
from tests.network.test_every_layer import INPUTS, NOT_ALONE

ENTRIES = [entry for kind in reference.KINDS for entry in reference.entries(kind)]
EXAMPLES = [
    (entry, line)
    for entry in ENTRIES
    if (line := reference.example(entry)) is not None
    if entry.name != "pretrained"  # whose file the reader has
]
TRAINING = ("optimizer", "schedule", "loss", "metric", "callback")
# Several inputs are called a and b, as in the examples of operations.
SUITING = (*INPUTS, "{a: [8, 8, 3], b: [8, 8, 3]}")


def spec_with(entry: reference.Entry, line: str, inputs: str) -> str:
    if entry.kind in TRAINING:
        return f"input: [4]\nlayers:\n  - Dense: {{units: 2}}\ntraining:\n  {line}\n"
    return f"input: {inputs}\nlayers:\n  {line}\n"


@pytest.mark.parametrize(("entry", "line"), EXAMPLES, ids=lambda value: getattr(value, "name", ""))
def test_an_example_is_valid(entry: reference.Entry, line: str):
    said = [
        [p.message for p in check_text(spec_with(entry, line, inputs), "x.yaml").problems]
        for inputs in SUITING
    ]
    assert [] in said, said


def test_everything_that_can_be_written_alone_has_an_example():
    with_one = {entry.name for entry, _ in EXAMPLES}
    classes = {e.name for e in ENTRIES if e.kind != "op" and e.refused is None}
    assert classes - with_one == {"pretrained"}
    assert len([e for e, _ in EXAMPLES if e.kind == "op"]) > 150


def built(entry: reference.Entry, line: str) -> Any:
    """Build what an example says, on the first input that suits it."""
    from cnncli.network.build import build
    from cnncli.network.objects import make

    said = []
    for inputs in SUITING:
        checked = check_text(spec_with(entry, line, inputs), "x.yaml")
        if checked.spec is None:
            continue
        training = checked.spec.training
        for kind, things in {
            "optimizer": [training.optimizer],
            "loss": [training.loss],
            "metric": training.metrics,
            "callback": training.callbacks,
        }.items():
            for thing in things:
                if thing is not None:
                    make(thing, kind)
        try:
            return build(checked.spec, weights=False)
        except SpecError as error:
            said.append(str(error))
    raise AssertionError("\n".join(said))


@pytest.mark.parametrize(
    ("entry", "line"),
    [(e, line) for e, line in EXAMPLES if e.name not in NOT_ALONE and e.kind != "network"],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_example_builds(entry: reference.Entry, line: str):
    assert built(entry, line) is not None


def test_all_of_the_catalog_is_listed(cli: Cli):
    listed = json.loads(cli("layers", "--json").out)
    found = {(entry["kind"], entry["name"]) for entry in listed if entry["refused"] is None}
    for family in FAMILIES:
        for name in catalog.names(family):
            entry = catalog.find(family, name)
            assert entry is not None
            assert (family, entry.name) in found
    refused = {(entry["kind"], entry["name"]) for entry in listed if entry["refused"]}
    assert refused == {(family, name) for family, names in REFUSED.items() for name in names}


def test_of_one_there_are_arguments_bounds_defaults_and_an_example(cli: Cli):
    page = cli("layers", "Conv2D").out
    assert "filters: a whole number from 1 on (required)" in page
    assert "padding: valid or same (default valid)" in page
    assert "strides: a whole number from 1 on, or a list of these (default [1, 1])" in page
    assert "- Conv2D: {filters: 16, kernel_size: 3}" in page
    (document,) = json.loads(cli("layers", "Dropout", "--json").out)
    assert document["arguments"][0]["bounds"] == {"minimum": 0, "maximum": 1}


def test_what_is_refused_has_its_reason(cli: Cli):
    assert "it runs code, and a spec is data" in cli("layers", "Lambda").out


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("maxpool2d", ["layer"]), ("adam", ["optimizer"]), ("Hinge", ["loss", "metric"])],
)
def test_aliases_and_other_capitals_are_found(cli: Cli, name: str, kinds: list[str]):
    found = json.loads(cli("layers", name, "--json").out)
    assert [entry["kind"] for entry in found] == kinds


def test_kinds_and_words_choose(cli: Cli):
    kinds = {entry["kind"] for entry in json.loads(cli("layers", "--kind", "loss", "--json").out)}
    assert kinds == {"loss"}
    names = [e["name"] for e in json.loads(cli("layers", "--search", "POOL", "--json").out)]
    assert "MaxPooling2D" in names
    assert "Dense" not in names


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["Convd"], 'did you mean "Conv2D"?'),
        (["--kind", "los"], 'did you mean "loss"?'),
        (["--search", "zzz"], 'nothing there says "zzz"'),
        (["Dense", "--kind", "layer"], "a NAME is shown alone"),
    ],
)
def test_wrong_usage(cli: Cli, argv: list[str], said: str):
    result = cli("layers", *argv)
    assert result.code == 2
    assert said in result.err


@given(st.text(max_size=12))
def test_any_name_is_answered(name: str):
    assert all(isinstance(entry, reference.Entry) for entry in reference.find(name))


def test_tensorflow_is_not_loaded():
    code = (
        "import sys; from cnncli.cli import main\n"
        "sys.argv = ['cnncli', 'layers', 'Dense']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "assert 'tensorflow' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_no_sentence_on_an_argument_is_cut_off(cli: Cli) -> None:

    said = [
        catalog.description(family, name, argument)
        for family in FAMILIES
        for name in catalog.names(family)
        for argument in catalog.find(family, name).arguments  # type: ignore[union-attr]
    ]
    assert len(said) > 500
    assert [text for text in said if text.count("(") != text.count(")")] == []


def test_the_page_of_pretrained_names_all_that_prepare_takes(cli: Cli):
    from cnncli.spec.application_families import families

    words = set(cli("layers", "pretrained").out.replace(",", " ").replace(".", " ").split())
    assert {*families(), "rescale", "standardize"} <= words
