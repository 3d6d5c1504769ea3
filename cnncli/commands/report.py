"""`cnncli report`: one page on a run, to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared.options import ForceOption, OutputOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.reporting.material import Material
    from cnncli.reporting.report import Seen


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")],
    output: OutputOption = None,
    about: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What the network is for, in your own words; else RUN/about.md.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Where the images of the run are, if they moved."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write one HTML page on a run: what it reached, what that is worth, how to repeat it.

    The page begins with the verdict and what is to be held against it, and ends with the
    methods in the words of a paper. It is one file that loads nothing, to be mailed or printed.
    The surest mistakes are shown with explanations, where the images are still there.

    \b
    Examples:
      cnncli report runs/lesson-20261123-142501
      cnncli report runs/lesson-20261123-142501 -o report.html --about purpose.md
    """
    from cnncli.commands.shared.outputs import choose, writing
    from cnncli.data import index
    from cnncli.files import write_text
    from cnncli.reporting import material
    from cnncli.reporting.report import report as compose

    of = material.read(run, about)
    name = of.run.path.resolve().name.replace("/", "-")
    to = choose(output, force=force, default=f"{name}-report.html")
    if to.suffix not in (".html", ".htm"):
        raise UsageError(f"a report is an HTML page, not {to.suffix}", hint="-o report.html")
    if data is not None:
        index.find(data)  # says so where it is not there
    made = compose(of, _seen(of, data))
    from cnncli.render.pages.report_page import page

    with writing(to) as path:
        write_text(path, page(made))


def _seen(of: Material, data: str | None) -> Seen:
    """Load the network, and the images that are shown; say why where there are none."""
    from cnncli.commands.shared.explained_mistakes import explainer, known_sanity
    from cnncli.commands.shared.keras_session import keras
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.errors import CnncliError
    from cnncli.explain.explaining import prepare
    from cnncli.facts.summarize import summarize
    from cnncli.network.architecture import of_spec
    from cnncli.reporting import pictures
    from cnncli.reporting.report import Seen
    from cnncli.runs import model_file

    summary = summarize(of_spec(of.spec), keras)
    keras()
    kept = known_sanity(str(of.run.path))
    loaded = model_file.load(str(of.run.path))
    explain = explainer(loaded, prepare(loaded), kept)
    try:
        found = pictures.read(of, loaded, data, hooks())
    except CnncliError as error:
        if data is not None:
            raise
        console.warn(f"the report shows no images: {error.message}")
        if error.hint:
            console.note(error.hint)
        return Seen(summary, explain, why_none=error.message)
    return Seen(summary, explain, found)
