"""Values of arguments: checked against the catalog's types, objects made into Things."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cnncli.spec import catalog, epochs, outside, slips
from cnncli.spec.bounds import FREE, Bound
from cnncli.spec.graph import Position, Thing
from cnncli.spec.model import LayerUse, Param
from cnncli.spec.problems import Problems, near, nearest
from cnncli.spec.rounding import is_rounding, read
from cnncli.spec.scalars import is_number, resolve
from cnncli.spec.tree import Entry, Scalar, Sequence, Table, Tree, kind
from cnncli.spec.types import FAMILY_WORDS, expected, fits, in_words, item_code

NESTED = ("Sequential", "Model")

# Types that are one value, never a list.
_SINGLE = ("bool", "text", "integer", "number")
# Types of which a value may be a rounding, as {scale: 32, by: $width}.
ROUNDED = ("integer", "integers", "number", "numbers", "any")
# Families of which Keras takes the names as texts.
_IDENTIFIED = ("initializer", "regularizer", "constraint")

NestedReader = Callable[[str, Tree, Position], LayerUse | None]


class Values:
    """Reads the values of arguments; what is wrong goes to `problems`."""

    def __init__(self, problems: Problems, nested: NestedReader) -> None:
        self.problems = problems
        self.nested = nested

    def thing(self, tree: Tree, family: str) -> Thing | LayerUse | None:
        """Read `Class` or `Class: {argument: value}` of a family; None when it is none."""
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            return self._of_class(tree.value, family, tree.where, None)
        if isinstance(tree, Table) and len(tree.entries) == 1:
            ((name, entry),) = tree.entries.items()
            return self._of_class(name, family, entry.key, entry.value)
        if isinstance(tree, Table) and tree.entries:
            self.problems.error(
                tree.where,
                f"{FAMILY_WORDS[family]} is one class, and this mapping has several keys",
                slips.several_keys(tree, family),
            )
            if meant := slips.misplaced(tree, family):
                name, where, arguments = meant
                self._of_class(name, family, where, arguments)  # what is wrong within it, too
        else:
            self.problems.error(tree.where, f"{FAMILY_WORDS[family]} is needed, not {kind(tree)}")
        return None

    def _of_class(
        self, name: str, family: str, where: Position, arguments: Tree | None
    ) -> Thing | LayerUse | None:
        if family == "layer" and name in NESTED:
            return self.nested(name, arguments or Table({}, where), where)
        entry = self.class_entry(name, family, where, guess=arguments is not None)
        if entry is None:
            return None
        table = self.table(arguments, entry, where)
        if table is None:
            return None
        values, places = self.arguments(table.entries, entry)
        self.missing(entry, table.entries, where)
        for one, other in epochs.twice(table.entries) if family == "schedule" else ():
            message = f'"{one}" and "{other}" say the same twice'
            self.problems.error(table.entries[one].key, message, "give one of the two")
        return Thing(entry.name, values, where, places)

    def class_entry(
        self, name: str, family: str, where: Position, *, guess: bool = False
    ) -> catalog.ClassEntry | None:
        """Find a class, also by the lower-case names that Keras takes; None when it is none.

        With `guess`, a misspelt one stands for the class that was probably meant, so that what is
        given to it is checked as well.
        """
        reason = catalog.refusal(family, name)
        if reason is not None:
            self.problems.error(where, f"{name} is refused: {reason}")
            return None
        known = catalog.identifiers(family)
        entry = catalog.find(family, known.get(name, name))
        if entry is None:
            self.problems.error(
                where,
                f'Keras has no {family} "{name}"',
                _outside(name)
                or slips.of_class(name, family)
                or slips.of_ending(name, family)
                or near(name, [*known, *catalog.names(family)]),
            )
            entry = slips.meant_class(name, family) if guess else None
        return entry

    def table(
        self, arguments: Tree | None, entry: catalog.ClassEntry, where: Position
    ) -> Table | None:
        """Return the mapping of arguments, empty where none is given; None for anything else."""
        if arguments is None or _is_nothing(arguments):
            return Table({}, where)
        if isinstance(arguments, Table):
            return arguments
        self.problems.error(
            arguments.where,
            f"the arguments of {entry.name} are a mapping, not {kind(arguments)}",
            slips.of_arguments(arguments, entry),
        )
        return None

    def missing(self, entry: catalog.ClassEntry, given: Mapping[str, Any], where: Position) -> None:
        """Report the required arguments that are neither given nor meant by a misspelt one."""
        strange = [name for name in given if name not in entry.arguments]
        meant = {nearest(re.split("[:=]", name)[0], entry.arguments) for name in strange}
        known = {*given, *meant}
        absent = [
            f'"{name}"'
            for name in entry.required
            if name not in known and not epochs.instead(name, known)
        ]
        if absent:
            plural = "s" if len(absent) > 1 else ""
            names = " and ".join(absent)
            self.problems.error(where, f"{entry.name} needs the argument{plural} {names}")

    def arguments(
        self, entries: Mapping[str, Entry], cls: catalog.ClassEntry, beside: tuple[str, ...] = ()
    ) -> tuple[dict[str, Any], dict[str, Position]]:
        """Read the arguments of a class; return their values and where these stand.

        `beside` are words that may stand among them, for the hints.
        """
        values: dict[str, Any] = {}
        places: dict[str, Position] = {}
        torn = slips.torn_tuple(entries)  # the value that it begins with is reported
        for name, entry in entries.items():
            if name in torn:
                continue
            code = cls.arguments.get(name)
            if code is None:
                self.problems.error(
                    entry.key,
                    f'{cls.name} has no argument "{name}"',
                    slips.of_key(name, entry.value)
                    or near(name, [*cls.arguments, *beside])
                    or _listed(cls.arguments),
                )
                continue
            what = f'"{name}" of {cls.name}'
            if name in cls.required and _is_left_out(entry.value):
                self._wrong(entry.value, code, what)
            values[name] = self.value(entry.value, code, what, cls.bounds[name])
            places[name] = entry.value.where
        return values, places

    def value(self, tree: Tree, code: str, what: str, bound: Bound = FREE) -> Any:
        """Read the value of an argument whose type in the catalog is `code`."""
        if is_rounding(tree) and code in ROUNDED:
            return self._rounded(tree, code, what, bound)
        if isinstance(tree, Scalar):
            value = self._scalar(tree, code, what)
            is_of_type = code in FAMILY_WORDS or fits(value, code)  # else it was reported
            if is_number(value) and is_of_type and bound.refuses(value):
                self._out_of_bounds(tree, code, what, bound)
            elif isinstance(value, str) and code == "any" and bound.keras:
                message = f"{what} is {expected(code, bound)}, not {kind(tree)}"
                self.problems.error(tree.where, message, slips.of_value(tree, "number"))
            return value
        if code in FAMILY_WORDS:
            return self._object(tree, code, what)
        if isinstance(tree, Table):
            self._wrong(tree, code, what)
            return None
        if code in _SINGLE or "|" in code:
            self._wrong(tree, code, what)
        return self.items(tree, code, what, bound)

    def _rounded(self, tree: Tree, code: str, what: str, bound: Bound) -> Any:
        found = read(tree, self.problems)
        if not isinstance(found, int):
            return found
        return self.value(Scalar(found, str(found), tree.where), code, what, bound)

    def items(self, tree: Sequence, code: str, what: str, bound: Bound) -> tuple[Any, ...]:
        """Read the values in a list."""
        of_item = item_code(code)
        return tuple(self.value(item, of_item, what, bound.items) for item in tree.items)

    def _scalar(self, tree: Scalar, code: str, what: str) -> Any:
        value = tree.value
        if value is None or isinstance(value, Param):
            return value
        if code in FAMILY_WORDS:
            return self._named_object(tree, code, what)
        if not fits(value, code):
            self._wrong(tree, code, what)
        return value

    def _wrong(self, tree: Tree, code: str, what: str) -> None:
        hint = slips.of_value(tree, code)
        if hint is None and "|" in code and isinstance(tree, Scalar):
            hint = near(tree.text, code.split("|"))
        self.problems.error(tree.where, f"{what} is {in_words(code)}, not {kind(tree)}", hint)

    def _out_of_bounds(self, tree: Scalar, code: str, what: str, bound: Bound) -> None:
        message = f"{what} is {expected(code, bound)}, not {kind(tree)}"
        self.problems.error(tree.where, message, bound.hint(tree.value))

    def _object(self, tree: Sequence | Table, code: str, what: str) -> Any:
        """Read an argument that is an object, or a list of such."""
        if isinstance(tree, Sequence):
            if code == "layer":
                return tuple(self.value(item, code, what) for item in tree.items)
            self.problems.error(tree.where, f"{what} is {FAMILY_WORDS[code]}, not a list")
            return None
        return self.thing(tree, "layer" if code == "activation" else code)

    def _named_object(self, tree: Scalar, code: str, what: str) -> Any:
        """Read the name of an object: lower-case names are Keras's own and stay as they are."""
        value = tree.value
        if code == "schedule" and is_number(value):
            return value
        if not isinstance(value, str):
            self.problems.error(tree.where, f"{what} is {FAMILY_WORDS[code]}, not {kind(tree)}")
            return None
        if code == "activation":
            return self._activation(tree, what)
        if code in _IDENTIFIED and value in catalog.identifiers(code):
            return value
        if code == "schedule" and is_number(resolve(value)):
            message = f"{what} is {FAMILY_WORDS[code]}, or a number, not {kind(tree)}"
            self.problems.error(tree.where, message, f"{value} without quotes is a number")
            return None
        found = self.thing(tree, code)
        # Keras takes the name of an initializer's class as it is, if it takes its lower-case one.
        if code not in _IDENTIFIED or not isinstance(found, Thing) or found.arguments:
            return found
        is_taken = found.class_name in catalog.identifiers(code).values()
        return found.class_name if is_taken else found

    def _activation(self, tree: Scalar, what: str) -> Any:
        name = tree.value
        if name in catalog.activations():
            return name
        if catalog.find("layer", name) is not None or catalog.refusal("layer", name) is not None:
            return self.thing(tree, "layer")
        hint = slips.of_activation(tree)
        self.problems.error(tree.where, f'{what}: Keras has no activation "{name}"', hint)
        return None


def _outside(name: str) -> str | None:
    """Return a hint for a network from outside where it cannot stand."""
    if outside.entry(name) is None:
        return None
    return f"{name} stands in a list of layers; here, within Model: {{input, layers}}"


def _is_nothing(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.value is None


def _is_left_out(tree: Tree) -> bool:
    # A $name that stands for nothing was reported before.
    return isinstance(tree, Scalar) and tree.value is None and not tree.text.startswith("$")


def _listed(names: Mapping[str, Any]) -> str | None:
    own = [name for name in names if name not in ("trainable", "autocast", "dtype", "name")]
    return f"it has {', '.join(own)}" if 0 < len(own) <= 8 else None
