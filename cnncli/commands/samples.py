"""`cnncli samples`: what `sample:` offers, and folders of images whose causes are known."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncli import console
from cnncli.commands.shared.applies import Needs
from cnncli.commands.shared.options import JsonOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.images.blobs import Form

WRITTEN = Needs("out")


def samples(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="What to write into DIR: blobs."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder that is new, or empty."),
    ] = None,
    cause: Annotated[
        Literal["blob", "texture", "colour"],
        typer.Option(
            help="What makes the second class: a soft bright blob; a patch of fine stripes, in the "
            "mean as bright as around it; a spot of red that a grey picture does not show."
        ),
        WRITTEN,
    ] = "blob",
    shortcut: Annotated[
        bool,
        typer.Option(
            "--shortcut",
            help="Put a white mark into a corner wherever the cause is; with --faint, a network "
            "learns the mark.",
        ),
        WRITTEN,
    ] = False,
    faint: Annotated[
        bool,
        typer.Option("--faint", help="Make the cause hard to see: a quarter as strong."),
        WRITTEN,
    ] = False,
    images: Annotated[
        int,
        typer.Option(min=2, max=99_999, metavar="N", help="How many images, half of each class."),
        WRITTEN,
    ] = 800,
    seed: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Other numbers draw other images."),
        WRITTEN,
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """List the samples that need no files of your own, or write images whose causes are known.

    `cnncli samples blobs DIR` writes a folder of small images of two classes, all with a bar and
    noise and of the same mean. Those of the second class have a cause besides, and truth.csv says
    where (file,top,left,height,width, in pixels): whether an explanation points at it,
    `cnncli explain --truth` measures. sample:blobs is what it writes without options. The
    architecture blobs learns them in seconds. With --shortcut, marks.csv says where the mark is.

    \b
    Examples:
      cnncli samples
      cnncli samples blobs known
      cnncli samples blobs marked --shortcut --faint
      cnncli samples blobs stripes --cause texture --images 200
    """
    if name is None:
        _list(as_json=as_json)
        return
    if name != "blobs":
        raise UsageError(
            f'samples writes blobs, not "{name}"',
            hint="The others are used as they are: cnncli features lesson sample:mri",
        )
    if out is None:
        raise UsageError(
            "samples blobs needs a folder to write to",
            hint="For example: cnncli samples blobs known",
        )
    from cnncli.images.blobs import Form

    _write(out, Form(cause, shortcut, faint, seed), images, as_json=as_json)


def _list(*, as_json: bool) -> None:
    from cnncli.render.terminal.table import Column, Table, show

    offered = _offered()
    if as_json:
        console.json_result(offered)
        return
    columns = (Column("name"), Column("images", align="right"), Column("what it shows"))
    rows = [(each["name"], f"{each['images']:,}", each["description"]) for each in offered]
    show(Table(columns=columns, rows=rows))
    console.note(
        "One image: cnncli convolve sample:china. A data set: cnncli train sample:digits --arch "
        "lenet5, and one image of it: sample:digits/17"
    )


def _offered() -> list[dict[str, Any]]:
    from cnncli.images.sample_sets import SETS
    from cnncli.images.samples import ABOUT, PREFIX

    pictures = [
        {
            "name": f"{PREFIX}{name}",
            "kind": "image",
            "description": about,
            "images": 1,
            "classes": [],
        }
        for name, about in ABOUT.items()
    ]
    return pictures + [
        {
            "name": each.source,
            "kind": "data set",
            "description": each.about,
            "images": each.count,
            "classes": list(each.classes),
        }
        for each in SETS.values()
    ]


def _write(folder: Path, form: Form, count: int, *, as_json: bool) -> None:
    from cnncli.commands.shared.progress import progress
    from cnncli.data import known_causes

    known_causes.refuse_taken(folder)
    with progress("Drawing") as show:
        tables = known_causes.write(folder, form, count, show)
    if as_json:
        document = {
            "schema": "cnncli.samples/1",
            "folder": str(folder),
            "images": count,
            "classes": list(form.classes),
            "cause": form.cause,
            "shortcut": form.shortcut,
            "faint": form.faint,
            "seed": form.seed,
            "tables": tables,
        }
        console.json_result(document)
        return
    console.result(str(folder))
    console.note(
        f"{count:,} images of {' and '.join(form.classes)} (seed {form.seed}); where the "
        f"{'faint ' if form.faint else ''}cause is: {tables[0]}"
        + (f", and the mark: {tables[1]}" if form.shortcut else "")
    )
    more = ["-p", "input_shape=[48,48,3]"] if form.cause == "colour" else []
    words = ["cnncli", "train", str(folder), "--arch", "blobs", *more]
    console.note(f"Next: {shlex.join(words)}")
