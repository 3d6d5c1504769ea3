"""Every example of docs/spec.md and README.md is a spec without a problem, and builds."""

from __future__ import annotations

import re

import pytest

from cnncli.network.build import build
from cnncli.spec import check_text
from tests.conftest import ROOT

EXAMPLES = [
    example
    for file in ("README.md", "docs/spec.md")
    for example in re.findall(r"```yaml\n(.*?)```", (ROOT / file).read_text("utf-8"), re.DOTALL)
]


def test_there_are_examples():
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_spec_that_builds(text):
    checked = check_text(text, "example.yaml")
    assert checked.problems == ()
    assert checked.spec is not None
    build(checked.spec, weights=False)
