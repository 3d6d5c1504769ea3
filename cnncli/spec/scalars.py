"""Plain scalars as YAML 1.2 reads them (core schema), where PyYAML follows YAML 1.1.

Source: YAML 1.2.2, section 10.3.2. So `1e-3` is a number, and `on`, `no`, `1:30` and
`2026-11-23` are texts; `012` is twelve.
"""

from __future__ import annotations

import re
from typing import Any

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_PREFIXED = {"0o": re.compile(r"0o[0-7]+\Z"), "0x": re.compile(r"0x[0-9a-fA-F]+\Z")}
_NUMBER_STARTS = frozenset("0123456789+-.")
# Neither Keras nor TensorFlow takes integers that do not fit 64 bits.
_MOST_DIGITS = 40


class NumberTooLarge(ValueError):
    """An integer that does not fit 64 bits."""


def resolve(text: str) -> Any:
    """Return the value that a plain scalar stands for.

    Raises NumberTooLarge for integers beyond 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.match(text):
        return _integer(text, 10)
    pattern = _PREFIXED.get(text[:2])
    if pattern is not None and pattern.match(text):
        return _integer(text, 0)
    return float(text) if _FLOAT.match(text) else text


def _integer(text: str, base: int) -> int:
    if len(text) > _MOST_DIGITS:
        raise NumberTooLarge
    number = int(text, base)
    if not -(2**63) <= number < 2**63:
        raise NumberTooLarge
    return number


def plain_text_of(value: Any) -> str:
    """Write None, a bool or a number so that `resolve` reads the same value again."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:
            return ".nan"
        if value in (float("inf"), float("-inf")):
            return ".inf" if value > 0 else "-.inf"
        return repr(value)
    return str(value)


def is_number(value: Any) -> bool:
    """Say whether a value is a number; true and false are none."""
    return type(value) in (int, float)
