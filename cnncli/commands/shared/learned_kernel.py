"""A kernel of a network, as `convolve --kernel MODEL:LAYER:INDEX` names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import console
from cnncli.images.kernel_text import is_matrix, is_matrix_source

if TYPE_CHECKING:
    from cnncli.images.kernels import Kernel

# From the end: a path may have colons in it, the name of a layer has none.
_REFERENCE = re.compile(r"(.+):([^:]+):(\d+)", re.DOTALL)


@dataclass(frozen=True)
class Reference:
    """A filter by the network, the layer and its number in it."""

    model: str
    layer: str
    index: int


def reference(text: str) -> Reference | None:
    """Return what MODEL:LAYER:INDEX names; None for a named kernel, a matrix or a file."""
    found = _REFERENCE.fullmatch(text)
    if found is None or is_matrix(text) or (is_matrix_source(text) and Path(text).exists()):
        return None
    return Reference(found[1], found[2], int(found[3]))


def kernels(texts: Sequence[str], images: Sequence[str]) -> list[Kernel]:
    """Return what each --kernel means; what is wrong is raised before TensorFlow is loaded."""
    from cnncli.images.kernel_text import parse
    from cnncli.images.reader import is_there, read

    wanted = {text: found for text in texts if (found := reference(text)) is not None}
    plain = {text: parse(text) for text in texts if text not in wanted}
    for each in wanted.values():
        _check(each)
    if wanted and not any(map(is_there, images)):
        read(images[0])  # which says why not
    loaded = {text: _load(each, text) for text, each in wanted.items()}
    return [plain[text] if text in plain else loaded[text] for text in texts]


def _check(wanted: Reference) -> None:
    from cnncli.commands.shared.architectures import layer_names, run_or_architecture
    from cnncli.network.results import refuse_unknown

    architecture = run_or_architecture(wanted.model)
    if (names := layer_names(wanted.model, architecture)) is not None:
        refuse_unknown([wanted.layer], names)


def _load(wanted: Reference, text: str) -> Kernel:
    """Load the network and return the kernel: one matrix for each input channel, and their mean."""
    from cnncli.commands.shared.architectures import run_or_architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.evaluation import subject as subjects
    from cnncli.evaluation.filters import filters
    from cnncli.images.kernels import of_channels

    keras()
    with console.status("Loading the network"):
        subject = subjects.load(wanted.model, run_or_architecture(wanted.model))
        chosen, _ = filters(subject.model, [wanted.layer])
    one = chosen[0]
    one.check(wanted.index, f"--kernel {text}")
    if subject.weights == "random":
        console.note(f"{subject.name} is not trained: its weights are seeded random ones.")
    if one.inputs > 1:
        console.note(
            f"{text} sees {one.inputs} channels: an image of as many is filtered by the kernel of "
            "each, and the sum is shown; any other by their mean."
        )
    slug = f"{one.name.replace('/', '-')}-{wanted.index}"
    return of_channels(one.kernels[wanted.index], text, slug)
