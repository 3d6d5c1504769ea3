"""The classes of a Spec: what a spec file says, checked, with `$name` filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cnncli.spec.graph import EMPTY, Position, Thing

Preprocess = Literal["none", "standardize", "rescale"]
Resize = Literal["stretch", "pad", "crop"]


@dataclass(frozen=True)
class Source:
    """Where a spec was read: the name to show ("lesson.yaml", "<stdin>") and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Training:
    """The `training` section; None stands for "not said", which `training/` then decides."""

    optimizer: Thing | None = None
    loss: Thing | None = None
    metrics: tuple[Thing, ...] = ()
    epochs: int = 10
    batch_size: int = 32
    class_weight: str | Mapping[str, float] | None = None
    callbacks: tuple[Thing, ...] = ()
    augmentation: tuple[Thing, ...] = ()
    freeze: tuple[str, ...] = ()
    where: Position | None = None


@dataclass(frozen=True)
class LayerUse:
    """One item of a `layers` list, before expansion: a class, a block, `use`, `ops.NAME`, ...

    `inputs` is as written (a name, a list, a mapping) with positions; `repeat` is None unless
    given. `layers`, `input` and `output` hold what nests in `Sequential` and `Model`.
    """

    word: str
    arguments: Mapping[str, Any]
    where: Position
    argument_where: Mapping[str, Position] = field(default_factory=lambda: EMPTY)
    name: str | None = None
    inputs: Any = None
    call: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    repeat: int | None = None
    body: Body | None = None


@dataclass(frozen=True)
class Body:
    """Layers that belong together: of the file, of a block, or of a nested model."""

    layers: tuple[LayerUse, ...]
    where: Position
    input: Any = None
    output: Any = None
    params: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True)
class Spec:
    """One architecture, as its file says it."""

    name: str
    source: Source
    body: Body
    description: str = ""
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    preprocess: Preprocess = "none"
    resize: Resize = "stretch"
    dtype: str | None = None
    blocks: Mapping[str, Body] = field(default_factory=lambda: EMPTY)
    training: Training = field(default_factory=Training)
