"""Reads the `training` section."""

from __future__ import annotations

from typing import Any

from cnncli.spec import catalog
from cnncli.spec.graph import Position, Thing
from cnncli.spec.model import Pattern, Phase, Training
from cnncli.spec.problems import Problems, near, nearest
from cnncli.spec.scalars import is_number
from cnncli.spec.tree import Scalar, Sequence, Table, Tree, kind, shorten
from cnncli.spec.types import fits
from cnncli.spec.values import Values

KEYS = (
    "optimizer",
    "loss",
    "metrics",
    "epochs",
    "batch_size",
    "class_weight",
    "callbacks",
    "augmentation",
    "freeze",
    "unfreeze",
    "keep",
)
# Those of a phase are the same: what it does not say stays as it was.
PHASES = "phases"
_LISTS = {"metrics": "metric", "callbacks": "callback", "augmentation": "layer"}
_BY_CLASS = ("F1Score", "FBetaScore")  # unless they are told how to take the mean
# `train` always measures it, as the one that fits the last layer.
_ALWAYS = ("accuracy", "acc")


class RecipeReader:
    """Reads `training`; what is wrong goes to `problems`."""

    def __init__(self, problems: Problems, values: Values) -> None:
        self.problems = problems
        self.values = values

    def read(self, tree: Tree, key: Position) -> Training:
        """Return what the section says; what it does not say has its default."""
        if isinstance(tree, Scalar) and tree.value is None:
            return Training(where=key)
        if not isinstance(tree, Table):
            self.problems.error(tree.where, f'"training" is a mapping, not {kind(tree)}')
            return Training(where=key)
        return Training(where=key, **self._said(tree, '"training"', (*KEYS, PHASES)))

    def _said(self, tree: Table, what: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """Return the values of a section, or of one of its phases."""
        found: dict[str, Any] = {}
        for name, entry in tree.entries.items():
            if name not in keys:
                hint = _of_optimizer(name, entry.value, tree) or near(name, keys)
                hint = hint or f"it has {', '.join(keys)}"
                self.problems.error(entry.key, f'{what} has no key "{shorten(name)}"', hint)
                meant = nearest(name, keys)
                if meant is not None and meant not in tree.entries:
                    self._value(meant, entry.value)
                continue
            value = self._value(name, entry.value)
            if value is not None:
                found[name] = value
        return found

    def _phases(self, tree: Tree) -> tuple[Phase, ...] | None:
        if not isinstance(tree, Sequence):
            hint = "write [{epochs: 10}, {epochs: 10, unfreeze: ...}]"
            self.problems.error(tree.where, f'"phases" is a list, not {kind(tree)}', hint)
            return None
        if not tree.items:
            self.problems.error(tree.where, '"phases" is a list of one phase or more')
        return tuple(self._phase(item) for item in tree.items)

    def _phase(self, tree: Tree) -> Phase:
        if not isinstance(tree, Table):
            message = f"a phase is a mapping such as {{epochs: 10}}, not {kind(tree)}"
            self.problems.error(tree.where, message)
            return Phase({}, tree.where)
        return Phase(self._said(tree, "a phase", KEYS), tree.where)

    def _value(self, name: str, tree: Tree) -> Any:
        if isinstance(tree, Scalar) and tree.value is None:
            return None
        if name in ("optimizer", "loss"):
            return self.values.thing(tree, name)
        if name in _LISTS:
            return self._things(name, tree, _LISTS[name])
        if name in ("epochs", "batch_size"):
            return self._count(name, tree)
        if name == "keep":
            return self._keep(tree)
        if name == PHASES:
            return self._phases(tree)
        return self._class_weight(tree) if name == "class_weight" else self._layers(name, tree)

    def _keep(self, tree: Tree) -> str | None:
        if isinstance(tree, Scalar) and isinstance(tree.value, str):
            return tree.value
        message = f'"keep" is last, or a figure of the history such as val_loss, not {kind(tree)}'
        self.problems.error(tree.where, message)
        return None

    def _things(self, name: str, tree: Tree, family: str) -> tuple[Thing, ...]:
        if not isinstance(tree, Sequence):
            hint = 'begin each with "- "' if isinstance(tree, Table) else None
            if isinstance(tree, Scalar) and isinstance(tree.value, str):
                hint = f"write [{tree.text}]"
            self.problems.error(tree.where, f'"{name}" is a list, not {kind(tree)}', hint)
            return ()
        found = []
        for item in tree.items:
            if isinstance(item, Scalar) and item.value in _ALWAYS:
                continue
            thing = self.values.thing(item, family)
            if isinstance(thing, Thing):
                self._of_each_class(thing)
                found.append(thing)
            elif thing is not None:
                self.problems.error(item.where, f"a nested model is no part of {name}")
        return tuple(found)

    def _of_each_class(self, metric: Thing) -> None:
        """Warn of a metric that gives a number for each class, of which `train` takes none."""
        if metric.class_name in _BY_CLASS and metric.arguments.get("average") is None:
            message = f"{metric.class_name} gives a number for each class; a metric here gives one"
            self.problems.warn(metric.where, message, "give it average: macro")

    def _count(self, name: str, tree: Tree) -> int | None:
        value: Any = tree.value if isinstance(tree, Scalar) else None
        if fits(value, "integer") and value >= 1:
            return int(value)
        message = f'"{name}" is a whole number from 1 on, not {kind(tree)}'
        self.problems.error(tree.where, message)
        return None

    def _class_weight(self, tree: Tree) -> Any:
        if isinstance(tree, Scalar) and tree.value == "balanced":
            return "balanced"
        if not isinstance(tree, Table):
            message = f'"class_weight" is balanced or a mapping, not {kind(tree)}'
            self.problems.error(tree.where, message)
            return None
        weights = {}
        for name, entry in tree.entries.items():
            value: Any = entry.value.value if isinstance(entry.value, Scalar) else None
            if is_number(value) and 0 <= value < float("inf"):
                weights[name] = float(value)
                continue
            message = f'the weight of "{shorten(name)}" is a number from 0 on, not '
            self.problems.error(entry.value.where, message + kind(entry.value))
        return weights

    def _layers(self, key: str, tree: Tree) -> tuple[Pattern, ...]:
        items = tree.items if isinstance(tree, Sequence) else [tree]
        names = []
        for item in items:
            if isinstance(item, Scalar) and isinstance(item.value, str):
                names.append(Pattern(item.value, item.where))
            else:
                self.problems.error(item.where, f'"{key}" names layers, not {kind(item)}')
        return tuple(names)


def _of_optimizer(name: str, value: Tree, training: Table) -> str | None:
    """Return a hint for an argument of the optimizer that stands beside it."""
    path = optimizer_with(name, training)
    if path is None:
        return None
    class_name, argument = path.split(".")
    text = value.text if isinstance(value, Scalar) else "..."
    return f"the optimizer has it: optimizer: {{{class_name}: {{{argument}: {text}}}}}"


def optimizer_with(name: str, training: Table | None) -> str | None:
    """Return `Adam.learning_rate` where the optimizer of a section has such an argument."""
    given = training.entries.get("optimizer") if training is not None else None
    known = catalog.identifiers("optimizer")
    word = _word(given.value) if given is not None else "Adam"
    entry = catalog.find("optimizer", known.get(word, word))
    argument = "learning_rate" if name == "lr" else name
    return f"{entry.name}.{argument}" if entry and argument in entry.arguments else None


def _word(thing: Tree) -> str:
    """Return the class of `Class` or `Class: {...}`; an empty text of anything else."""
    if isinstance(thing, Scalar):
        return str(thing.value)
    return next(iter(thing.entries)) if isinstance(thing, Table) and len(thing.entries) == 1 else ""
