"""Every example of docs/spec.md is a spec without a problem, and builds."""

from __future__ import annotations

import re

import pytest

from cnncli.network.build import build
from cnncli.spec import check_text
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) >= 7


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_spec_that_builds(text):
    checked = check_text(text, "example.yaml")
    assert checked.problems == ()
    assert checked.spec is not None
    build(checked.spec, weights=False)
