"""Hints for what is easily written wrong: Python, arithmetic, YAML that reads as another thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cnncli.spec import catalog
from cnncli.spec.bounds import FREE
from cnncli.spec.families import REFUSED
from cnncli.spec.graph import Position
from cnncli.spec.problems import near, nearest
from cnncli.spec.scalars import NumberTooLarge, plain_text_of, resolve
from cnncli.spec.tree import Entry, Scalar, Sequence, Table, Tree

SHORTEST = 6  # letters of an ending by which several classes are named
_BRACKETS = "YAML writes a list in square brackets: [3, 3]"
_CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)\Z", re.DOTALL)
_SIZES = re.compile(r"\d+(?:\s*[xX×*]\s*\d+)+")
_ARITHMETIC = re.compile(r"\$\w+\s*[-+*/%]|[-+*/%]\s*\$\w")


def of_key(name: str, value: Tree | None = None) -> str | None:
    """Return a hint for an argument that is none because of how it was written."""
    empty = value is None or (isinstance(value, Scalar) and value.value is None)
    key, colon, rest = name.partition(":")
    if colon and key:
        return f'a space is missing after the colon: "{key}: {rest}"'
    key, equals, rest = name.partition("=")
    if equals and key.strip():
        return f'YAML writes it "{key.strip()}: {rest.strip()}"'
    if empty and name.endswith(")"):
        return _BRACKETS
    if empty and isinstance(_meant(name), int):
        return "a number has a point, a list has square brackets: 0.5, [3, 3]"
    return None


def _meant(text: str) -> Any:
    """Return what a text would be without quotes."""
    try:
        return resolve(text)
    except NumberTooLarge:
        return text


def torn_tuple(entries: Mapping[str, Entry]) -> set[str]:
    """Return the keys that were meant as items of a tuple: `3)` of `kernel_size: (3, 3)`."""
    items: set[str] = set()
    inside = False
    for name, entry in entries.items():
        value = entry.value
        if inside and isinstance(value, Scalar) and value.value is None:
            items.add(name)
            inside = not name.endswith(")")
        elif isinstance(value, Scalar):
            inside = value.text.startswith("(") and not value.text.endswith(")")
    return items


def of_class(word: str, family: str) -> str | None:
    """Return a hint for a class that is written as Python code, or with the path of a module."""
    called = _CALL.match(word)
    name = called[1] if called is not None else word
    own = name.rpartition(".")[2]
    if family == "layer" and own == "Input":
        return REFUSED["layer"]["InputLayer"]
    entry = catalog.find(family, catalog.identifiers(family).get(own, own))
    if entry is None:
        return None
    if called is not None:
        return f"write {_with_arguments(entry)}" if called[2].strip() else f"write {own}"
    return f'write "{own}"' if own != word else None


def meant_class(word: str, family: str) -> catalog.ClassEntry | None:
    """Return the class that was probably meant by a word that is none; None for Python code."""
    if _CALL.match(word):
        return None
    own = word.rpartition(".")[2]
    known = catalog.identifiers(family)
    found = catalog.find(family, known.get(own, own))
    if found is None:
        near_name = nearest(word, [*known, *catalog.names(family)])
        found = catalog.find(family, known.get(near_name, near_name)) if near_name else None
    return found


def of_ending(word: str, family: str) -> str | None:
    """Return a hint for a word that several classes end with, as `crossentropy`."""
    end = word.lower().replace("_", "")
    found = [name for name in catalog.names(family) if name.lower().endswith(end)]
    if len(end) < SHORTEST or len(found) < 2:
        return None
    said = f"there are {', '.join(found)}"
    return f"{said}; without a loss, the one that fits the last layer" if family == "loss" else said


def _with_arguments(entry: catalog.ClassEntry) -> str:
    """Return how a class is written with the arguments it needs, or with its first one."""
    needed = entry.required or tuple(entry.arguments)[:1]
    return f"{entry.name}: {{{', '.join(f'{name}: ...' for name in needed)}}}"


def of_arguments(tree: Tree, entry: catalog.ClassEntry) -> str:
    """Return a hint for arguments that are no mapping."""
    if isinstance(tree, Scalar):
        first = (*entry.required, *entry.arguments, "argument")[0]
        return f"write {entry.name}: {{{first}: {_allowed(tree, entry, first)}}}"
    if isinstance(tree, Sequence) and all(isinstance(item, Table) for item in tree.items):
        return 'write the arguments without "- "'
    return f"write {_with_arguments(entry)}"


def _allowed(tree: Scalar, entry: catalog.ClassEntry, argument: str) -> str:
    """Return the text of a value if the argument takes it, or what was meant by it."""
    bound = entry.bounds.get(argument, FREE)
    if type(tree.value) not in (int, float) or not bound.refuses(tree.value):
        return tree.text
    share = bound.as_share(tree.value)
    return "..." if share is None else f"{share:g}"


def of_value(tree: Tree, code: str) -> str | None:
    """Return a hint for a value that is not of the type `code` of the catalog."""
    if not isinstance(tree, Scalar) or not isinstance(tree.value, str):
        return None
    text = tree.value.strip()
    if text == "None":
        return 'YAML writes it "null"'
    if text.startswith("("):
        return _BRACKETS
    if _ARITHMETIC.search(text):
        return ARITHMETIC
    if _SIZES.fullmatch(text):
        return f"write [{', '.join(re.findall(r'[0-9]+', text))}]"
    if code == "bool" and text.lower() in ("yes", "on", "no", "off", "y", "n"):
        return f'YAML 1.2 writes "{"true" if text.lower() in ("yes", "on", "y") else "false"}"'
    meant = _meant(text)
    if not isinstance(meant, str) and meant is not None:
        return f"write it without quotes: {plain_text_of(meant)}"
    return None


ARITHMETIC = "a spec does no arithmetic: make the result a parameter of its own"


def of_shape(tree: Tree) -> str | None:
    """Return a hint for a text that is a shape but for its brackets."""
    if not isinstance(tree, Scalar) or not isinstance(tree.value, str):
        return None
    inside = tree.value.strip().strip("()")
    listed = re.fullmatch(r"\d+(?:\s*[,xX×*\s]\s*\d+)+,?", inside)
    return f"write [{', '.join(re.findall(r'[0-9]+', inside))}]" if listed else None


def of_parameter(name: str) -> str | None:
    """Return a hint for a `$name` that cannot be one."""
    if name.startswith("{") and name.endswith("}"):
        return f"write ${name[1:-1]}"
    return ARITHMETIC if _ARITHMETIC.search(f"${name}") else None


def of_reference(name: str) -> str | None:
    """Return a hint for a name that nothing has."""
    return "a list stands in square brackets: [a, b]" if "," in name else None


def several_keys(tree: Table, family: str = "layer") -> str | None:
    """Return a hint for a class whose arguments are indented too little."""
    name, entry = next(iter(tree.entries.items()))
    empty = isinstance(entry.value, Scalar) and entry.value.value is None
    if empty and catalog.find(family, name) is not None:
        return f"indent the arguments of {name} more than its name"
    return None


def misplaced(tree: Table, family: str = "layer") -> tuple[str, Position, Table] | None:
    """Return a class, its place and its arguments, where these are indented too little."""
    if several_keys(tree, family) is None:
        return None
    (name, entry), *rest = tree.entries.items()
    return name, entry.key, Table(dict(rest), rest[0][1].key)


def of_activation(tree: Scalar) -> str | None:
    """Return a hint for an activation that Keras does not have."""
    name = str(tree.value)
    return of_value(tree, "activation") or near(name, catalog.activations())
