"""The keys of a spec: which there are, and what no mapping of it may hold."""

from __future__ import annotations

from itertools import islice

from cnncli.spec import recipe
from cnncli.spec.extends import CHANGES, EXTENDS
from cnncli.spec.overrides import KEYS
from cnncli.spec.problems import Problems, nearest
from cnncli.spec.tree import Entry, Scalar, Table, Tree, kind, shorten, walk
from cnncli.spec.tree import Sequence as ListTree

MERGE = "<<"  # YAML 1.1's key for a mapping that is to be copied in
_LAYERS = ("model", "network", "architecture")  # what some call them
_MINIMUM = "it needs at least input: [height, width, channels] and a list of layers"


def no_table(tree: Tree | None, problems: Problems) -> None:
    """Report a file that holds no mapping."""
    if tree is None:
        problems.error(None, "there is nothing in this file", _MINIMUM)
        return
    problems.error(tree.where, f"a spec is a mapping, not {kind(tree)}", _MINIMUM)


def repeated_keys(tree: Tree, problems: Problems) -> None:
    """Report each key that stands twice in one mapping."""
    for table in walk(tree):
        for name, where, line in table.repeated if isinstance(table, Table) else ():
            message = f'the key "{shorten(name)}" stands here a second time'
            problems.error(where, message, f"the first is in line {line}")


def merge_keys(tree: Tree, problems: Problems) -> None:
    """Report `<<`, and read on as if what it names were written out."""
    for table in walk(tree):
        entry = table.entries.pop(MERGE, None) if isinstance(table, Table) else None
        if entry is None or not isinstance(table, Table):
            continue
        message = 'a spec has no merge keys: "<<" would copy another mapping into this one'
        hint = "write the arguments out, or make a block with parameters of it"
        problems.error(entry.key, message, hint)
        merged = entry.value.items if isinstance(entry.value, ListTree) else [entry.value]
        for each in merged:
            if isinstance(each, Table) and each is not table:
                table.entries = {**each.entries, **table.entries}


def known_keys(tree: Table, problems: Problems) -> dict[str, Entry]:
    """Return the entries of a spec; keys that it cannot have, or must have, are reported.

    What stands at a misspelt key is returned at the one that was meant, to be checked as well.
    """
    if not any(nearest(name, KEYS) for name in islice(tree.entries, 20)):
        problems.error(tree.where, "this is no spec: it has none of its keys", _MINIMUM)
        return {}
    found = dict(tree.entries)
    for name, entry in tree.entries.items():
        if name not in KEYS:
            elsewhere = _parameter(name, tree) or _of_training(name, tree)
            key = None if elsewhere else _meant(name, entry.value)
            hint = elsewhere or (f'did you mean "{key}"?' if key else None)
            hint = hint or f"the keys are {', '.join(KEYS)}"
            problems.error(entry.key, f'a spec has no key "{shorten(name)}"', hint)
            if key is not None:
                found.setdefault(key, found.pop(name))
    for name in (EXTENDS, CHANGES):
        if name in tree.entries:  # what the file says of them has been done
            problems.error(tree.entries[name].key, f'"{name}" is for a file, and no option sets it')
    for name in ("input", "layers"):
        if name not in found:
            problems.error(tree.where, f'the key "{name}" is missing')
    return found


def _meant(name: str, value: Tree) -> str | None:
    """Return the key that a word probably stands for, if any."""
    if name.lower() in _LAYERS and not isinstance(value, Scalar):
        return "layers"
    return nearest(name, KEYS)


def _of_training(name: str, tree: Table) -> str | None:
    """Return a hint for a key of `training`, or an argument of its optimizer."""
    if name in recipe.KEYS:
        return f"it is a key of training: training.{name}"
    training = tree.entries.get("training")
    given = training.value if training is not None and isinstance(training.value, Table) else None
    optimizer = recipe.optimizer_with(name, given)
    return f"the optimizer has it: training.optimizer.{optimizer}" if optimizer else None


def _parameter(name: str, tree: Table) -> str | None:
    params = tree.entries.get("params")
    if params is None or not isinstance(params.value, Table) or name not in params.value.entries:
        return None
    return f"it is a parameter: -p {name}=VALUE, or in the file under params"
