"""The classes of a Spec: what a spec file says, checked, with `$name` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from cnncli.errors import Problem
from cnncli.spec.graph import EMPTY, Input, Inputs, Position, Thing

Preprocess = Literal["none", "standardize", "rescale"]
Resize = Literal["stretch", "pad", "crop"]

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WIDEST_LINE = 400


@dataclass(frozen=True)
class Source:
    """Where a spec was read: the name to show ("lesson.yaml", "<stdin>") and its text.

    `options` are what the command line set: a Position of line -1 stands for the first of them,
    -2 for the second, and so on. `parents` are what it extends, the nearest first; each of them
    has the `number` that stands in its Positions.
    """

    name: str
    text: str
    options: tuple[str, ...] = ()
    parents: tuple[Source, ...] = ()
    number: int = 0

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, as YAML breaks them."""
        return _BREAK.split(self.text)

    def line(self, number: int) -> str | None:
        """Return a line, counted from 1; None when there is none, or it is too long to show."""
        if not 0 < number <= len(self.lines) or len(self.lines[number - 1]) > _WIDEST_LINE:
            return None
        return self.lines[number - 1]

    def of(self, where: Position) -> Source:
        """Return the file in which a place is: this one, or one that it extends."""
        return self if where.file in (0, self.number) else self.parents[where.file - 1]

    def said(self, where: Position) -> str:
        """Say where a place is, for a message about another: `in line 3`, `in line 3 of a.yaml`."""
        file = self.of(where)
        return f"in line {where.line}" + ("" if file is self else f" of {file.name}")

    def problem(
        self,
        where: Position | None,
        message: str,
        hint: str | None = None,
        severity: str = "error",
    ) -> Problem:
        """Return what is wrong at a place as a Problem that shows the line."""
        if where is not None and self.of(where) is not self:
            return self.of(where).problem(where, message, hint, severity)
        if where is None or where.line == 0:
            return Problem(self.name, None, None, message, hint, severity)
        if where.line < 0:
            option = f"{self.name} ({self.options[-where.line - 1]}, set by an option)"
            return Problem(option, None, None, message, hint, severity)
        text = self.line(where.line)
        return Problem(
            self.name, where.line, where.column, message, hint, severity, text, where.width
        )


@dataclass(frozen=True)
class Phase:
    """One of `training.phases`: what it says itself, by key; see `spec.phases`."""

    said: Mapping[str, Any]
    where: Position


@dataclass(frozen=True, slots=True)
class Pattern:
    """Layers by their names, `*` for any text, and where that stands; see `spec.layer_names`."""

    text: str
    where: Position = field(compare=False)

    def __str__(self) -> str:
        return self.text


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
    freeze: tuple[Pattern, ...] = ()
    unfreeze: tuple[Pattern, ...] = ()
    keep: str | None = None
    phases: tuple[Phase, ...] = ()
    where: Position | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """`$name` in a block: a parameter of the block, filled in when the block is used."""

    name: str
    where: Position


@dataclass(frozen=True, slots=True)
class Rounded:
    """A rounding in a block, `{scale: $filters, by: 1.2}`: some parts are a Param of the block."""

    form: Literal["scale", "ceil"]
    parts: Mapping[str, Any]
    where: Position


@dataclass(frozen=True)
class LayerUse:
    """One item of a `layers` list, before expansion: a class, a block, `use`, `ops.NAME`, ...

    Arguments of a class are as in a Thing, and within a block may be a Param; those of a block
    are plain data. `inputs` is a Ref by the names of the file, a tuple or a mapping of these, or
    None for what stands before; `repeat` is None unless given; `body` is what nests in
    `Sequential` and `Model`.
    """

    word: str
    arguments: Mapping[str, Any]
    where: Position
    argument_where: Mapping[str, Position] = field(default_factory=lambda: EMPTY)
    name: str | None = None
    inputs: Inputs = None
    call: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    repeat: int | Param | Rounded | None = None
    body: Body | None = None
    path: str = ""  # as `--set` takes it: layers[0], blocks.residual.layers[2]


@dataclass(frozen=True)
class Body:
    """Layers that belong together: of the file, of a block, or of a nested model.

    `input` is empty for a block and for `Sequential`; `output` is None for the last layer, or
    like `LayerUse.inputs`. `params` are a block's own, with their defaults as plain data.
    """

    layers: tuple[LayerUse, ...]
    where: Position
    input: tuple[Input, ...] = ()
    output: Inputs = None
    params: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True)
class Change:
    """What an override changed: plain data before and after; None for what was not said."""

    path: str
    before: Any
    after: Any


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
    # Where `$name` stood in the file -> the parameter that was filled in there.
    filled: Mapping[Position, str] = field(default_factory=dict)
    presets: tuple[str, ...] = ()
    preset: str | None = None  # the one that was chosen
    changes: tuple[Change, ...] = ()
