"""`cnncli data`: what a folder of images holds, before anything is trained on it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncli import console
from cnncli.commands.shared import assertions
from cnncli.commands.shared.applies import Needs, When
from cnncli.commands.shared.data_options import (
    BackgroundOption,
    DataArgument,
    DepthOption,
    Division,
    FoldOption,
    FoldsOption,
    GroupByOption,
    GroupColumnOption,
    ImageColumnOption,
    LabelColumnOption,
    LabelsOption,
    MergeOption,
    NoImageCacheOption,
    RangeOption,
    Source,
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
    refuse_two_answers,
)
from cnncli.commands.shared.outputs import named_stdout
from cnncli.errors import DataError

if TYPE_CHECKING:
    from cnncli.data.index import Index
    from cnncli.data.report import Report
    from cnncli.images.prepare import Colour, Range


DRAWN = Needs("array", "augmented")


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
        typer.Option(
            "--arch", "-a", metavar="ARCH", help="The network of --array, --augmented and training."
        ),
        When(
            lambda given: bool(given["array"] or given["augmented"] or not given["json"]),
            "for --json without --array or --augmented",
        ),
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
        typer.Option(
            metavar="FILE.png",
            callback=named_stdout,
            help="Draw what the augmentation does to some images.",
        ),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(metavar="THINGS", help="As in a spec: 'RandomFlip', '[RandomZoom: ...]'."),
        Needs("augmented"),
    ] = None,
    labels: LabelsOption = None,
    image_column: ImageColumnOption = None,
    label_column: LabelColumnOption = None,
    group_column: GroupColumnOption = None,
    depth: DepthOption = 1,
    merge: MergeOption = None,
    background: BackgroundOption = None,
    split: SplitOption = None,
    split_seed: SplitSeedOption = None,
    group_by: GroupByOption = None,
    folds: FoldsOption = None,
    fold: FoldOption = None,
    split_from: SplitFromOption = None,
    value_range: RangeOption = None,
    param: Annotated[ParamOption, DRAWN] = None,
    set_: Annotated[SetOption, DRAWN] = None,
    no_cache: Annotated[NoImageCacheOption, Needs("array")] = False,
    force: ForceOption = False,
    assert_: assertions.AssertOption = None,
    format_: Annotated[
        Literal["github"] | None,
        typer.Option("--format", help="github: what was found as annotations for a workflow."),
    ] = None,
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
      cnncli data xrays/ --assert 'classes.effusion.images >= 100'
      cnncli data nih/ --labels Data_Entry_2017.csv
      cnncli data xrays/ --arch lesson --array pixels.npy
      cnncli data xrays/ --augmented a.png \\
        --augment '[RandomFlip, RandomRotation: {factor: 0.1}]'
    """
    from cnncli.commands.shared import data_files, data_options
    from cnncli.render.terminal.data_report import document, example
    from cnncli.words import counted

    data_options.refuse_two_groupings(group_by, group_column)
    refuse_two_answers(as_json=json, format_=format_)
    asserted = assertions.parse_all(assert_)
    source = Source(
        data, labels, image_column, label_column, group_column, depth, tuple(merge or ())
    )
    division = Division(
        split=split,
        split_seed=split_seed,
        group_by=group_by,
        folds=folds,
        fold=fold,
        split_from=split_from,
    )
    asked = data_files.Asked(output, array, augmented, force, json)
    limits, colour = data_options.value_range(value_range), data_options.background(background)
    seen = {"--range": value_range, "--background": background}
    wanted = data_files.wanted(
        asked, data_files.Network(arch, param, set_, augment, limits, colour)
    )
    with console.status("Listing images"):
        index = source.find()
    assertions.check_all(asserted, example(index.classes))
    report = _examine(index, division, limits, colour, near=near)
    if json:
        console.json_result(document(report))
    elif format_ is not None:
        _annotate(report)
    elif not wanted.piped:
        from cnncli.render.terminal.data_report import show

        show(report)
        console.note(f"\n{_next(report, source, division, arch, seen)}")
    data_files.write(report, wanted, cache=not no_cache)
    if asserted:
        assertions.require(asserted, document(report), github=format_ is not None)
    if strict and report.wrong:
        wrong = sum(finding.wrong for finding in report.findings)
        raise DataError(f"{report.index.name}: {counted(wrong, 'thing')} wrong (--strict)")


def _annotate(report: Report) -> None:
    from cnncli.render.terminal.github import annotation

    for finding in report.findings:
        severity = "error" if finding.wrong else "warning"
        console.result(annotation(severity, f"{report.index.name}: {finding.text}"))


def _examine(
    index: Index,
    division: Division,
    value_range: Range | None,
    background: Colour | None,
    *,
    near: bool,
) -> Report:
    from cnncli.commands.shared.progress import progress
    from cnncli.data.report import examine

    return examine(
        index,
        division.options(),
        value_range=value_range,
        background=background,
        near=near,
        progress=progress,
    )


def _next(
    report: Report, source: Source, division: Division, arch: str, seen: dict[str, str | None]
) -> str:
    """Return what to do next: train, with what the names and sizes of the images suggest.

    `seen` are the options that say how values are seen.
    """
    suggested = report.split.suggested if report.split else None
    others = sum(finding.wrong for finding in report.findings) - (suggested is not None)
    if others and report.split is None:
        return "Next: mend what is wrong, as it cannot be trained on"
    words = [
        source.data,
        *(["--arch", arch] if arch != "lesson" else []),
        *source.words(),
        *replace(division, group_by=division.group_by or suggested).words(),
        *(word for option, value in seen.items() if value for word in (option, value)),
    ]
    why = ""
    if arch == "lesson" and report.tiny:
        words += ["--arch", "lenet5"]
        why = (
            f"\n(images of {report.usual_size}: lenet5 takes 32 x 32, the network of the lesson "
            "256 x 256)"
        )
    first = "mend what is wrong, or leave it so and " if others else ""
    return f"Next: {first}cnncli train {shlex.join(words)}{why}"
