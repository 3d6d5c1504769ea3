"""`cnncli data`: what a folder of images holds, before anything is trained on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.data_options import (
    DataArgument,
    FoldOption,
    FoldsOption,
    GroupByOption,
    ImageColumnOption,
    LabelColumnOption,
    LabelsOption,
    NoImageCacheOption,
    RangeOption,
    SplitFromOption,
    SplitOption,
    SplitSeedOption,
)
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.errors import DataError


def data(
    data: DataArgument,
    output: OutputOption = None,
    near: Annotated[
        bool, typer.Option("--near", help="Look for pictures that are almost the same as well.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when something is wrong.")
    ] = False,
    arch: Annotated[
        str,
        typer.Option("--arch", "-a", metavar="ARCH", help="The network of --array, --augmented."),
    ] = "lesson",
    array: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npy",
            help="Write the pixels as the network gets them, uint8, N x height x width x "
            "channels, and FILE.csv with file,label.",
        ),
    ] = None,
    augmented: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw what the augmentation does to some images."),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(metavar="THINGS", help="As in a spec: 'RandomFlip', '[RandomZoom: ...]'."),
    ] = None,
    labels: LabelsOption = None,
    image_column: ImageColumnOption = None,
    label_column: LabelColumnOption = None,
    split: SplitOption = None,
    split_seed: SplitSeedOption = 0,
    group_by: GroupByOption = None,
    folds: FoldsOption = None,
    fold: FoldOption = None,
    split_from: SplitFromOption = None,
    value_range: RangeOption = None,
    param: ParamOption = None,
    set_: SetOption = None,
    no_cache: NoImageCacheOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Check a folder of images: classes, kinds, broken files, copies, and how it will be split.

    Every image is read once. -o draws a contact sheet (PNG, SVG or PDF by the ending). The split
    is the one that `cnncli train` makes with the same options.

    \b
    Examples:
      cnncli data sample:digits
      cnncli data xrays/ --group-by '^(\\d+)_' -o xrays.png
      cnncli data xrays/ --strict --near --json | jq .findings
      cnncli data nih/ --labels Data_Entry_2017.csv
      cnncli data xrays/ --arch lesson --array pixels.npy
      cnncli data xrays/ --augmented a.png \\
        --augment '[RandomFlip, RandomRotation: {factor: 0.1}]'
    """
    from cnncli.commands.shared import data_files
    from cnncli.words import counted

    given = dict(locals())
    wanted = data_files.wanted(given)
    report = _examine(given)
    if json:
        from cnncli.render.terminal.data_report import document

        console.json_result(document(report))
    elif not wanted.piped:
        from cnncli.render.terminal.data_report import show

        show(report)
        console.note(f"\n{_next(report, given)}")
    data_files.write(report, wanted, given)
    if strict and report.wrong:
        wrong = sum(finding.wrong for finding in report.findings)
        raise DataError(f"{report.index.name}: {counted(wrong, 'thing')} wrong (--strict)")


def _next(report: Any, given: dict[str, Any]) -> str:
    """Return what to do next: train, with what the names and sizes of the images suggest."""
    from cnncli.commands.shared import data_options

    suggested = report.split.suggested if report.split else None
    words, why = data_options.for_train(given, suggested), ""
    if given["arch"] == "lesson" and report.tiny:
        words += " --arch lenet5"
        why = (
            f"\n(images of {report.usual_size}: lenet5 takes 32 x 32, the network of the lesson "
            "256 x 256)"
        )
    others = sum(finding.wrong for finding in report.findings) - (suggested is not None)
    if others and report.split is None:
        return "Next: mend what is wrong, as it cannot be trained on"
    first = "mend what is wrong, or leave it so and " if others else ""
    return f"Next: {first}cnncli train {words}{why}"


def _examine(given: dict[str, Any]) -> Any:
    from cnncli.commands.shared import data_options
    from cnncli.commands.shared.training_hooks import progress
    from cnncli.data.report import examine

    with console.status("Listing images"):
        index = data_options.find(given)
    options = data_options.split_options(given)
    limits = data_options.value_range(given["value_range"])
    return examine(index, options, value_range=limits, near=given["near"], progress=progress)
