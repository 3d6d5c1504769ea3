"""docs/summary.md is true: every column, every key of the JSON, every class that has a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from tests.conftest import ROOT, Cli

TEXT = (ROOT / "docs" / "summary.md").read_text(encoding="utf-8")


def _documented(after: str) -> set[str]:
    """Return the names in the first column of the table that follows some words."""
    table = TEXT[TEXT.index(after) :].split("|---|---|\n", 1)[1].split("\n\n", 1)[0]
    rows = (line.split("|")[1] for line in table.splitlines())
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_column_is_described():
    from cnncli.render.terminal.summary import KINDS

    assert _documented("## The columns") == set(KINDS)


def test_every_key_of_the_summary_is_described(cli: Cli):
    document = json.loads(cli("summary", "lesson", "--json").out)
    assert _documented("## As JSON") == set(document)
    assert _documented("Each of `layers` holds") == set(document["layers"][0])
    assert set(document["largest"]) == {"params", "macs", "activation_bytes"}
    assert document["schema"] in TEXT


def test_every_key_of_a_comparison_is_described(cli: Cli):
    document = json.loads(cli("compare", "--with", "layers[0].filters=16", "--json").out)
    assert _documented("`cnncli compare --json` prints") == set(document)
    assert document["schema"] in TEXT
    (difference,) = document["differences"]
    _all_named(difference)
    _all_named(difference["layers"][0])
    assert set(document["networks"][0]) == _documented("## As JSON") - {"layers"} | {"label"}


def _all_named(keys: Iterable[str]) -> None:
    described = TEXT[TEXT.index("`cnncli compare --json` prints") :]
    for key in keys:
        assert f"`{key}`" in described


def test_every_class_that_has_a_rule_is_named():
    from cnncli.facts.macs import ATTENTION, LAYER_RULES

    for name in {*LAYER_RULES, *ATTENTION} - {"GroupedQueryAttention"}:
        assert re.search(rf"\b{name}\b", TEXT), name
    assert "GroupQueryAttention" in TEXT  # what keras.layers calls that class
