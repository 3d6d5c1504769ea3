"""Spec files -> Spec: read, filled in, checked; all that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnncli.errors import Problem, SpecError, UsageError
from cnncli.spec import freezing, outside_inputs, presets, scaling
from cnncli.spec import params as parameters
from cnncli.spec.blocks import Block, read_blocks
from cnncli.spec.expansion import expand_checked
from cnncli.spec.extends import Extender, Unread
from cnncli.spec.graph import EMPTY, Graph, Position
from cnncli.spec.keys import known_keys, merge_keys, no_table, repeated_keys
from cnncli.spec.layers import LayerReader
from cnncli.spec.model import Body, Change, Source, Spec, Training
from cnncli.spec.overrides import NoSuchPath, apply_overrides, position
from cnncli.spec.problems import Problems, TooManyProblems, near
from cnncli.spec.reader import decode, read, read_file
from cnncli.spec.recipe import RecipeReader
from cnncli.spec.top import TopReader, value_of
from cnncli.spec.tree import Entry, Table, Tree, shorten, to_value

Overrides = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Checked:
    """What reading a spec gave: the spec unless there are errors, and every problem."""

    source: Source
    problems: tuple[Problem, ...]
    spec: Spec | None = None
    graph: Graph | None = None
    preset: str | None = None  # the one that was chosen


def load_file(
    path: str | Path,
    params: Mapping[str, Any] = EMPTY,
    overrides: Overrides = (),
    preset: str | None = None,
) -> Spec:
    """Read a spec file.

    `params` gives values to parameters of the spec, `overrides` are (path, value) pairs such as
    ("layers[0].filters", 16), applied in order before anything is checked. `preset` is one of
    the presets of the spec, as the parameter "preset" names one where there are presets.

    Raises SpecError with all that is wrong; UsageError for a file that cannot be read, a
    parameter that the spec does not have, a path that leads nowhere.
    """
    path = Path(path)
    return load_text(read_file(path), str(path), params, overrides, preset)


def load_text(
    text: str | bytes,
    name: str = "<text>",
    params: Mapping[str, Any] = EMPTY,
    overrides: Overrides = (),
    preset: str | None = None,
) -> Spec:
    """Read a spec from a text (bytes must be UTF-8); see `load_file`."""
    checked = check_text(text, name, params, overrides, preset)
    if checked.spec is None:
        raise SpecError([p for p in checked.problems if p.severity == "error"])
    return checked.spec


def check_text(
    text: str | bytes,
    name: str,
    params: Mapping[str, Any] = EMPTY,
    overrides: Overrides = (),
    preset: str | None = None,
) -> Checked:
    """Read a spec and return it with all problems, warnings too; see `load_file`."""
    try:
        source = decode(text, name)
        tree = read(source)
    except SpecError as error:
        return Checked(Source(name, ""), error.problems)
    return _Loader(source, params, overrides, preset).load(tree)


def parse_value(text: str) -> Any:
    """Read the VALUE of an option as YAML: `[128, 128, 1]`, `0.3`, `{SGD: {momentum: 0.9}}`.

    Raises UsageError for what is no YAML.
    """
    try:
        tree = read(decode(text, "value"))
    except SpecError as error:
        said = error.problems[0].message
        raise UsageError(f'the value "{shorten(text)}" cannot be read: {said}') from None
    return None if tree is None else to_value(tree)


def place_of(spec: Spec, path: str) -> Position | None:
    """Return where in the file of a spec the value stands, or would stand, that a path leads to.

    None where that cannot be told.
    """
    source = replace(spec.source, options=(), parents=())
    try:
        tree = joined(spec)
        return position(tree, path, lambda tree: _rows_of(tree, source)) if tree else None
    except NoSuchPath:
        return None


def joined(spec: Spec) -> Table | None:
    """Return what the file of a spec says, with all that it extends, before any option.

    None where that cannot be read any more.
    """
    source = replace(spec.source, options=(), parents=())
    try:
        tree = read(source)
        return _Loader(source, EMPTY).extender.joined(tree) if isinstance(tree, Table) else None
    except (SpecError, TooManyProblems, Unread):
        return None


class _Loader:
    def __init__(
        self,
        source: Source,
        params: Mapping[str, Any],
        overrides: Overrides = (),
        preset: str | None = None,
    ) -> None:
        own = replace(source, options=tuple(path for path, _ in overrides))
        self.problems = Problems(own)
        self.extender = Extender(own, self.problems, _rows_of)
        self.params = params
        self.overrides = overrides
        self.preset = preset
        self.whole = True  # whether all is well with the layers as they are written

    @property
    def source(self) -> Source:
        return self.problems.source

    def load(self, tree: Tree | None) -> Checked:
        found = self.found(tree)
        spec, graph = (None, None) if found is None or self.problems.errors else found
        return Checked(self.source, self.problems.all, spec, graph, self.preset)

    def found(self, tree: Tree | None) -> tuple[Spec, Graph] | None:
        """Return the spec and its graph as far as they can be read."""
        if not isinstance(tree, Table):
            no_table(tree, self.problems)
            return None
        try:
            tree, changes = self._changed(self.extender.joined(tree))
            repeated_keys(tree, self.problems)
            merge_keys(tree, self.problems)
            spec = self._spec(known_keys(tree, self.problems))
            graph = self._graph(spec)
            outside_inputs.check(graph, self.problems)
            scaling.warn(spec, graph, self.problems, said="preprocess" in tree.entries)
        except (TooManyProblems, Unread):
            return None
        return replace(spec, changes=changes), graph

    def _graph(self, spec: Spec) -> Graph:
        said = len(self.problems.errors)
        graph = expand_checked(spec, self.problems)
        if self.whole and len(self.problems.errors) == said:
            freezing.check(spec.training, graph, self.problems)
        return graph

    def _changed(self, tree: Table) -> tuple[Table, tuple[Change, ...]]:
        """Return `tree` with what the command line sets: a preset first, then each path."""
        self.preset, self.params = presets.asked(self.preset, self.params, tree)
        if self.preset is not None:
            tree = presets.chosen(tree, self.preset, self.source.name, self.extender.size)

        def rows(tree: Table) -> Mapping[str, str]:
            return _rows_of(tree, self.source, self.params, self.preset)

        return apply_overrides(tree, self.overrides, self.source.name, rows)

    def _spec(self, entries: dict[str, Entry]) -> Spec:
        own = parameters.declared(value_of(entries, "params"), self.problems)
        presets.check(entries, own, self.problems)
        sets = presets.names(entries)
        more = [presets.PARAM] if sets else []
        values = parameters.given_values(own, self.params, self.source.name, more)
        texts = [self.source.text, *(parent.text for parent in self.source.parents)]
        dollars = bool(self.overrides) or any("$" in text for text in texts)
        filler = parameters.Filler(values, self.problems, anywhere=dollars)
        blocks, broken = read_blocks(value_of(entries, "blocks"), filler, self.problems)
        filled = {
            name: Entry(filler.fill(entry.value), entry.key)
            for name, entry in entries.items()
            if name not in ("params", "blocks", presets.SECTION)
        }
        self._unused(own, filler)
        params = {name: block.params for name, block in blocks.items()}
        reader = LayerReader(self.problems, params, broken)
        spec = self._assemble(filled, blocks, reader)
        return replace(spec, params=values, filled=filler.places, presets=sets, preset=self.preset)

    def _unused(self, own: Mapping[str, Entry], filler: parameters.Filler) -> None:
        """Report parameters that stand for nothing; those of a parent are its own matter."""
        if filler.unknown:
            return
        used = set(filler.places.values())
        for name, entry in own.items():
            if name in self.extender.strange and name not in used:
                message = f'what this extends has no parameter "{shorten(name)}"'
                self.problems.error(entry.key, message, near(name, used))
            elif name not in used and entry.key.file == 0:
                message = f'the parameter "{name}" is not used'
                self.problems.warn(entry.key, message, f"${name} stands for its value")

    def _assemble(
        self,
        filled: dict[str, Entry],
        blocks: dict[str, Block],
        reader: LayerReader,
    ) -> Spec:
        layers, given_input = value_of(filled, "layers"), value_of(filled, "input")
        output = value_of(filled, "output")
        where = filled["layers"].key if "layers" in filled else Position(1, 1)
        body = Body(
            layers=reader.layers(layers) if layers is not None else (),
            where=where,
            input=reader.inputs.of_file(given_input) if given_input is not None else (),
            output=reader.inputs.names(output) if output is not None else None,
        )
        top = TopReader(filled, self.problems)
        return Spec(
            name=top.name(reader.inputs, self.preset),
            source=self.source,
            body=body,
            description=top.text("description") or "",
            seed=top.seed(),
            preprocess=top.choice("preprocess"),  # type: ignore[arg-type]
            resize=top.choice("resize"),  # type: ignore[arg-type]
            dtype=top.dtype(),
            blocks={name: block.body(reader, name) for name, block in blocks.items()},
            training=self._training(filled, reader),
        )

    def _training(self, filled: dict[str, Entry], reader: LayerReader) -> Training:
        if "training" not in filled:
            return Training()
        self.whole = not self.problems.errors
        entry = filled["training"]
        return RecipeReader(self.problems, reader.values).read(entry.value, entry.key)


def _rows_of(
    tree: Table, source: Source, params: Mapping[str, Any] = EMPTY, preset: str | None = None
) -> Mapping[str, str]:
    """Return where each layer, and each use of a block, of a tree stands, by its name."""
    loader = _Loader(replace(source, options=()), params, preset=preset)
    read = loader.found(tree)
    found: dict[str, str] = {}
    for node in read[1].nodes if read is not None else ():
        found |= zip(node.group, node.group_paths, strict=True)
        found[node.name] = node.path
    return found
