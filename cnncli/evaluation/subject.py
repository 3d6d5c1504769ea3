"""A network to look inside, trained or not, and how an image is prepared for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cnncli.errors import UsageError
from cnncli.facts.memory import require_memory
from cnncli.images.prepare import Colour, Range, Target, prepare
from cnncli.images.resize import Resize
from cnncli.network.architecture import has_spec
from cnncli.network.build import build
from cnncli.network.classifier import refuse_other_inputs
from cnncli.network.preparation import OPTIONS, Preparation
from cnncli.network.preparing import doubt, prepared
from cnncli.runs import model_file, trained_file
from cnncli.runs.directory import is_run
from cnncli.runs.trained import Meaning
from cnncli.spec.shipped import names as shipped_names

if TYPE_CHECKING:
    import numpy as np

    from cnncli.images.image import Image
    from cnncli.network.architecture import Architecture

Weights = Literal["trained", "random"]


@dataclass(frozen=True)
class Subject:
    """A Keras model that takes one image of 0..255 pixels, its preprocessing within.

    `weights` tells whether they were trained; random ones are seeded, the same every time.
    `units` are the classes that its outputs stand for, where that is known. `is_foreign` tells
    that nothing in it says how it is fed, `doubt` why that may be wrong.
    """

    name: str
    model: Any
    weights: Weights
    resize: Resize = "stretch"
    value_range: Range | None = None
    units: tuple[str, ...] = ()
    background: Colour | None = None
    is_foreign: bool = False
    doubt: str | None = None


def load(
    arch: str, architecture: Architecture | None, preparation: Preparation | None = None
) -> Subject:
    """Load a run or a `.keras` file with its trained weights, or build an architecture.

    `architecture` is what `arch` resolves to; None for a run. `preparation` says how a network of
    others is fed. Raises ModelError for what cannot be loaded or computed, or does not take one
    image.
    """
    subject = _load(arch, architecture)
    refuse_other_inputs(subject.model, arch)
    if subject.is_foreign:
        subject = _fed(subject, preparation or Preparation())
    elif preparation not in (None, Preparation()):
        raise UsageError(
            f"{arch} says itself how it is fed", hint=f"{OPTIONS} are for networks of others."
        )
    require_memory(subject.model, arch)
    return subject


def _fed(subject: Subject, preparation: Preparation) -> Subject:
    said = doubt(subject.model, preparation) if subject.weights == "trained" else None
    return replace(subject, model=prepared(subject.model, preparation), doubt=said)


def names_a_run(arch: str) -> bool:
    """Whether `arch` is the directory of a run; a shipped name wins over one of that name."""
    return arch not in shipped_names() and is_run(Path(arch))


def has_weights(arch: str) -> bool:
    """Whether `arch` is a run or a `.keras` file, judged by its name and first bytes alone."""
    return names_a_run(arch) or (Path(arch).is_file() and not has_spec(arch))


def pixels(subject: Subject, image: Image, value_range: Range | None = None) -> np.ndarray:
    """Return `image` (uint8, height x width x channels) as training and prediction prepare it.

    A network that leaves its height or width open takes the image at its own size.
    """
    height, width, channels = tuple(subject.model.inputs[0].shape)[1:]
    target = Target(
        height or image.pixels.shape[0],
        width or image.pixels.shape[1],
        channels or image.pixels.shape[2],
        subject.resize,
        value_range or subject.value_range,
        subject.background,
    )
    return prepare(image, target)


def _load(arch: str, architecture: Architecture | None) -> Subject:
    if architecture is None:
        trained = model_file.load(arch)
        return _trained(arch, trained.model, trained.meaning)
    spec = architecture.spec
    if spec is not None:
        model = build(spec, max_params=architecture.max_params, preprocessing=True)
        return Subject(architecture.name, model, "random", spec.resize)
    model = architecture.build()
    if arch.startswith("applications:"):
        return Subject(arch, model, "random", is_foreign=True)
    meaning = trained_file.read_meaning(Path(arch))
    if meaning is None:
        return Subject(arch, model, "trained", is_foreign=True)
    return _trained(arch, model, meaning)


def _trained(name: str, model: Any, meaning: Meaning) -> Subject:
    count = model.outputs[0].shape[-1]
    units = meaning.classes if count == len(meaning.classes) else ()
    if count == 1 and meaning.positive:
        units = (meaning.positive,)
    return Subject(
        name, model, "trained", meaning.resize, meaning.value_range, units, meaning.background
    )
