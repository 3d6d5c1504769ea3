"""From a network to a file that was checked: prepared, written, compared, and told of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError, ModelError, UsageError
from cnncli.evaluation import subject
from cnncli.exporters import accuracy, examples
from cnncli.exporters.accuracy import Accuracy
from cnncli.exporters.check import BATCHES, Checked, check
from cnncli.exporters.examples import CHECKED, Examples
from cnncli.exporters.format import Format, room
from cnncli.exporters.network import Network
from cnncli.network import entry
from cnncli.network.classifier import classifier
from cnncli.network.preparation import Preparation
from cnncli.network.results import results
from cnncli.network.sources import sources
from cnncli.runs import carried, model_file
from cnncli.runs.trained import Meaning, Trained, fits
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

    from cnncli.network.architecture import Architecture

EXACT = 1e-5  # the largest difference to Keras in float32
# Networks that Keras itself computes with fewer bits.
HALF = {"float16": 1e-3, "bfloat16": 1e-2}
# Another program rounds in other places than Keras: it may differ from it by a few times as much
# as Keras differs from itself, but never by more than a file of half the bits.
NOISE_TIMES, NOISE_MOST = 8, 1e-3
TYPICAL = 100  # training images by which the steps of whole numbers are chosen


@dataclass(frozen=True)
class Source:
    """What is exported: MODEL or ARCH, and how a network of others is fed and read.

    `architecture` is what an ARCH resolves to, None for trained weights. `moved` is where the
    images of a run are now.
    """

    name: str
    architecture: Architecture | None
    classes: Sequence[str] = ()
    preparation: Preparation | None = None
    moved: str | None = None


@dataclass(frozen=True)
class Fewer:
    """Fewer bits, and how much accuracy they may cost: by how much it may fall, if that is asked.

    `known` are images of the run whose classes are known, where it has some.
    """

    kind: str
    meaning: Meaning
    known: Examples | None = None
    max_drop: float | None = None


def load(source: Source) -> Trained:
    """Return the network as one of 0..255 pixels that gives probabilities.

    Raises ModelError for what is none, UsageError for options that do not fit.
    """
    if source.architecture is None:
        return model_file.load(source.name, source.classes, source.preparation)
    asked = source.preparation or Preparation()
    found = subject.load(source.name, source.architecture, replace(asked, logits=False))
    read = Preparation(logits=True) if asked.logits else None
    made = classifier(found.model, source.name, read)
    units = made.model.output_shape[-1]
    if source.classes and not fits(units, len(source.classes)):
        raise UsageError(
            f"--classes {','.join(source.classes)}: {counted(len(source.classes), 'name')}, and "
            f"the network has {counted(units, 'output')}"
        )
    names = tuple(source.classes)
    positive = names[1] if len(names) == 2 else None
    meaning = Meaning(names, positive, found.resize, name=found.name)
    filled = [each["layer"] for each in sources(found.model)]
    but = f"but for {' and '.join(filled)}, " if filled else ""
    said = f"{found.name} is not trained: {but}its weights are its seeded random ones."
    return Trained(made.model, meaning, Path(source.name), None, bool(names), (said, *made.notes))


def network_of(
    trained: Trained, name: str, moved: str | None, tell: Callable[[str], None]
) -> Network:
    """Return the network with what is told of it, and real images to check it on."""
    images, said, is_own = _images(trained, moved, tell)
    meaning = trained.meaning
    if not trained.is_named and meaning.classes[:1] == ("class_0",):
        meaning = replace(meaning, classes=(), positive=None)  # names of ours say nothing
    texts = {**carried.texts(meaning, trained.run), **_preprocessing(trained.model)}
    return Network(name, trained.model, texts, images, said, is_own)


def _preprocessing(model: Any) -> dict[str, str]:
    """Return what is told of the layer that does what `preprocess` of a spec says, if any."""
    layer = entry.preprocess_of(results(model))
    word = entry.word_of(layer) if layer is not None else None
    return {carried.PREPROCESS: carried.text(word)} if word is not None else {}


def fewer(
    trained: Trained,
    network: Network,
    kind: str,
    *,
    max_drop: float | None = None,
    moved: str | None = None,
) -> tuple[Network, Fewer]:
    """Return the network with typical images for `kind`, and what its accuracy is measured on."""
    texts = {**network.texts, carried.QUANTIZED: carried.text(kind)}
    network = replace(network, texts=texts)
    if trained.run is None or not network.is_own:
        if max_drop is not None:
            raise UsageError("--max-drop needs a run, and the images that it was validated on")
        return network, Fewer(kind, trained.meaning)
    take = partial(examples.of_run, trained.run, target=trained.target, moved=moved)
    typical = take(("train",), most=TYPICAL).pixels
    known = take(("validation", "test"), most=accuracy.MOST)
    return replace(network, typical=typical), Fewer(kind, trained.meaning, known, max_drop)


@dataclass(frozen=True)
class Deployed:
    """What was found of a file that stands: by the check, and of its accuracy where it is known."""

    checked: Checked
    accuracy: Accuracy | None = None


def deploy(network: Network, form: Format, path: Path, less: Fewer | None = None) -> Deployed:
    """Write the network to `path`, check it there, and keep what was found with it.

    Raises ModelError where it cannot be written, is not the same network, or lost too much.
    """
    kept = room()
    texts = {**network.texts, carried.CHECK: kept}
    kind = less.kind if less is not None else None
    form.write(replace(network, texts=texts), path, kind)
    checked = check(path, network, form.load, _tolerance(network, kind))
    found = None
    if less is not None and less.known is not None:
        found = accuracy.measure(path, form.load, network, less.meaning, less.known)
        _refuse_drop(found, less.max_drop)
    form.fill(path, {kept: carried.text(_about(checked, found))})
    return Deployed(checked, found)


def _refuse_drop(found: Accuracy, most: float | None) -> None:
    if most is not None and found.drop > most:
        raise ModelError(
            f"the accuracy falls from {found.before:.4g} to {found.after:.4g} on "
            f"{counted(found.images, f'{found.part} image')}, and --max-drop {most:g} is the most: "
            "nothing was written"
        )


def _tolerance(network: Network, kind: str | None) -> float | None:
    """Return by how much outputs may differ from those of Keras; None where that tells nothing."""
    if kind not in (None, "float16"):
        return None
    kinds = {layer.compute_dtype for layer in network.model._flatten_layers()} | {kind}
    rounded = min(NOISE_TIMES * network.noise, NOISE_MOST)
    return max(EXACT, rounded, *(allowed for kind, allowed in HALF.items() if kind in kinds))


def _about(checked: Checked, found: Accuracy | None) -> dict[str, object]:
    about: dict[str, object] = {
        "largest_difference": float(f"{checked.difference:.3g}"),
        "images": checked.images,
        "batches": list(BATCHES),
        "runtime": checked.runtime,
    }
    if found is not None:
        about["accuracy"] = [round(found.before, 4), round(found.after, 4)]
        about["accuracy_images"] = found.images
    return about


def _images(
    trained: Trained, moved: str | None, tell: Callable[[str], None]
) -> tuple[np.ndarray, str, bool]:
    """Return the images of the check, whose they are, and whether there are some of the run."""
    import numpy as np

    wanted = trained.target
    if trained.run is None:
        return examples.samples(wanted), f"{CHECKED} sample images", False
    parts = ("validation", "test", "train")
    try:
        own = examples.of_run(trained.run, parts, wanted, most=CHECKED, moved=moved)
    except DataError as error:
        if moved is not None:
            raise
        tell(f"{error.message}: checked on the sample images instead (--data says where it is now)")
        return examples.samples(wanted), f"{CHECKED} sample images", False
    said = f"{counted(len(own.rows), f'{own.rows[0].part} image')}"
    if (lacking := CHECKED - len(own.rows)) <= 0:
        return own.pixels, said, True
    more = examples.samples(wanted)[:lacking]
    said = f"{said} and {counted(lacking, 'sample image')}"
    return np.concatenate([own.pixels, more]), said, True
