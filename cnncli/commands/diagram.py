"""`cnncli diagram`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.options import (
    ArchArgument,
    ForceOption,
    MaxParamsOption,
    NoCacheOption,
    OutputOption,
    ParamOption,
    SetOption,
)


class Style(StrEnum):
    """How layers are drawn."""

    CARDS = "cards"
    BOXES = "boxes"
    NEURONS = "neurons"


class Layout(StrEnum):
    """Who places the cards."""

    OWN = "own"
    GRAPHVIZ = "graphviz"


OF_CARDS = When(lambda given: given["style"] == Style.CARDS, "but for --style cards")
PLACED = When(
    lambda given: Path(given["output"] or "").suffix not in (".mmd", ".dot"),
    "for .mmd and .dot files, whose reader places the cards",
)


def diagram(
    arch: ArchArgument = "lesson",
    output: OutputOption = None,
    style: Annotated[
        Style,
        typer.Option(
            help="cards: every layer, with its arrows; boxes: maps as solids, as in papers, their "
            "sides by the square roots of the sizes; neurons: the dense layers, each neuron with "
            "its edges."
        ),
    ] = Style.CARDS,
    horizontal: Annotated[
        bool, typer.Option("--horizontal", help="Let cards flow from left to right."), OF_CARDS
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Open N levels of blocks and nested models."),
        OF_CARDS,
    ] = None,
    layout: Annotated[
        Layout,
        typer.Option(help="graphviz: let Graphviz place the cards, where it is installed."),
        OF_CARDS,
        PLACED,
    ] = Layout.OWN,
    param: ParamOption = None,
    set_: SetOption = None,
    max_params: MaxParamsOption = None,
    no_cache: NoCacheOption = False,
    force: ForceOption = False,
) -> None:
    """Draw a network: SVG, PNG, PDF, Mermaid (.mmd) or Graphviz (.dot), by the ending of -o.

    Blocks and nested models are drawn as groups; arrows carry the shapes. What is much longer than
    a page is folded into columns; --depth 1 closes the blocks. Without -o the picture is written
    here, under a name of its own.

    \b
    Examples:
      cnncli diagram
      cnncli diagram lesson -o lesson.svg --style boxes
      cnncli diagram lenet5 -o lenet5.png --style neurons
      cnncli diagram applications:ResNet50 -o resnet.pdf --horizontal
      cnncli diagram lesson -o - --style cards > lesson.svg
      cnncli diagram lesson -o lesson.mmd
    """
    from cnncli.commands.shared.architectures import architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.commands.shared.outputs import choose, writing
    from cnncli.facts.summarize import summarize
    from cnncli.render.pictures.diagram.write import check, write

    network = architecture(arch, param, set_, max_params)
    default = f"{network.name}-{style}.svg" if style != Style.CARDS else f"{network.name}.svg"
    destination = choose(output, force=force, default=default.replace("/", "-"))
    check(destination.suffix, style)
    summary = summarize(network, keras, cached=not no_cache)
    with writing(destination) as path:
        notes = write(
            summary,
            path,
            destination.suffix,
            style=style,
            horizontal=horizontal,
            depth=depth,
            layout=layout,
        )
    for note in notes:
        console.note(note)
