"""`cnncli diagram`: every format and style, and layouts in which nothing lies on anything."""

from __future__ import annotations

import os
import random
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from cnncli.render.pictures.diagram.scene import Arrow, Card, Scene
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


def test_a_pdf_has_the_fonts_that_journals_accept(cli: Cli, tmp_path: Path):
    path = tmp_path / "out.pdf"
    cli("diagram", RESIDUAL, "-o", path)
    written = path.read_bytes()
    assert b"/TrueType" in written or b"/CIDFontType2" in written
    assert b"/Subtype /Type3" not in written


def test_without_a_name_it_finds_one_and_prints_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert cli("diagram").out == "lesson.svg\n"
    boxes = cli("diagram", "--style", "boxes")
    assert boxes.out == "lesson-boxes.svg\n"
    assert "not drawn: Dropout." in boxes.err
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


def test_one_filter_is_no_filters(cli: Cli, tmp_path: Path):
    spec = tmp_path / "one.yaml"
    spec.write_text("input: [8, 8, 1]\nlayers:\n  - Conv2D: {filters: 1, kernel_size: 3}\n")
    path = tmp_path / "one.dot"
    assert cli("diagram", spec, "-o", path).code == 0
    assert "1 filter 3 × 3" in path.read_text(encoding="utf-8")


def test_neurons_need_dense_layers(cli: Cli, tmp_path: Path):
    spec = tmp_path / "maps.yaml"
    spec.write_text("input: [8, 8, 1]\nlayers:\n- Conv2D: {filters: 2, kernel_size: 3}\n")
    result = cli("diagram", spec, "--style", "neurons", "-o", tmp_path / "x.svg")
    assert result.code == 1
    assert "dense" in result.err


HOSTILE = r"""
name: 'odd "name" <b>'
input: {a$_x$b: [8, 8, 1]}
layers:
  - Conv2D: {filters: 2, kernel_size: 3, inputs: a$_x$b, name: 'k$\q$'}
  - Sequential: {name: 'g"$^{$`<i>|#', layers: [{Flatten: {}}, {Dense: {units: 2}}]}
"""


@pytest.mark.parametrize("ending", [*BEGINNINGS, ".dot"])
def test_names_are_names_and_no_formulas_or_markup(cli: Cli, tmp_path: Path, ending: str):
    spec, path = tmp_path / "hostile.yaml", tmp_path / f"out{ending}"
    spec.write_text(HOSTILE)
    result = cli("diagram", spec, "-o", path)
    assert result.code == 0, result.err
    if ending == ".mmd":
        assert 'subgraph g0["g#34;$^#123;$#96;#60;i#62;#124;#35;"]' in path.read_text("utf-8")
    if ending == ".dot":
        assert r'label="g\"$^{$`<i>|#"' in path.read_text("utf-8")


def test_without_graphviz_its_layout_says_what_to_install(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = cli("diagram", "--layout", "graphviz", "-o", tmp_path / "x.svg")
    assert result.code == 1
    assert "apt install graphviz" in result.err


def _scene(chance: random.Random) -> Scene:
    """Return a network of blocks in blocks, in which arrows pass some layers."""
    cards: list[Card] = []
    arrows: dict[tuple[str, str], Arrow] = {}
    group: tuple[str, ...] = ()
    for number in range(chance.randint(2, 30)):
        turn = chance.random()
        if turn < 0.2 and len(group) < 3:
            group = (*group, f"block_{number}")
        elif turn < 0.4:
            group = group[:-1]
        name = f"n{number}"
        sources = {cards[-1 - int(chance.expovariate(0.8)) % len(cards)] for _ in range(2) if cards}
        cards.append(Card(name, "Layer" * chance.randint(1, 4), "of some size", "other", group))
        arrows |= {(s.id, name): Arrow(s.id, name, "256 × 256 × 64") for s in sources}
        if chance.random() < 0.05:  # a layer that is called again
            again = chance.choice(cards).id
            arrows[name, again] = Arrow(name, again, "256 × 256 × 64")
    return Scene("random", cards, list(arrows.values()))


def _on(box, x: float, y: float) -> bool:
    return abs(x - box.x) < box.width / 2 - 0.01 and abs(y - box.y) < box.height / 2 - 0.01


def _meet(one, other) -> bool:
    aside, along = abs(one.x - other.x), abs(one.y - other.y)
    return (
        aside < (one.width + other.width) / 2 - 0.01
        and along < (one.height + other.height) / 2 - 0.01
    )


def _contains(outer, inner) -> bool:
    return (
        outer.left < inner.left
        and inner.right < outer.right
        and outer.bottom < inner.bottom
        and inner.top < outer.top
    )


@pytest.mark.parametrize("horizontal", [False, True], ids=["down", "right"])
def test_cards_groups_and_arrows_never_lie_on_each_other(horizontal: bool):
    from cnncli.render.pictures.diagram.cards import places

    chance = random.Random(0)
    for _ in range(60):
        scene = _scene(chance)
        placed = places(scene, horizontal)
        for one, other in combinations(scene.cards, 2):
            assert not _meet(placed.boxes[one.id], placed.boxes[other.id])
        for card in scene.cards:
            for path, rim in placed.rims.items():
                inside = card.group[: len(path)] == path
                box = placed.boxes[card.id]
                assert _contains(rim, box) if inside else not _meet(rim, box)
        for one, other in combinations(scene.groups, 2):
            if other[: len(one)] == one:
                assert _contains(placed.rims[one], placed.rims[other])
            else:
                assert not _meet(placed.rims[one], placed.rims[other])
        for way in placed.ways.values():
            for (x0, y0), (x1, y1) in pairwise(way):
                for part in (0.0, 0.25, 0.5, 0.75, 1.0):
                    x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
                    assert not any(_on(box, x, y) for box in placed.boxes.values())


def _residual(blocks: int) -> Scene:
    cards = [Card("in", "InputLayer", "input", "input")]
    arrows = []
    last = "in"
    for number in range(blocks):
        names = [f"{number}{part}" for part in "abc"]
        cards += [Card(name, "Conv2D", "8 filters", "convolution") for name in names]
        pairs = [*pairwise([last, *names]), (last, names[-1])]
        arrows += [Arrow(start, end, "8 × 8 × 8") for start, end in pairs]
        last = names[-1]
    return Scene("residual", cards, arrows)


def test_a_layer_that_is_called_again_has_an_arrow_back(cli: Cli, tmp_path: Path):
    spec, path = tmp_path / "again.yaml", tmp_path / "out.mmd"
    again = "{use: {layer: shared}}"
    spec.write_text(
        f"input: [8]\nlayers: [Dense: {{units: 8, name: shared}}, ReLU, {again}, {again}]"
    )
    cli("diagram", spec, "-o", path)
    arrows = [line.split() for line in path.read_text("utf-8").splitlines() if "-->" in line]
    assert [(line[0], line[-1]) for line in arrows] == [
        *(("n0", "n1"), ("n1", "n2")),
        *(("n2", "n1"), ("n1", "n1")),
    ]


def test_the_main_path_is_straight_and_what_skips_layers_passes_beside_it():
    from cnncli.render.pictures.diagram.cards import places

    placed = places(_residual(3))
    assert len({round(box.x, 3) for box in placed.boxes.values()}) == 1
    skip = placed.ways["in", "0c"]
    assert max(x for x, _ in skip) > placed.boxes["0a"].right


@pytest.mark.parametrize("horizontal", [False, True], ids=["down", "right"])
def test_a_long_drawing_is_folded_and_keeps_its_arrows(horizontal: bool):
    from cnncli.render.pictures.diagram.cards import HIGH, WIDE, places

    scene = _residual(12)
    placed = places(scene, horizontal)
    xs = [box.x for box in placed.boxes.values()]
    ys = [box.y for box in placed.boxes.values()]
    length, page = (max(xs) - min(xs), WIDE) if horizontal else (max(ys) - min(ys), HIGH)
    assert length < 1.3 * page
    for arrow in scene.arrows:
        start, end = placed.boxes[arrow.start], placed.boxes[arrow.end]
        first, last = (
            placed.ways[arrow.start, arrow.end][0],
            placed.ways[arrow.start, arrow.end][-1],
        )
        if horizontal:
            assert first == pytest.approx((start.right, start.y))
            assert last == pytest.approx((end.left, end.y))
        else:
            assert first == pytest.approx((start.x, start.bottom))
            assert last == pytest.approx((end.x, end.top))


@pytest.mark.parametrize("arch", ["lesson", "resnet18", "inception-mini", "unet-classifier"])
@pytest.mark.parametrize("style", ["down", "right", "boxes", "neurons"])
def test_no_text_is_cut_or_lies_on_another(arch: str, style: str):
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    import cnncli
    from cnncli.render.pictures.diagram import boxes, cards, neurons
    from cnncli.render.pictures.diagram.scene import scene

    summary = cnncli.summarize(arch)
    if style == "boxes":
        drawing = boxes.draw(summary)
    elif style == "neurons":
        drawing, _ = neurons.draw(summary)
    else:
        drawing = cards.draw(scene(summary), horizontal=style == "right")
    FigureCanvasSVG(drawing)  # all pixels of the largest would take gigabytes
    drawing.draw_without_rendering()
    (field,) = drawing.axes
    extents = [(text.get_text(), text.get_window_extent()) for text in field.texts]
    width, height = drawing.get_size_inches() * drawing.dpi
    for said, extent in extents:
        assert extent.x0 >= 0 and extent.x1 <= width, said
        assert extent.y0 >= 0 and extent.y1 <= height, said
    for (one, a), (other, b) in combinations(extents, 2):
        assert not a.overlaps(b), f"{one} lies on {other}"


@pytest.mark.parametrize(("arch", "has_more"), [("unet-classifier", True), ("lesson", False)])
def test_boxes_say_that_shortcuts_are_left_out(cli: Cli, tmp_path: Path, arch: str, has_more: bool):
    drawn = tmp_path / "boxes.svg"
    result = cli("diagram", arch, "--style", "boxes", "-o", str(drawn))
    assert ("branches and shortcuts are not" in result.err) == has_more
    assert ("Branches and shortcuts are not drawn" in drawn.read_text()) == has_more
    assert "Sides grow with the square roots" in drawn.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("unet-classifier", "--depth 1 closes its blocks, --style boxes"),
        ("unet-classifier --depth 1", None),
        ("unet-classifier --horizontal --depth 1", "Shorter: --style boxes"),
        ("lesson", None),
        ("resnet18 --horizontal", None),
    ],
)
def test_what_cannot_be_folded_says_what_is_shorter(
    cli: Cli, tmp_path: Path, options: str, said: str | None
):
    result = cli("diagram", *options.split(), "-o", tmp_path / "out.svg")
    assert result.code == 0, result.err
    assert ("A strip, " in result.err) == (said is not None)
    assert said is None or said in result.err
