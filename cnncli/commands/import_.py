"""`cnncli import`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared import trained
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.keras_session import keras
from cnncli.commands.shared.options import ForceOption, MaxParamsOption, OutputOption
from cnncli.commands.shared.outputs import STDOUT, choose, writing
from cnncli.errors import UsageError
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.spec.model import Spec

_IN_KERAS = re.compile(r"keras\.applications:[A-Za-z0-9]+\Z")


def _is_function(reference: str) -> bool:
    from cnncli.importers.reference import is_reference

    named = reference.startswith("applications:") or _IN_KERAS.match(reference)
    return not named and is_reference(reference)


def import_(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            help="A .keras file, applications:NAME, or package.module:function or FILE.py:function "
            "(a function of your own that returns a Keras model: it is run).",
        ),
    ],
    output: OutputOption = None,
    force: ForceOption = False,
    flat: Annotated[
        bool,
        typer.Option("--flat", help="One line for each layer, with the model's own names."),
    ] = False,
    name: Annotated[
        str | None, typer.Option("--name", help="The name of the spec (the model's unless given).")
    ] = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    max_params: Annotated[
        MaxParamsOption,
        When(
            lambda given: not _is_function(given["reference"]),
            "for a function of your own, which is run as it is",
        ),
    ] = None,
) -> None:
    """Write a Keras model as a spec: its architecture, without its weights.

    Arguments that are Keras's defaults are left out, and what repeats is found and written once,
    as a block. A .keras file is not trusted: none of its code is run. A function of yours is run.
    What --input-range, --standardize and --prepare say stands in the spec as layers of Keras, so
    that the network takes 0..255.

    \b
    Examples:
      cnncli import applications:ResNet50 -o resnet50.yaml
      cnncli import model.keras | cnncli summary -
      cnncli import model.keras --input-range 0,1 -o model.yaml
      cnncli import mypackage.models:make_model --flat
    """
    from cnncli.importers.importing import spec_of
    from cnncli.network.classifier import refuse_other_inputs
    from cnncli.network.preparing import prepared
    from cnncli.spec import dump

    fed = trained.preparation(input_range, standardize, prepare)
    to_file = output is not None and output != STDOUT
    destination = choose(output, force=force, default="model.yaml") if to_file else None
    model, origin = _model(reference, max_params)
    if fed.feeds:
        refuse_other_inputs(model, reference)
        model = prepared(model, fed)
    with console.status("Looking for what repeats"):
        spec = spec_of(model, name=name, description=origin, blocks=not flat)
    text = dump(spec, brief=True)
    if destination is None:
        console.result(text)
    else:
        with writing(destination) as path:
            path.write_text(text, encoding="utf-8")
    console.note(_told(model, spec, text))


def _model(reference: str, max_params: int | None) -> tuple[Any, str]:
    """Return the model that REF names, and a line that says where it is from."""
    from cnncli.commands.shared.architectures import architecture
    from cnncli.importers.reference import check, is_reference, model_of

    # Called without arguments these would download weights, of which a spec has none.
    reference = reference.removeprefix("keras.") if _IN_KERAS.match(reference) else reference
    application = reference.startswith("applications:")
    if not application and is_reference(reference):
        check(reference)
        keras()
        console.note(f"Running {reference}, which is your own code.")
        return model_of(reference), f"From {reference}"
    resolved = architecture(reference, max_params=max_params)
    if resolved.spec is not None:
        raise UsageError(
            f"{reference} is a spec already", hint=f"Print it: cnncli show {reference}"
        )
    keras()
    origin = f"{resolved.name} of keras.applications" if application else f"From {reference}"
    return resolved.build(weights=False), origin


def _told(model: Any, spec: Spec, text: str) -> str:
    blocks = f", {counted(len(spec.blocks), 'block')}" if spec.blocks else ""
    return (
        f"{counted(len(model.layers), 'layer')}, {counted(model.count_params(), 'parameter')}: "
        f"{counted(len(text.splitlines()), 'line')}{blocks}. The weights are not part of a spec."
    )
