"""Starting from other weights: the layers that fit, and which these are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network import keras_file
from cnncli.network.leaves import Leaf, collapsed, leaves
from cnncli.runs.directory import RunDirectory, is_run
from cnncli.spec.problems import near
from cnncli.words import counted

NAMED = 6  # layers named in the note; of more, the number
MOST = 0.5  # of the parameters: where fewer are taken, a name may have kept them


def check(source: str) -> None:
    """Raise ModelError where `source` holds no weights to begin with, as far as names tell it."""
    path = Path(source)
    if path.is_dir() and is_run(path):
        path = RunDirectory(path).model
    elif path.exists() and (path.is_dir() or not path.name.endswith((".weights.h5", ".keras"))):
        raise ModelError(f"--init {source}: is no run, no .keras and no .weights.h5 file")
    elif not path.exists() and not path.suffix:
        raise ModelError(f"--init {source}: no such run", hint=_near(path))
    if not path.is_file():
        raise ModelError(f"--init {path}: no such file")
    if not os.access(path, os.R_OK):
        raise ModelError(f"--init {path}: permission denied")


def _near(path: Path) -> str | None:
    """Return a hint that names the run, or the file of weights, that was meant."""
    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return None
    return near(path.name, beside)


def digest(source: str) -> str:
    """Return the SHA-256 of the file with the weights of `source`."""
    path = Path(source)
    with (RunDirectory(path).model if path.is_dir() else path).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def require_same(about: Mapping[str, Any]) -> None:
    """Raise ModelError where the weights that a run begins with are no longer those."""
    source, before = about["init"], about.get("init_digest")
    check(source)
    if before is not None and digest(source) != before:
        raise ModelError(
            f"--init {source}: its weights have changed since the run began with them",
            hint="Begin a new run with them as they are now.",
        )


@dataclass(frozen=True)
class Taken:
    """Which layers of a network begin with the weights of `source`, by the names of its leaves.

    `called` says what a layer or network that fits, and is not taken, is called in `source`.
    """

    source: str
    leaves: Sequence[Leaf]
    names: frozenset[str]
    called: Mapping[str, str]

    @property
    def share(self) -> float:
        """The share of the parameters that are taken."""
        sizes = {leaf.name: leaf.layer.count_params() for leaf in self.leaves}
        return sum(sizes[name] for name in self.names) / max(1, sum(sizes.values()))

    def note(self) -> str:
        """Return how much is taken, and what is not."""
        number = counted(len(self.leaves), "layer")
        said = f"{len(self.names)} of {number} with weights begin with those of {self.source}"
        left = collapsed(
            [leaf for leaf in self.leaves if leaf.name not in self.names],
            [leaf for leaf in self.leaves if leaf.name in self.names],
        )
        if left:
            said += f"; not {', '.join(left[:NAMED])}{', ...' if len(left) > NAMED else ''}"
        return said + "."

    def doubt(self) -> str | None:
        """Say that most of a network begins with random weights, and why; None where it does not.

        The names alone may have kept them from being taken.
        """
        if self.share >= MOST:
            return None
        said = (
            f"{100 * (1 - self.share):.3g} % of the parameters do not begin with the weights of "
            f"{self.source}, for layers of the same name and shapes alone do"
        )
        for ours, theirs in self.called.items():
            said += f'. What is called "{ours}" here is "{theirs}" there: name: {theirs} takes it'
        return said


def start_from(model: Any, source: str) -> Taken:
    """Give `model` the weights of a RUN, a .keras or a .weights.h5 file; return what was taken.

    From a run or a .keras file a layer takes those of the layer of its name, when all shapes
    are equal, within nested networks too; from a .weights.h5 file, those in its place. Raises
    ModelError when none fits.
    """
    check(source)
    path = Path(source)
    weighty = [leaf for leaf in leaves(model) if leaf.has_weights]
    if path.name.endswith(".weights.h5"):
        taken = Taken(source, weighty, _from_weights(model, weighty, path), {})
    else:
        taken = _from_model(weighty, source)
    if not taken.names:
        raise ModelError(
            f"--init {source}: no layer fits", hint=_hint(taken) or "Are names and shapes the same?"
        )
    return taken


def _hint(taken: Taken) -> str | None:
    for ours, theirs in taken.called.items():
        return f'What is called "{ours}" here is "{theirs}" there: name: {theirs} takes it.'
    return None


def _from_model(weighty: Sequence[Leaf], source: str) -> Taken:
    path = Path(source)
    other = keras_file.load(RunDirectory(path).model if path.is_dir() else path)
    others = {leaf.name: leaf for leaf in leaves(other) if leaf.has_weights}
    taken = []
    for leaf in weighty:
        found = others.get(leaf.name)
        if found is not None and _shapes(found.layer) == _shapes(leaf.layer):
            leaf.layer.set_weights(found.layer.get_weights())
            taken.append(leaf.name)
    called = _called(_outermost(weighty), _outermost(others.values()), frozenset(taken))
    return Taken(source, weighty, frozenset(taken), called)


def _called(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], taken: frozenset[str]
) -> dict[str, str]:
    """Return the networks that are not taken, and are there under another name."""
    free = {name: each for name, each in theirs.items() if name not in ours}
    return {
        name: like
        for name, layer in ours.items()
        if not any(each == name or each.startswith(f"{name}/") for each in taken)
        for like in [n for n, each in free.items() if _shapes(each) == _shapes(layer)][:1]
    }


def _outermost(found: Iterable[Leaf]) -> dict[str, Any]:
    """Return the layers and networks that a network itself has, by their names."""
    return {leaf.name.partition("/")[0]: (*leaf.within, leaf.layer)[0] for leaf in found}


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


def _from_weights(model: Any, weighty: Sequence[Leaf], path: Path) -> frozenset[str]:
    import warnings

    import numpy as np

    before = [leaf.layer.get_weights() for leaf in weighty]
    try:
        declared, stored = keras_file.weight_bytes(path)
        if declared > keras_file.PACKED * stored + keras_file.SLACK:
            raise ValueError("it declares far more than it holds")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each layer that does not fit
            model.load_weights(path, skip_mismatch=True)
    except Exception as error:
        raise ModelError(f"{path}: Keras cannot load it: {error}") from error
    return frozenset(
        leaf.name
        for leaf, values in zip(weighty, before, strict=True)
        if any(
            not np.array_equal(old, new)
            for old, new in zip(values, leaf.layer.get_weights(), strict=True)
        )
    )
