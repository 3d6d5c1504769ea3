"""From a network to a file that was checked: prepared, written, compared, and told of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.errors import DataError, UsageError
from cnncli.evaluation import subject
from cnncli.evaluation.evaluate import target
from cnncli.exporters import examples
from cnncli.exporters.check import BATCHES, Checked, check
from cnncli.exporters.examples import CHECKED
from cnncli.exporters.format import Format, room
from cnncli.exporters.network import Network
from cnncli.network.classifier import classifier
from cnncli.network.preparation import Preparation
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


def load(source: Source) -> Trained:
    """Return the network as one of 0..255 pixels that gives probabilities.

    Raises ModelError for what is none, UsageError for options that do not fit.
    """
    if source.architecture is None:
        return model_file.load(source.name, source.classes, source.preparation)
    found = subject.load(source.name, source.architecture, source.preparation)
    logits = source.preparation is not None and source.preparation.logits
    made = classifier(found.model, source.name, Preparation(logits=True) if logits else None)
    units = made.model.output_shape[-1]
    if source.classes and not fits(units, len(source.classes)):
        raise UsageError(
            f"--classes {','.join(source.classes)}: {counted(len(source.classes), 'name')}, and "
            f"the network has {counted(units, 'output')}"
        )
    names = tuple(source.classes)
    positive = names[1] if len(names) == 2 else None
    meaning = Meaning(names, positive, found.resize, name=found.name)
    said = f"{found.name} is not trained: its weights are its seeded random ones."
    return Trained(made.model, meaning, Path(source.name), None, bool(names), (said, *made.notes))


def network_of(
    trained: Trained, name: str, moved: str | None, tell: Callable[[str], None]
) -> Network:
    """Return the network with what is told of it, and real images to check it on."""
    images, said = _images(trained, moved, tell)
    meaning = trained.meaning
    if not trained.is_named and meaning.classes[:1] == ("class_0",):
        meaning = replace(meaning, classes=(), positive=None)  # names of ours say nothing
    return Network(name, trained.model, carried.texts(meaning, trained.run), images, said)


def deploy(network: Network, form: Format, path: Path) -> Checked:
    """Write the network to `path`, check it there, and keep what was found with it.

    Raises ModelError where it cannot be written, or is not the same network.
    """
    kept = room()
    form.write(replace(network, texts={**network.texts, carried.CHECK: kept}), path, None)
    checked = check(path, network, form.load, _tolerance(network))
    form.fill(path, {kept: carried.text(_about(checked))})
    return checked


def _tolerance(network: Network) -> float:
    """Return by how much the outputs of the file may differ from those of Keras."""
    kinds = {layer.compute_dtype for layer in network.model._flatten_layers()}
    rounded = min(NOISE_TIMES * network.noise, NOISE_MOST)
    return max(EXACT, rounded, *(allowed for kind, allowed in HALF.items() if kind in kinds))


def _about(checked: Checked) -> dict[str, object]:
    return {
        "largest_difference": float(f"{checked.difference:.3g}"),
        "images": checked.images,
        "batches": list(BATCHES),
        "runtime": checked.runtime,
    }


def _images(
    trained: Trained, moved: str | None, tell: Callable[[str], None]
) -> tuple[np.ndarray, str]:
    """Return the images of the check, and whose they are."""
    import numpy as np

    wanted = target(trained)
    if trained.run is None:
        return examples.samples(wanted), f"{CHECKED} sample images"
    parts = ("validation", "test", "train")
    try:
        own = examples.of_run(trained.run, parts, wanted, most=CHECKED, moved=moved)
    except DataError as error:
        if moved is not None:
            raise
        tell(f"{error.message}: checked on the sample images instead (--data says where it is now)")
        return examples.samples(wanted), f"{CHECKED} sample images"
    said = f"{counted(len(own.rows), f'{own.rows[0].part} image')}"
    if (lacking := CHECKED - len(own.rows)) <= 0:
        return own.pixels, said
    more = examples.samples(wanted)[:lacking]
    return np.concatenate([own.pixels, more]), f"{said} and {counted(lacking, 'sample image')}"
