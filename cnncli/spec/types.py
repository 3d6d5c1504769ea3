"""The types of arguments that the catalog knows: what fits them, and how a message says so."""

from __future__ import annotations

from typing import Any

from cnncli.spec.bounds import Bound
from cnncli.spec.scalars import is_number

# What a type of the catalog allows, in words.
_EXPECTED = {
    "bool": "true or false",
    "text": "a text",
    "integer": "a whole number",
    "integers": "a whole number or a list of these",
    "number": "a number",
    "numbers": "a number or a list of these",
    "list": "a list",
    "any": "a plain value",
}
FAMILY_WORDS = {
    "layer": "a layer",
    "activation": "an activation",
    "optimizer": "an optimizer",
    "schedule": "a learning-rate schedule",
    "loss": "a loss",
    "metric": "a metric",
    "initializer": "an initializer",
    "regularizer": "a regularizer",
    "constraint": "a constraint",
    "callback": "a callback",
}


def in_words(code: str) -> str:
    """Say what a type of the catalog is; `same|valid` is a choice."""
    *others, last = code.split("|")
    if others:
        return f"{', '.join(others)} or {last}"
    return _EXPECTED.get(code) or FAMILY_WORDS[code]


def item_code(code: str) -> str:
    """Return the type of the items of a list whose type is `code`."""
    return "any" if code == "list" else code


def expected(code: str, bound: Bound) -> str:
    """Say what an argument takes: "a whole number from 1 on, or a list of these"."""
    if not bound.words() and code != "schedule":
        return in_words(code)
    words = _EXPECTED.get(code, "")
    number, _, lists = words.partition(" or ") if "number" in words else ("a number", "", "")
    bounded = f"{number} {bound.words()}".strip()
    if code == "schedule":
        return f"{bounded} or a learning-rate schedule"
    return f"{bounded}, or {lists}" if lists else bounded


def fits(value: Any, code: str) -> bool:
    """Say whether a scalar is of a type of the catalog; Keras takes 0 and 1 for a truth value."""
    if code == "bool":
        return isinstance(value, bool) or (isinstance(value, int) and value in (0, 1))
    if code == "text":
        return isinstance(value, str)
    if "|" in code:  # Keras does not mind capitals
        return isinstance(value, str) and value.lower() in code.split("|")
    if code in ("integer", "integers"):
        return type(value) is int or (type(value) is float and value.is_integer())
    if code in ("number", "numbers"):
        return is_number(value)
    return code == "any"
