"""`cnncli new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared.applies import When
from cnncli.errors import UsageError
from cnncli.spec.shipped import names
from cnncli.visible import in_unicode

if TYPE_CHECKING:
    from cnncli.spec.model import Spec


def new(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The YAML file to write; - is stdout.")
    ],
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ARCH",
            help="Begin with a copy of this architecture, comments and all.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite FILE."),
        When(lambda given: given["file"] != "-", "for standard output"),
    ] = False,
) -> None:
    """Write a commented spec to start from.

    Without --from it is a small network for colour images, with a word on each line.

    \b
    Examples:
      cnncli new mine.yaml
      cnncli new mine.yaml --from lesson
      cnncli new deeper.yaml --from resnet18
    """
    from cnncli.commands.shared.outputs import STDOUT, choose, named_stdout, writing
    from cnncli.spec.template import begin, copy_of

    path = Path(file)
    if not file or path.is_dir():
        wrong = f"{file} is a folder" if file else "FILE is an empty name"
        raise UsageError(wrong, hint=f"Name a file: cnncli new {path / 'model.yaml'}")
    to_stdout = named_stdout(path) == STDOUT
    shown = Path("model.yaml") if to_stdout else path
    name = in_unicode(shown.stem)  # a spec is UTF-8, whatever the locale makes of the name
    text = begin(name, in_unicode(str(shown))) if from_ is None else copy_of(_text_of(from_), name)
    if to_stdout:
        console.result(text)
        return
    with writing(choose(path, force=force, default="model.yaml")) as place:
        place.write_text(text, encoding="utf-8")
    if path.is_file():
        console.note(f"Look at it: cnncli summary {file}")


def _text_of(arch: str) -> str:
    from cnncli.commands.shared.architectures import architecture
    from cnncli.network.architecture import APPLICATION_PREFIX
    from cnncli.spec import dump
    from cnncli.spec.outside_files import anchored
    from cnncli.spec.template import with_head

    spec = architecture(arch).spec
    if arch.startswith(APPLICATION_PREFIX):
        return with_head(arch.removeprefix(APPLICATION_PREFIX))
    if spec is None:
        raise UsageError(f"{arch} is no spec", hint=f"Make one: cnncli import {arch} -o FILE")
    # What is read from two files, or is one of several sizes, is written out.
    if spec.preset is not None or _beside(spec):
        return dump(anchored(spec))
    return spec.source.text


def _beside(spec: Spec) -> bool:
    """Whether a spec extends a file that stands beside it, and not where the copy will be."""
    return any(parent.name not in names() for parent in spec.source.parents)
