"""`cnncli new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.options import ForceOption
from cnncli.files import write_text


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file to write.")],
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ARCH",
            help="Begin with a copy of this architecture, comments and all.",
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a commented spec to start from.

    Without --from it is a small network for colour images, with a word on each line.

    \b
    Examples:
      cnncli new mine.yaml
      cnncli new mine.yaml --from lesson
      cnncli new deeper.yaml --from resnet18
    """
    from cnncli.commands.outputs import STDOUT, choose
    from cnncli.spec.template import begin, copy_of

    text = begin(file.stem) if from_ is None else copy_of(_text_of(from_), file.stem)
    if file == STDOUT:
        console.result(text)
        return
    destination = choose(file, force=force, default="model.yaml")
    assert destination.path is not None
    write_text(destination.path, text)
    console.note(f"Wrote {file}. Look at it: cnncli summary {file}")


def _text_of(arch: str) -> str:
    from cnncli.commands.architectures import architecture
    from cnncli.errors import UsageError

    spec = architecture(arch).spec
    if spec is None:
        raise UsageError(f"{arch} is no spec", hint=f"Make one: cnncli import {arch} -o FILE")
    return spec.source.text
