"""Spec files -> Spec: read, filled in, checked; all that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from cnncli.errors import Problem, SpecError, UsageError
from cnncli.spec import catalog, scaling
from cnncli.spec import params as parameters
from cnncli.spec.blocks import Block, read_blocks
from cnncli.spec.expansion import expand_checked
from cnncli.spec.graph import EMPTY, Graph, Position
from cnncli.spec.layers import LayerReader
from cnncli.spec.model import Body, Source, Spec, Training
from cnncli.spec.overrides import KEYS, apply_overrides
from cnncli.spec.problems import Problems, TooManyProblems, near, nearest
from cnncli.spec.reader import decode, read, read_file
from cnncli.spec.recipe import RecipeReader
from cnncli.spec.tree import Entry, Scalar, Table, Tree, kind, shorten, to_value, walk
from cnncli.spec.tree import Sequence as ListTree

_CHOICES = {
    "preprocess": ("none", "standardize", "rescale"),
    "resize": ("stretch", "pad", "crop"),
}
MERGE = "<<"  # YAML 1.1's key for a mapping that is to be copied in
_MOST_SEED = 2**32 - 1
Overrides = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Checked:
    """What reading a spec gave: the spec unless there are errors, and every problem."""

    source: Source
    problems: tuple[Problem, ...]
    spec: Spec | None = None
    graph: Graph | None = None


def load_file(
    path: str | Path, params: Mapping[str, Any] = EMPTY, overrides: Overrides = ()
) -> Spec:
    """Read a spec file.

    `params` gives values to parameters of the spec, `overrides` are (path, value) pairs such as
    ("layers[0].filters", 16), applied in order before anything is checked.

    Raises SpecError with all that is wrong; UsageError for a file that cannot be read, a
    parameter that the spec does not have, a path that leads nowhere.
    """
    path = Path(path)
    return load_text(read_file(path), str(path), params, overrides)


def load_text(
    text: str | bytes,
    name: str = "<text>",
    params: Mapping[str, Any] = EMPTY,
    overrides: Overrides = (),
) -> Spec:
    """Read a spec from a text (bytes must be UTF-8); see `load_file`."""
    checked = check_text(text, name, params, overrides)
    if checked.spec is None:
        raise SpecError([p for p in checked.problems if p.severity == "error"])
    return checked.spec


def check_text(
    text: str | bytes,
    name: str,
    params: Mapping[str, Any] = EMPTY,
    overrides: Overrides = (),
) -> Checked:
    """Read a spec and return it with all problems, warnings too; see `load_file`."""
    try:
        source = decode(text, name)
        tree = read(source)
    except SpecError as error:
        return Checked(Source(name, ""), error.problems)
    return _Loader(source, params, overrides).load(tree)


def _meant(name: str, tree: Table) -> str | None:
    params = tree.entries.get("params")
    if params is None or not isinstance(params.value, Table) or name not in params.value.entries:
        return None
    return f"it is a parameter: -p {name}=VALUE, or in the file under params"


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


class _Loader:
    def __init__(self, source: Source, params: Mapping[str, Any], overrides: Overrides) -> None:
        self.source = replace(source, options=tuple(path for path, _ in overrides))
        self.problems = Problems(self.source)
        self.params = params
        self.overrides = overrides

    def load(self, tree: Tree | None) -> Checked:
        if not isinstance(tree, Table):
            self._no_table(tree)
            return Checked(self.source, self.problems.all)
        tree, changes = apply_overrides(tree, self.overrides, self.source.name, self._rows)
        try:
            self._repeated_keys(tree)
            self._merge_keys(tree)
            spec = self._spec(self._known_keys(tree))
            graph = expand_checked(spec, self.problems)
            scaling.warn(spec, graph, self.problems, said="preprocess" in tree.entries)
        except TooManyProblems:
            return Checked(self.source, self.problems.all)
        if self.problems.errors:
            return Checked(self.source, self.problems.all)
        return Checked(self.source, self.problems.all, replace(spec, changes=changes), graph)

    def _rows(self, tree: Table) -> Mapping[str, str]:
        """Return where each layer, and each use of a block, of a tree stands, by its name."""
        plain = Source(self.source.name, self.source.text)
        graph = _Loader(plain, self.params, ()).load(tree).graph
        found: dict[str, str] = {}
        for node in graph.nodes if graph is not None else ():
            found |= zip(node.group, node.group_paths, strict=True)
            found[node.name] = node.path
        return found

    def _no_table(self, tree: Tree | None) -> None:
        if tree is None:
            self.problems.error(None, "there is nothing in this file", _MINIMUM)
            return
        self.problems.error(tree.where, f"a spec is a mapping, not {kind(tree)}", _MINIMUM)

    def _repeated_keys(self, tree: Tree) -> None:
        for table in walk(tree):
            for name, where, line in table.repeated if isinstance(table, Table) else ():
                message = f'the key "{shorten(name)}" stands here a second time'
                self.problems.error(where, message, f"the first is in line {line}")

    def _merge_keys(self, tree: Tree) -> None:
        """Report `<<`, and read on as if what it names were written out."""
        for table in walk(tree):
            entry = table.entries.pop(MERGE, None) if isinstance(table, Table) else None
            if entry is None or not isinstance(table, Table):
                continue
            message = 'a spec has no merge keys: "<<" would copy another mapping into this one'
            hint = "write the arguments out, or make a block with parameters of it"
            self.problems.error(entry.key, message, hint)
            merged = entry.value.items if isinstance(entry.value, ListTree) else [entry.value]
            for each in merged:
                if isinstance(each, Table) and each is not table:
                    table.entries = {**each.entries, **table.entries}

    def _known_keys(self, tree: Table) -> dict[str, Entry]:
        if not any(nearest(name, KEYS) for name in islice(tree.entries, 20)):
            self.problems.error(tree.where, "this is no spec: it has none of its keys", _MINIMUM)
            return {}
        for name, entry in tree.entries.items():
            if name not in KEYS:
                hint = _meant(name, tree) or near(name, KEYS)
                hint = hint or f"the keys are {', '.join(KEYS)}"
                self.problems.error(entry.key, f'a spec has no key "{shorten(name)}"', hint)
        for name in ("input", "layers"):
            if name not in tree.entries:
                self.problems.error(tree.where, f'the key "{name}" is missing')
        return dict(tree.entries)

    def _spec(self, entries: dict[str, Entry]) -> Spec:
        own = parameters.declared(_value(entries, "params"), self.problems)
        values = parameters.given_values(own, self.params, self.source.name)
        dollars = "$" in self.source.text or bool(self.overrides)
        filler = parameters.Filler(values, self.problems, anywhere=dollars)
        blocks, broken = read_blocks(_value(entries, "blocks"), filler, self.problems)
        filled = {
            name: Entry(filler.fill(entry.value), entry.key)
            for name, entry in entries.items()
            if name not in ("params", "blocks")
        }
        for name, entry in own.items():
            if name not in filler.places.values() and not filler.unknown:
                message = f'the parameter "{name}" is not used'
                self.problems.warn(entry.key, message, f"${name} stands for its value")
        params = {name: block.params for name, block in blocks.items()}
        reader = LayerReader(self.problems, params, broken)
        return replace(self._assemble(filled, blocks, reader), params=values, filled=filler.places)

    def _assemble(
        self,
        filled: dict[str, Entry],
        blocks: dict[str, Block],
        reader: LayerReader,
    ) -> Spec:
        layers, given_input = _value(filled, "layers"), _value(filled, "input")
        output = _value(filled, "output")
        where = filled["layers"].key if "layers" in filled else Position(1, 1)
        body = Body(
            layers=reader.layers(layers) if layers is not None else (),
            where=where,
            input=reader.inputs.of_file(given_input) if given_input is not None else (),
            output=reader.inputs.names(output) if output is not None else None,
        )
        return Spec(
            name=self._name(filled, reader),
            source=self.source,
            body=body,
            description=self._text(filled, "description") or "",
            seed=self._seed(filled),
            preprocess=self._choice(filled, "preprocess"),  # type: ignore[arg-type]
            resize=self._choice(filled, "resize"),  # type: ignore[arg-type]
            dtype=self._dtype(filled),
            blocks={name: block.body(reader, name) for name, block in blocks.items()},
            training=self._training(filled, reader),
        )

    def _training(self, filled: dict[str, Entry], reader: LayerReader) -> Training:
        if "training" not in filled:
            return Training()
        entry = filled["training"]
        return RecipeReader(self.problems, reader.values).read(entry.value, entry.key)

    def _name(self, filled: dict[str, Entry], reader: LayerReader) -> str:
        if "name" in filled:
            return reader.inputs.label(filled["name"].value) or "spec"
        stem = Path(self.source.name).stem.strip("<>")
        return stem.replace("/", "_") or "spec"

    def _text(self, filled: dict[str, Entry], key: str) -> str | None:
        tree = _value(filled, key)
        if tree is None or (isinstance(tree, Scalar) and tree.value is None):
            return None
        if not isinstance(tree, Scalar):
            self.problems.error(tree.where, f'"{key}" is a text, not {kind(tree)}')
            return None
        return tree.value if isinstance(tree.value, str) else tree.text

    def _dtype(self, filled: dict[str, Entry]) -> str | None:
        name, known = self._text(filled, "dtype"), catalog.dtypes()
        # Those of quantized models say what they are made from, as int8_from_float32.
        if name is None or name in known or "_from_" in name:
            return name
        message = f'"dtype" is a policy of Keras, not {kind(filled["dtype"].value)}'
        hint = near(name, known) or "such as float32 or mixed_float16"
        self.problems.error(filled["dtype"].value.where, message, hint)
        return None

    def _seed(self, filled: dict[str, Entry]) -> int:
        tree = _value(filled, "seed")
        if tree is None:
            return 0
        value: Any = tree.value if isinstance(tree, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SEED:
            return value
        self.problems.error(
            tree.where, f'"seed" is a whole number from 0 to {_MOST_SEED}, not {kind(tree)}'
        )
        return 0

    def _choice(self, filled: dict[str, Entry], key: str) -> str:
        tree, allowed = _value(filled, key), _CHOICES[key]
        if tree is None:
            return allowed[0]
        value: Any = tree.value if isinstance(tree, Scalar) else None
        if value in allowed:
            return str(value)
        hint = near(str(value), allowed) if isinstance(value, str) else None
        message = f'"{key}" is {", ".join(allowed[:-1])} or {allowed[-1]}, not {kind(tree)}'
        self.problems.error(tree.where, message, hint)
        return allowed[0]


_MINIMUM = "it needs at least input: [height, width, channels] and a list of layers"


def _value(entries: Mapping[str, Entry], key: str) -> Tree | None:
    return entries[key].value if key in entries else None
