"""What a line of the registry says of a name comes out in help, completion and errors."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from cnncli.extras import Extra
from cnncli.registry import COMMANDS, EXPORTERS, METHODS, Exporter
from tests.conftest import ROOT, Cli

ABSENT = Extra("runtime", ("json", "not_installed_here", "nor_this"))
TOY = Exporter("nowhere", "tests.nowhere:export", "a toy", endings=(".nowhere",))


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, cli: Cli):
    """Run `export` with one more format in the table."""

    def run(exporter: Exporter, *argv: str):
        monkeypatch.setattr("cnncli.commands.export.EXPORTERS", (*EXPORTERS, exporter))
        return cli("export", *argv)

    return run


def toy(**needs) -> Exporter:
    return Exporter(TOY.name, TOY.target, TOY.help, endings=TOY.endings, **needs)


@pytest.mark.parametrize("argv", [["--format", "nowhere"], ["-o", "net.nowhere"]])
def test_an_extra_that_is_missing_is_named_with_the_command_that_installs_it(offered, argv):
    result = offered(toy(requires=ABSENT), "lesson", *argv)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: --format nowhere needs not_installed_here and nor_this: "
        "pip install 'cnncli[runtime]'\n"
    )


def test_a_network_that_is_not_there_is_named_first(offered):
    result = offered(toy(takes="weights", requires=ABSENT), "no-such-net", "--format", "nowhere")
    assert result.code == 2 and 'no architecture "no-such-net"' in result.err


def test_what_takes_trained_weights_refuses_an_architecture(offered, tmp_path: Path):
    result = offered(toy(takes="weights"), "lesson", "-o", str(tmp_path / "net.nowhere"))
    assert (result.code, result.out) == (2, "")
    assert "--format nowhere needs trained weights, and lesson has none" in result.err
    assert "cnncli train DATA --arch lesson" in result.err


def test_about_says_what_is_needed():
    assert toy().about == "nowhere (a toy)"
    assert toy(takes="weights", requires=ABSENT).about == (
        "nowhere (a toy, of a trained network only, needs cnncli[runtime])"
    )


def test_completion_offers_what_works():
    assert toy().works(trained=False)
    assert not toy(requires=ABSENT).works(trained=True)
    assert toy(takes="weights").works(trained=True)
    assert not toy(takes="weights").works(trained=False)


def test_looking_for_an_extra_imports_nothing():
    assert Extra("other", ("sqlite3", "xmlrpc")).missing() == []
    assert "xmlrpc" not in sys.modules


def test_help_lists_the_formats_of_the_table(cli: Cli):
    said = "".join(cli("export", "--help").out.split())  # lines may break within "saved-model"
    assert all("".join(exporter.about.split()) in said for exporter in EXPORTERS)


def test_extras_of_the_table_can_be_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {entry.requires.name for entry in (*COMMANDS, *EXPORTERS) if entry.requires}
    assert named <= set(project["optional-dependencies"])


@pytest.mark.parametrize(
    ("table", "file"), [(EXPORTERS, "docs/export.md"), (METHODS, "docs/explanations.md")]
)
def test_the_first_table_of_the_document_has_the_names_of_the_registry(table, file: str):
    text = (ROOT / file).read_text(encoding="utf-8")
    first = text[text.index("\n|") :].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", first, re.M)) == {entry.name for entry in table}
