"""`cnncli compare`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.options import (
    JsonOption,
    MaxParamsOption,
    NoCacheOption,
    ParamOption,
    SetOption,
)
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.facts.compare import Change
    from cnncli.facts.summary import Summary


def compare(
    arch: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ARCH]...", help="Networks; the others are compared with the first."
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="PATH=VALUE",
            help="Compare with a copy of the first in which this value is changed; each --with "
            "makes a copy of its own.",
        ),
    ] = None,
    param: ParamOption = None,
    set_: SetOption = None,
    batch: Annotated[
        int, typer.Option(min=1, metavar="N", help="Count the memory of N images at a time.")
    ] = 1,
    json: JsonOption = False,
    max_params: MaxParamsOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Show networks side by side, and what differs from layer to layer.

    Of two networks, and of each copy made by --with, the layers that differ are listed: added,
    removed, changed (other arguments), affected (another shape or cost because of a change before
    them). -p and --set change all of them. To compare with one copy in which several values are
    changed, pipe it in: cnncli show ARCH --set A=1 --set B=2 | cnncli compare ARCH -

    \b
    Examples:
      cnncli compare lesson --with 'layers[0].filters=16'
      cnncli compare lesson lesson-batchnorm
      cnncli compare applications:ResNet50 applications:MobileNetV2 --json
    """
    from cnncli.commands.shared.architectures import architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.facts.compare import changes
    from cnncli.facts.summarize import summarize

    names = arch or ["lesson"]
    copies = [[*(set_ or ()), text] for text in with_ or ()]
    if len(names) + len(copies) < 2:
        raise UsageError("there is nothing to compare it with", hint="Name two, or use --with.")
    asked = [(name, name, set_) for name in names]
    asked += [(f"{names[0]} {text[-1]}", names[0], text) for text in copies]
    # All are resolved before the first is built, which loads TensorFlow.
    resolved = [
        (label, architecture(name, param, overrides, max_params))
        for label, name, overrides in asked
    ]
    networks = [
        (label, summarize(network, keras, batch=batch, cached=not no_cache))
        for label, network in resolved
    ]
    near = networks[1:] if len(networks) == 2 else networks[len(names) :]
    found = [(label, changes(networks[0][1], summary)) for label, summary in near]
    if json:
        console.json_result(_document(networks, found))
    else:
        _show(networks, found)


def _show(
    networks: Sequence[tuple[str, Summary]], found: Sequence[tuple[str, Sequence[Change]]]
) -> None:
    from cnncli.render.terminal.compare import difference, totals
    from cnncli.render.terminal.table import show

    show(totals(networks))
    for label, changed in found:
        console.result("")
        if changed:
            show(difference(changed, f"{networks[0][0]} → {label}"))
        else:
            console.result(f"{networks[0][0]} → {label}: no layer differs")


def _document(
    networks: Sequence[tuple[str, Summary]], found: Sequence[tuple[str, Sequence[Change]]]
) -> dict[str, Any]:
    from cnncli.facts.document import change_document, to_document

    def totals(label: str, summary: Summary) -> dict[str, Any]:
        document = to_document(summary)
        del document["layers"]
        return {"label": label, **document}

    return {
        "schema": "cnncli.compare/1",
        "networks": [totals(label, summary) for label, summary in networks],
        "differences": [
            {"from": networks[0][0], "to": label, "layers": [change_document(c) for c in changed]}
            for label, changed in found
        ],
    }
