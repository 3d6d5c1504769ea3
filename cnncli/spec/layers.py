"""Reads lists of layers: classes, blocks, `use`, `ops.NAME` and nested models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from cnncli.spec import catalog, outside, slips
from cnncli.spec.graph import Position
from cnncli.spec.inputs import InputReader
from cnncli.spec.model import Body, LayerUse
from cnncli.spec.problems import Problems, near, nearest
from cnncli.spec.repeats import repeats
from cnncli.spec.rounding import plain
from cnncli.spec.tree import Entry, Scalar, Sequence, Table, Tree, kind, shorten
from cnncli.spec.values import NESTED, Values

# What may stand beside a layer's own arguments.
BESIDE = ("name", "inputs", "call", "repeat")
# NASNetLarge, the largest of keras.applications, has 1,041.
MOST_LAYERS = 20_000
USE = "use"
OPS = "ops."
# Keras's own arguments for the shape of an input, which a spec says at its top.
_INPUT_SHAPE = ("input_shape", "input_dim", "batch_input_shape", "batch_size")
# The name of a block: it never meets a class, an operation or `use`.
BLOCK_NAME = r"(?!use$)[^A-Z./\s][^A-Z./]*"


class LayerReader:
    """Reads bodies of layers; `blocks` maps the name of each block to its parameters.

    `broken` are the names of blocks that could not be read.
    """

    def __init__(
        self,
        problems: Problems,
        blocks: Mapping[str, Mapping[str, Any]],
        broken: Collection[str] = (),
    ) -> None:
        self.problems = problems
        self.blocks = blocks
        self.broken = broken
        self.values = Values(problems, self._nested_thing)
        self.inputs = InputReader(problems, self.values)
        self.at = ""  # the path of the item that is read

    def layers(self, tree: Tree, path: str = "layers") -> tuple[LayerUse, ...]:
        """Read a list of layers; those that are none are reported and left out.

        `path` is that of the list, as `--set` takes it.
        """
        if isinstance(tree, Scalar) and tree.value is None:
            self.problems.error(tree.where, '"layers" has no layer')
            return ()
        if not isinstance(tree, Sequence):
            self.problems.error(
                tree.where,
                f'"layers" is a list, not {kind(tree)}',
                'begin each layer with "- "' if isinstance(tree, Table) else None,
            )
            for word, entry in tree.entries.items() if isinstance(tree, Table) else ():
                self._use(word, entry.key, entry.value)  # what is wrong within them, too
            return ()
        if not tree.items:
            self.problems.error(tree.where, '"layers" has no layer')
        if len(tree.items) > MOST_LAYERS:
            self.problems.error(tree.where, f"more than {MOST_LAYERS:,} layers: no network")
            return ()
        uses = []
        for number, item in enumerate(tree.items):
            self.at = f"{path}[{number}]"
            use = self._item(item)
            if use is not None:
                uses.append(replace(use, path=f"{path}[{number}]"))
        return tuple(uses)

    def _item(self, tree: Tree) -> LayerUse | None:
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            return self._use(tree.value, tree.where, None)
        if isinstance(tree, Table) and len(tree.entries) == 1:
            ((word, entry),) = tree.entries.items()
            return self._use(word, entry.key, entry.value)
        hint = slips.several_keys(tree) if isinstance(tree, Table) and tree.entries else None
        several = isinstance(tree, Table) and len(tree.entries) > 1
        message = "this layer has several keys" if several else f"{kind(tree)} is no layer"
        self.problems.error(
            tree.where, message, hint or "a layer is Class or Class: {argument: value}"
        )
        if isinstance(tree, Table) and tree.entries and (meant := slips.misplaced(tree)):
            self._use(*meant)  # what is wrong within it is told, too
        return None

    def _use(self, word: str, where: Position, arguments: Tree | None) -> LayerUse | None:
        read = self._reader_of(word)
        if read is None:
            self._unknown(word, where)
            word = self._meant(word) if arguments is not None else ""
            read = self._reader_of(word)
        if read is None:
            return None
        table = self._arguments_table(word, where, arguments)
        if table is None:
            return None
        own = {key: entry for key, entry in table.entries.items() if key not in BESIDE}
        use = read(word, where, own)
        if use is None:
            return None
        return self._beside(use, table.entries)

    def _reader_of(
        self, word: str
    ) -> Callable[[str, Position, dict[str, Entry]], LayerUse | None] | None:
        if word == USE:
            return self._use_again
        if word in NESTED:
            return self._nested
        if word.startswith(OPS):
            return self._operation
        if word in self.blocks:
            return self._block
        if outside.entry(word) is not None:
            return self._network
        known = catalog.find("layer", word) is not None or catalog.refusal("layer", word)
        return self._layer if known else None

    def _meant(self, word: str) -> str:
        """Return what was probably meant by a word that is no layer, for what is given to it."""
        if not word or word in self.broken or slips.of_key(word) is not None:
            return ""
        if slips.of_class(word, "layer") is None:
            own = nearest(word, self._words())
            if own is not None:
                return own
        entry = slips.meant_class(word, "layer")
        return entry.name if entry is not None else ""

    def _unknown(self, word: str, where: Position) -> None:
        if word in self.broken:  # the block itself was reported
            return
        if not word:
            self.problems.error(where, "a layer needs a name")
            return
        hint = slips.of_class(word, "layer") or slips.of_key(word) or near(word, self._words())
        if word in catalog.activations() and hint is None:
            hint = f"an activation alone is the layer Activation: {{activation: {word}}}"
        self.problems.error(where, f'Keras has no layer "{shorten(word)}"', hint)

    def _words(self) -> list[str]:
        """Return all that a layer may be called."""
        return [*self.blocks, *NESTED, USE, *catalog.names("layer"), *outside.names()]

    def _arguments_table(self, word: str, where: Position, tree: Tree | None) -> Table | None:
        if tree is None or (isinstance(tree, Scalar) and tree.value is None):
            return Table({}, where)
        if isinstance(tree, Table):
            return tree
        entry = catalog.find("layer", word)
        if entry is not None:
            return self.values.table(tree, entry, where)
        hint = (
            f"write use: {{layer: {tree.text}}}"
            if isinstance(tree, Scalar) and word == USE
            else None
        )
        self.problems.error(tree.where, f"what {word} takes is a mapping, not {kind(tree)}", hint)
        return None

    def _layer(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse | None:
        entry = self.values.class_entry(word, "layer", where)
        if entry is None:
            return None
        for name in _INPUT_SHAPE:
            if name in own and name not in entry.arguments:
                at = own.pop(name).key
                self.problems.error(
                    at, f'{entry.name} has no argument "{name}"', 'the file says it as "input:"'
                )
        values, places = self.values.arguments(own, entry, BESIDE)
        self.values.missing(entry, own, where)
        return LayerUse(word, values, where, places)

    def _network(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse:
        entry = outside.entry(word)
        assert entry is not None
        for name in [name for name in own if name not in entry.arguments]:
            reason = outside.why_not(name, word)
            if reason is not None:
                at = own.pop(name).key
                self.problems.error(at, f'{word} is not given "{name}" here', reason)
        values, places = self.values.arguments(own, entry, BESIDE)
        self.values.missing(entry, own, where)
        return LayerUse(word, values, where, places)

    def _operation(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse | None:
        name = word.removeprefix(OPS)
        known = catalog.operations()
        if name not in known:
            self.problems.error(where, f'keras.ops has no function "{name}"', near(name, known))
            return None
        values: dict[str, Any] = {}
        for argument, entry in own.items():
            if argument not in known[name] and "*" not in known[name]:
                hint = slips.of_key(argument, entry.value) or f"it has {', '.join(known[name])}"
                self.problems.error(entry.key, f'{word} has no argument "{argument}"', hint)
            values[argument] = self.values.value(entry.value, "any", f'"{argument}" of {word}')
        return LayerUse(word, values, where, _places(own))

    def _block(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse:
        params = self.blocks[word]
        for name, entry in own.items():
            if name not in params:
                hint = slips.of_key(name, entry.value) or near(name, params)
                if hint is None:
                    hint = f"it has {', '.join(params)}" if params else "it has none"
                self.problems.error(
                    entry.key, f'the block "{word}" has no parameter "{name}"', hint
                )
        values = {name: plain(entry.value, self.problems) for name, entry in own.items()}
        return LayerUse(word, values, where, _places(own))

    def _use_again(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse | None:
        layer = own.pop("layer", None)
        for name, entry in own.items():
            self.problems.error(entry.key, f'use has no argument "{name}"', "it has layer, inputs")
        if layer is None:
            self.problems.error(where, 'use needs "layer", the name of a layer', None)
            return None
        ref = self.inputs.name(layer.value)
        if ref is None:
            return None
        return LayerUse(word, {"layer": ref}, where, {"layer": layer.value.where})

    def _nested_thing(self, word: str, tree: Tree, where: Position) -> LayerUse | None:
        """Read a nested model that is an argument, as in `TimeDistributed`."""
        return self._use(word, where, tree)

    def _nested(self, word: str, where: Position, own: dict[str, Entry]) -> LayerUse | None:
        keys = ("layers",) if word == "Sequential" else ("input", "layers", "output")
        for name, entry in own.items():
            if name not in (*keys, "trainable"):
                hint = near(name, keys) or f"it has {', '.join(keys)}"
                self.problems.error(entry.key, f'{word} has no argument "{name}"', hint)
        missing = [key for key in keys[:2] if key not in own]
        if missing:
            names = " and ".join(f'"{key}"' for key in missing)
            self.problems.error(where, f"{word} needs {names}")
            return None
        body = Body(
            layers=self.layers(own["layers"].value, f"{self.at}.layers"),
            where=where,
            input=self.inputs.of_file(own["input"].value) if "input" in keys else (),
            output=self.inputs.names(own["output"].value) if "output" in own else None,
        )
        values: dict[str, Any] = {}
        if "trainable" in own:
            values["trainable"] = self.values.value(own["trainable"].value, "bool", '"trainable"')
        return LayerUse(word, values, where, _places(own), body=body)

    def _beside(self, use: LayerUse, entries: Mapping[str, Entry]) -> LayerUse:
        """Read `name`, `inputs`, `call` and `repeat`."""
        given: dict[str, Any] = {}
        if "name" in entries:
            given["name"] = self.inputs.label(entries["name"].value)
        if "inputs" in entries:
            given["inputs"] = self.inputs.names(entries["inputs"].value)
        if "call" in entries:
            given["call"] = self._call(use, entries["call"].value)
        if "repeat" in entries:
            given["repeat"] = repeats(entries["repeat"].value, self.problems)
        if not given:
            return use
        places = {**use.argument_where, **{key: entries[key].value.where for key in given}}
        return replace(use, argument_where=places, **given)

    def _call(self, use: LayerUse, tree: Tree) -> dict[str, Any]:
        if not isinstance(tree, Table):
            self.problems.error(tree.where, f'"call" is a mapping, not {kind(tree)}')
            return {}
        entry = catalog.find("layer", use.word)
        known = entry.call if entry is not None else ()
        for name, item in tree.entries.items():
            if known and "*" not in known and name not in known:
                hint = near(name, known) or f"it has {', '.join(known)}"
                self.problems.error(item.key, f'{use.word} has no call argument "{name}"', hint)
        return {
            name: self.values.value(item.value, "any", f'"{name}"')
            for name, item in tree.entries.items()
        }


def _places(own: Mapping[str, Entry]) -> dict[str, Position]:
    return {name: entry.value.where for name, entry in own.items()}
