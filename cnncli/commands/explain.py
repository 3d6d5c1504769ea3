"""`cnncli explain`: what in an image speaks for the class that a network says it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cnncli import console
from cnncli.commands.shared import explain_checks, explain_exported, trained
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.explain_truth import TruthOption
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption
from cnncli.errors import ExitCode, UsageError
from cnncli.registry import METHODS, Explainer
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.commands.shared.explain_outputs import Explained
    from cnncli.evaluation.listing import Source
    from cnncli.explain.answering import AnsweringNetwork
    from cnncli.explain.explaining import Explanation
    from cnncli.explain.ways import Way
    from cnncli.runs.trained import Trained

DEFAULT = ("grad-cam-plus-plus", "occlusion")


def _weighs_a_layer(given: Mapping[str, Any]) -> bool:
    """Whether one of the methods of a call is of a layer, or of no name that is known."""
    others = {entry.name for entry in METHODS if not entry.by_layer}
    return not given["method"] or not others.issuperset(given["method"])


def explain(
    model: trained.ModelArgument,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE|DATA...",
            help="Image files, folders with all images below them, - for stdin, sample:NAME.",
        ),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help=f"{', '.join(entry.name for entry in METHODS)}; may be given several times. "
            f"Without it: {' and '.join(DEFAULT)}.",
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer",
            "-l",
            metavar="NAME",
            help="The layer whose maps are weighed (base/conv1 within a nested network), or all; "
            "may be given several times.",
        ),
        When(_weighs_a_layer, "for methods that weigh the maps of no layer"),
    ] = None,
    class_: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="NAME",
            help="What speaks for this class, rather than for the one that is predicted; may be "
            "given several times.",
        ),
    ] = None,
    classes: trained.ClassesOption = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    logits: trained.LogitsOption = False,
    sanity: explain_checks.SanityOption = False,
    agreement: explain_checks.AgreementOption = None,
    faithfulness: explain_checks.FaithfulnessOption = False,
    stability: explain_checks.StabilityOption = False,
    truth: TruthOption = None,
    raw: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npz", help="Write the maps themselves, at their own size."),
    ] = None,
    json_: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Show what in an image speaks for the class that a network says it is.

    A picture shows each image, and over it the map of each method (.png, or .pdf; a page for
    each 24 images). Without --layer, methods that weigh the maps of a layer take the last one
    whose maps are fine enough to say where something is. --json prints a line for each image;
    with --json, --raw or --truth, a picture is drawn only where -o names it. An image that cannot
    be read is named and left out; the exit code is then 1.

    Each map comes with verdicts: in the picture, in the JSON, on stderr. --sanity is a property
    of a network, a method and a layer; a run keeps it, and shows it from then on. Of a .keras
    file it is computed on the images that are given.

    An .onnx or .tflite file is explained without TensorFlow by what needs its answers alone:
    occlusion and rise, with all checks but --sanity.

    \b
    Examples:
      cnncli explain runs/lesson-20261123-142501 scan.png
      cnncli explain runs/lesson-20261123-142501 scan.png -m grad-cam -l all
      cnncli explain runs/lesson-20261123-142501 scan.png --sanity --faithfulness
      cnncli explain runs/lesson-20261123-142501 test/ --raw maps.npz --json
      cnncli explain known-run known/ -m grad-cam --truth known/truth.csv
      cnncli explain model.keras a.png b.png --class ill --class well -o why.pdf
      cnncli explain model.onnx scan.png -m occlusion -m rise
    """
    from cnncli.commands.shared.explain_places import places
    from cnncli.commands.shared.explain_pointing import pointing
    from cnncli.evaluation.listing import sources, until_there
    from cnncli.explain import explaining
    from cnncli.explain.ways import ways
    from cnncli.runs import model_file

    methods = explain_exported.usable(model, _methods(method), layer, asked=bool(method))
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    trained.check(model, names, fed)
    asked = explain_checks.Asked(sanity, agreement, faithfulness, stability)
    explain_exported.refuse(model, asked)
    explain_checks.refuse(asked, len(methods))
    _check(model, layer, class_)
    found = list(sources(images))
    scoring = pointing(truth, as_json=json_)
    to = places(found, raw, output, force=force, as_json=json_, scored=truth is not None)
    if not until_there(iter(found))[1]:
        _say_unread(found, as_json=json_)
    kept = explain_checks.sanity_file(model, asked)
    trained.load_keras(model)
    loaded = model_file.load(model, names, fed)
    trained.tell(loaded)
    network = explaining.prepare_answers(loaded)
    targets = explaining.class_numbers(class_ or (), network.classes)
    used = ways(network, _usable(methods, network, asked=bool(method)), layer or ())
    if not layer:
        _say_layer(network, used)
    checks = explain_checks.checks(asked, loaded, network, used, found, kept)
    several = len(targets) > 1 or len(used) > len({way.method for way in used})
    failed = 0
    with ExitStack() as files:
        outputs = [files.enter_context(each) for each in to.open(model, several=several)]
        outputs += [files.enter_context(each) for each in scoring(loaded.meaning.resize)]
        explanations = explaining.explain(loaded, network, found, used, targets, checks)
        for each in _explained(loaded, network, found, explanations):
            failed += not each.is_done
            for one in outputs:
                one.take(each)
    if failed:
        console.warn(f"{counted(failed, 'image')} could not be explained")
        raise typer.Exit(ExitCode.FAILED)


def _say_unread(found: Sequence[Source], *, as_json: bool) -> NoReturn:
    """Say of images none of which is there why; no network has to be loaded for that."""
    from cnncli.commands.shared.explain_outputs import Explained
    from cnncli.commands.shared.explain_places import Places
    from cnncli.evaluation.predict import unread
    from cnncli.explain.explaining import Explanation

    with ExitStack() as files:
        outputs = [
            files.enter_context(each) for each in Places(None, (), as_json).open("", several=False)
        ]
        for source in found:
            for one in outputs:
                one.take(Explained(Explanation(unread(source)), None, source.file, None))
    raise typer.Exit(ExitCode.FAILED)


def _methods(names: Sequence[str] | None) -> list[Explainer]:
    """Return the methods that are asked for; UsageError for a name that is none."""
    table = {entry.name: entry for entry in METHODS}
    for name in names or ():
        if name not in table:
            near = difflib.get_close_matches(name, table, n=2)
            raise UsageError(
                f'there is no method "{name}"',
                hint=f"Did you mean {' or '.join(near)}?"
                if near
                else f"Methods: {', '.join(table)}",
            )
    return [table[name] for name in dict.fromkeys(names or DEFAULT)]


def _check(model: str, layers: Sequence[str] | None, classes: Sequence[str] | None) -> None:
    """Raise what can be known to be wrong before the seconds that TensorFlow takes."""
    from cnncli.commands.shared.architectures import layer_names
    from cnncli.explain.explaining import class_numbers
    from cnncli.explain.ways import ALL_LAYERS
    from cnncli.network.results import refuse_unknown
    from cnncli.network.runtimes import is_exported
    from cnncli.runs import model_file, trained_file

    if is_exported(model):  # which is read at once
        return
    path, _ = model_file.find(model)
    meaning = trained_file.read_meaning(path)
    if meaning is not None:
        class_numbers(classes or (), meaning.classes)
    names = layer_names(model)
    if names is not None:
        refuse_unknown([layer for layer in layers or () if layer != ALL_LAYERS], names)


def _usable(
    methods: Sequence[Explainer], network: AnsweringNetwork, *, asked: bool
) -> Sequence[Explainer]:
    """Return the methods that are asked for; of the usual ones, those that this network has."""
    if not asked and network.default_layer is None and any(each.by_layer for each in methods):
        console.note("The network has no layer with maps: explained without one.")
        methods = [each for each in methods if not each.by_layer]
    return methods


def _say_layer(network: AnsweringNetwork, ways: Sequence[Way]) -> None:
    from cnncli.explain.layers import CELLS, cells

    chosen = [each for each in network.layers if each.name in {way.layer for way in ways}]
    for each in chosen:
        why = "the last that is fine enough to say where something is"
        if cells(each) < CELLS:
            why = "the finest of this network, and too coarse to say much about where"
        rows, columns = each.tensor.shape[1:3]
        console.note(
            f"Layer {each.name} ({rows} x {columns}): {why}. --layer NAME takes another, "
            "--layer all shows them all."
        )


def _explained(
    loaded: Trained,
    network: AnsweringNetwork,
    found: Sequence[Source],
    explanations: Iterable[Explanation],
) -> Iterator[Explained]:
    """Explain each image under a bar that tells how many are done, and what of this one."""
    from cnncli.commands.shared.explain_outputs import Explained
    from cnncli.commands.shared.progress import progress
    from cnncli.evaluation.truth import Truth
    from cnncli.explain.explaining import keys

    truth = Truth(loaded)
    named = keys([source.file for source in found])
    with progress("Explaining") as show, network.telling(show.within):
        show(0, len(found))
        for done, (key, source, each) in enumerate(zip(named, found, explanations, strict=True)):
            yield Explained(each, truth.of(source), key, source.source)
            show(done + 1, len(found))
