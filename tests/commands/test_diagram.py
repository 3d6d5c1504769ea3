"""`cnncli diagram`: every format and style, and layouts in which nothing lies on anything."""

from __future__ import annotations

import os
import random
import xml.etree.ElementTree as ElementTree
from itertools import combinations
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cli

RESIDUAL = ROOT / "tests" / "specs" / "residual.yaml"
BEGINNINGS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF", ".mmd": b"flowchart TD"}


@pytest.mark.parametrize("suffix", [*BEGINNINGS, ".dot"])
def test_each_ending_has_its_format(cli: Cli, tmp_path: Path, suffix: str):
    path = tmp_path / f"out{suffix}"
    result = cli("diagram", RESIDUAL, "-o", path)
    assert result.code == 0, result.err
    assert path.read_bytes().startswith(BEGINNINGS.get(suffix, b'digraph "residual" {'))


@pytest.mark.parametrize("style", ["cards", "boxes", "neurons"])
@pytest.mark.parametrize("arch", ["lesson", RESIDUAL])
def test_each_style_is_an_svg_that_can_be_read(cli: Cli, tmp_path: Path, style: str, arch):
    path = tmp_path / "out.svg"
    result = cli("diagram", arch, "--style", style, "-o", path)
    assert result.code == 0, result.err
    ElementTree.parse(path)


def test_without_a_name_it_finds_one_and_prints_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert cli("diagram").out == "lesson.svg\n"
    assert cli("diagram", "--style", "boxes").out == "lesson-boxes.svg\n"
    assert cli("diagram").out == "lesson-2.svg\n"


def test_the_same_diagram_has_the_same_bytes(cli: Cli, tmp_path: Path):
    for name in ("a.svg", "b.svg"):
        cli("diagram", RESIDUAL, "-o", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("suffix", [".mmd", ".dot"])
@pytest.mark.parametrize("options", [(), ("--depth", "1"), ("--horizontal",)])
def test_the_texts_are_pinned(cli: Cli, tmp_path: Path, suffix: str, options):
    path = tmp_path / f"out{suffix}"
    cli("diagram", RESIDUAL, "-o", path, *options)
    golden = ROOT / "tests" / "golden" / f"diagram{''.join(options)}{suffix}"
    if os.environ.get("CNNCLI_WRITE_GOLDEN"):
        golden.write_bytes(path.read_bytes())
    assert path.read_text("utf-8") == golden.read_text("utf-8")


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("-o", "x.gif"), 2, ".svg, .png, .pdf, .mmd, .dot"),
        (("-o", "x.mmd", "--style", "boxes"), 2, "--style boxes"),
        (("-o", "no/such/folder/x.svg"), 1, "does not exist"),
        (("nothing-of-that-name",), 2, "nothing-of-that-name"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_message(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv, code: int, said: str
):
    monkeypatch.chdir(tmp_path)
    result = cli("diagram", *argv)
    assert result.code == code
    assert said in result.err and "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_neurons_need_dense_layers(cli: Cli, tmp_path: Path):
    spec = tmp_path / "maps.yaml"
    spec.write_text("input: [8, 8, 1]\nlayers:\n- Conv2D: {filters: 2, kernel_size: 3}\n")
    result = cli("diagram", spec, "--style", "neurons", "-o", tmp_path / "x.svg")
    assert result.code == 1
    assert "dense" in result.err


def test_without_graphviz_its_layout_says_what_to_install(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = cli("diagram", "--layout", "graphviz", "-o", tmp_path / "x.svg")
    assert result.code == 1
    assert "apt install graphviz" in result.err


def test_cards_never_lie_on_each_other():
    from cnncli.render.diagram.layout import place

    chance = random.Random(0)
    for _ in range(60):
        names = [f"n{i}" for i in range(chance.randint(1, 25))]
        edges = [
            (names[i], names[j])
            for i, j in combinations(range(len(names)), 2)
            if chance.random() < 2 / len(names)
        ]
        width = {name: chance.uniform(0.5, 3) for name in names}
        placed = place(names, edges, width, 0.3)
        for start, end in edges:
            assert placed.rank[start] < placed.rank[end]
        for a, b in combinations(names, 2):
            if placed.rank[a] == placed.rank[b]:
                apart = abs(placed.across[a] - placed.across[b])
                assert apart >= (width[a] + width[b]) / 2 + 0.3 - 1e-9
