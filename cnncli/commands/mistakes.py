"""`cnncli mistakes`: which images a network takes for another class, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared import trained
from cnncli.commands.shared.applies import Needs, NotWith
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.commands.shared.outputs import Destination
    from cnncli.evaluation.evaluate import Evaluated, Request
    from cnncli.explain.network import Network
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.reporting.mistakes import Found, Nearest, Wrong
    from cnncli.reporting.parts import Mistake

ENDINGS = (".html", ".htm", ".png", ".csv")
MOST = 48  # mistakes that are explained


def mistakes(
    model: trained.ModelArgument,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Other images; else the run's own test part."),
    ] = None,
    data_moved: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="DATA", help="Where the images of the run are, if they moved."
        ),
        NotWith("data", hint="DATA names other images; --data says where those of the run are."),
    ] = None,
    each: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help=f"Explain so many of each kind of mistake (at most {MOST})."
        ),
        Needs("output"),
    ] = 6,
    json_: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Show which images a network takes for another class, the surest mistakes first.

    Without -o they are listed. A page (.html) or a picture (.png) shows the surest of each pair
    of classes with what spoke for the answer, the verdicts on that, and the training images that
    are nearest in the network's features; .csv is the list. Looking at the mistakes of the test
    part counts as a look at it.

    \b
    Examples:
      cnncli mistakes runs/lesson-20261123-142501
      cnncli mistakes runs/lesson-20261123-142501 -o mistakes.html
      cnncli mistakes runs/lesson-20261123-142501 others/ -o mistakes.csv
    """
    from cnncli.commands.shared.explained_mistakes import known_sanity
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.evaluate import evaluate as measure
    from cnncli.reporting.mistakes import find
    from cnncli.training.doubts import of_overlap

    trained.refuse_exported(model, "its features and gradients are not to be had")
    trained.check(model)
    to = _place(output, force=force)
    request = Request(model, data, moved=data_moved)
    kept = known_sanity(model)
    made = measure(request, hooks())
    for said in of_overlap(made.seen, "image", model):
        console.warn(f"{said}: mistakes may be fewer than on others")
    found = find(made)
    if to is not None:
        _write(found, made, request, kept, to, each)
    if json_:
        _document(found)
    elif to is None:
        _show(found)


def _place(output: Path | None, *, force: bool) -> Destination | None:
    """Return where to write, if anywhere; UsageError for a kind of file that there is not."""
    from cnncli.commands.shared.outputs import choose

    if output is None:
        return None
    to = choose(output, force=force, default="mistakes.html")
    if to.suffix not in ENDINGS:
        raise UsageError(
            f'mistakes cannot be written as "{to.suffix}"', hint=f"There are {', '.join(ENDINGS)}."
        )
    return to


def _write(
    found: Found,
    made: Evaluated,
    request: Request,
    kept: SanityFile | None,
    to: Destination,
    each: int,
) -> None:
    from cnncli.commands.shared.outputs import writing
    from cnncli.files import write_text
    from cnncli.reporting.mistakes import report
    from cnncli.reporting.words import listed

    if to.suffix == ".csv":
        with writing(to) as path:
            write_text(path, _csv(found))
        return
    from cnncli.render.pictures.explanations import IMAGES

    is_page = to.suffix != ".png"
    chosen = found.chosen(each, MOST if is_page else IMAGES)
    if len(chosen) < len(found.wrong):
        console.note(
            f"{len(chosen):,} of {len(found.wrong):,} mistakes are explained, the surest of each "
            "kind: --each N takes more or fewer."
        )
    looked, unchecked = _looked_at(chosen, made, request, kept)
    with writing(to) as path:
        if is_page:
            from cnncli.render.pages.report_page import page

            write_text(path, page(report(request.model, found, looked, unchecked)))
        elif looked:
            from cnncli.render.pictures.mistakes import draw

            draw(f"Mistakes of {request.model}, the surest of each kind", looked, path)
        else:
            raise UsageError("there is no mistake to draw", hint="A page says so: -o FILE.html")
    if unchecked:
        console.note(
            f"Not checked whether it depends on what was learnt: {listed(unchecked)}. "
            f"cnncli explain {request.model} IMAGE --sanity checks it."
        )


def _looked_at(
    chosen: Sequence[Wrong], made: Evaluated, request: Request, kept: SanityFile | None
) -> tuple[list[Mistake], list[str]]:
    from cnncli.commands.shared.explained_mistakes import explainer
    from cnncli.evaluation.evaluate import listed
    from cnncli.explain.explaining import prepare
    from cnncli.reporting.mistakes import look_at

    if not chosen:
        return [], []
    network = prepare(made.trained)
    sources = {item.file: item.source for item in listed(request, made.trained.run).items}
    return look_at(
        chosen,
        [sources[one.file] for one in chosen],
        explainer(made.trained, network, kept),
        _nearest(made, request, network),
    )


def _nearest(made: Evaluated, request: Request, network: Network) -> Nearest | None:
    """Return what finds training images; None, said, where the run's are not to be had."""
    from cnncli.commands.shared.training_hooks import hooks, progress
    from cnncli.errors import CnncliError
    from cnncli.reporting.neighbours import Neighbours, training_images

    run = made.trained.run
    if run is None:
        console.note("A file knows no training images: none are shown beside the mistakes.")
        return None
    try:
        known = training_images(run, made.trained, request.moved, hooks())
    except CnncliError as error:
        console.warn(f"no training images beside the mistakes: {error.message}")
        return None
    with progress("Looking at training images") as show:
        return Neighbours(network, known, show).of


def _csv(found: Found) -> str:
    from cnncli.runs.record import number, to_csv

    rows = [(one.file, one.label, one.predicted, number(one.probability)) for one in found.wrong]
    return to_csv([("file", "label", "predicted", "probability"), *rows])


def _document(found: Found) -> None:
    console.json_result(
        {
            "schema": "cnncli.mistakes/1",
            "data": found.data,
            "part": found.part,
            "images": found.images,
            "kinds": [
                {"label": label, "predicted": predicted, "images": number}
                for (label, predicted), number in found.kinds
            ],
            "mistakes": [asdict(one) for one in found.wrong],
        }
    )


def _show(found: Found) -> None:
    from cnncli.render.terminal import table as tables
    from cnncli.render.terminal.mistakes import kinds, listed
    from cnncli.reporting.mistakes import heading

    if found.wrong:
        tables.show(listed(found))
        console.result("")
        tables.show(kinds(found))
        console.result("")
    console.result(heading(found))
