"""`cnncli summary`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.shared import assertions
from cnncli.commands.shared.applies import NotWith, When
from cnncli.commands.shared.options import (
    ArchArgument,
    JsonOption,
    MaxParamsOption,
    NoCacheOption,
    ParamOption,
    SetOption,
    refuse_two_answers,
)
from cnncli.errors import UsageError


class Format(StrEnum):
    """What the table is printed as."""

    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"
    HTML = "html"
    KERAS = "keras"
    GITHUB = "github"


class Floats(StrEnum):
    """Types of floating-point numbers."""

    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"


OURS = When(lambda given: given["format_"] != Format.KERAS, "for --format keras, Keras's own table")
TABLE = When(
    lambda given: given["format_"] not in (Format.KERAS, Format.GITHUB),
    "for --format keras and github, which print no table of ours",
)
CHOSEN = When(lambda given: given["format_"] != Format.CSV, "for --format csv, which has them all")


def summary(
    arch: ArchArgument = "lesson",
    param: ParamOption = None,
    set_: SetOption = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Show these columns; a wrong name lists them."),
        NotWith("all_", "json"),
        TABLE,
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Show all columns."), NotWith("json"), TABLE, CHOSEN
    ] = False,
    formulas: Annotated[
        bool,
        typer.Option("--formulas", help="Show how each number comes about, layer by layer."),
        NotWith("json", hint="--json holds them as well."),
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Open N levels of blocks and nested models."),
        NotWith("json"),
        TABLE,
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, metavar="N", help="Count the memory of N images at a time."), OURS
    ] = 1,
    dtype: Annotated[
        Floats | None, typer.Option(help="Count memory as if floats were of this type."), OURS
    ] = None,
    json: JsonOption = False,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format", help="keras: the table that Keras prints; github: annotations of --assert."
        ),
    ] = None,
    assert_: Annotated[assertions.AssertOption, OURS] = None,
    max_params: MaxParamsOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Show the layers of a network: shapes, parameters, and what each costs and sees.

    Without ARCH it is the network of the lesson. The table shows as many columns as fit; --all
    shows all of them. MACs are multiply-accumulates for one image; the receptive field is the part
    of the input that a unit sees, in pixels; memory is that of a layer's results.

    \b
    Examples:
      cnncli summary
      cnncli summary lesson -p dropout_rate=0.3 --set 'layers[0].filters=16'
      cnncli summary applications:ResNet50 --depth 1 --batch 32 --dtype float16
      cnncli summary lesson --columns layer,params,share
      cnncli summary lesson --formulas
      cnncli summary lesson --assert 'total_params <= 100000'
      cnncli summary lesson --json | jq .total_params
      cnncli summary lesson --format keras
    """
    from cnncli.commands.shared.architectures import architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.facts.document import example, to_document
    from cnncli.facts.freezing import frozen
    from cnncli.facts.summarize import keras_table, summarize

    refuse_two_answers(as_json=json, format_=format_)
    asserted = assertions.parse_all(assert_)
    assertions.check_all(asserted, example())
    if format_ is Format.GITHUB and not asserted:
        raise UsageError("--format github prints what --assert asks for, and nothing is asserted")
    if formulas and (format_ is not None or columns is not None or all_ or depth is not None):
        raise UsageError(
            "--formulas is a text of its own",
            hint="Leave out --format, --columns, --all and --depth; --json holds formulas too.",
        )
    asked = [name.strip() for name in columns.split(",")] if columns is not None else None
    if asked is not None:
        from cnncli.render.terminal.summary import check_columns

        check_columns(asked)
    network = architecture(arch, param, set_, max_params)
    if format_ is Format.KERAS:
        width = console.width()
        console.result(keras_table(network, keras, terminal=width, cached=not no_cache))
        return
    facts = summarize(network, keras, batch=batch, dtype=dtype, cached=not no_cache)
    if network.spec is not None and (said := frozen(facts, network.spec.training)):
        console.note(said)
    if json:
        console.json_result(to_document(facts))
    elif formulas:
        from cnncli.render.terminal.formulas import text

        console.result(text(facts, console.width()))
    elif format_ is not Format.GITHUB:
        from cnncli.render.terminal.summary_formats import show

        show(facts, format_ or Format.TABLE, asked, everything=all_, depth=depth)
    if asserted:
        assertions.require(asserted, to_document(facts), github=format_ is Format.GITHUB)
