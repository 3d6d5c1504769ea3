"""The rounding that published families need: `{scale: V, by: F, divisor: D}`, `{ceil: V, by: F}`.

They are data and not expressions: each part is a number or a `$name`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from cnncli.spec.model import Param, Rounded
from cnncli.spec.problems import Problems, near
from cnncli.spec.scalars import is_number
from cnncli.spec.tree import Scalar, Table, Tree, describe, kind, shorten, to_value

# The parts of each form, with what stands for one that is left out (None: it must be there).
FORMS: Mapping[str, Mapping[str, float | None]] = {
    "scale": {"scale": None, "by": None, "divisor": 8},
    "ceil": {"ceil": None, "by": 1, "less": 0},
}
# What is larger is no number of filters, and no number of layers.
_MOST = 2**53


def is_rounding(tree: Tree) -> bool:
    """Whether a value is meant as a rounding: no class of Keras is called so."""
    return isinstance(tree, Table) and any(form in tree.entries for form in FORMS)


def plain(tree: Tree, problems: Problems) -> Any:
    """Return a value as plain data; a rounding as its result, or as a Rounded."""
    return read(tree, problems) if is_rounding(tree) else to_value(tree)


def read(tree: Tree, problems: Problems) -> int | Rounded | None:
    """Return the result of a rounding; a Rounded where it has parameters of a block.

    None where something is wrong with it.
    """
    assert isinstance(tree, Table)
    form: Literal["scale", "ceil"] = "scale" if "scale" in tree.entries else "ceil"
    known = FORMS[form]
    sound = True
    for name, entry in tree.entries.items():
        if name not in known:
            hint = near(name, known) or f"it has {', '.join(known)}"
            problems.error(entry.key, f'the rounding "{form}" has no "{shorten(name)}"', hint)
            sound = False
        elif not _is_part(entry.value):
            message = f'"{name}" of a rounding is a number or a $name, not {kind(entry.value)}'
            problems.error(entry.value.where, message)
            sound = False
    missing = [name for name, part in known.items() if part is None and name not in tree.entries]
    if missing:
        problems.error(tree.where, f'the rounding "{form}" needs "{missing[0]}"', _EXAMPLES[form])
    if missing or not sound:
        return None
    rounded = Rounded(form, {k: to_value(e.value) for k, e in tree.entries.items()}, tree.where)
    return rounded if _open(rounded) else settle(rounded, {}, problems)


_EXAMPLES = {
    "scale": "as {scale: 32, by: $width, divisor: 8}",
    "ceil": "as {ceil: 2, by: $depth}",
}


def _is_part(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and (isinstance(tree.value, Param) or is_number(tree.value))


def _open(rounded: Rounded) -> bool:
    return any(isinstance(part, Param) for part in rounded.parts.values())


def settle(rounded: Rounded, params: Mapping[str, Any], problems: Problems) -> int | None:
    """Return the result of a rounding; `params` are the values of the block's parameters.

    What is no number goes to `problems`, and None comes back: a parameter of which that was said
    before is nothing.
    """
    parts: dict[str, Any] = dict(FORMS[rounded.form])
    for name, part in rounded.parts.items():
        value: Any = params.get(part.name) if isinstance(part, Param) else part
        if value is None and problems.errors:
            return None
        if not is_number(value) or not 0 <= value < _MOST:
            message = f'"{name}" of a rounding is a number from 0 on, not {describe(value)}'
            problems.error(part.where if isinstance(part, Param) else rounded.where, message)
            return None
        parts[name] = value
    whole = "divisor" if rounded.form == "scale" else "less"
    least = 1 if whole == "divisor" else 0
    if parts[whole] != int(parts[whole]) or parts[whole] < least:
        message = f'"{whole}" of a rounding is a whole number from {least} on'
        problems.error(rounded.where, f"{message}, not {describe(parts[whole])}")
        return None
    return _result(rounded.form, parts)


def _result(form: str, parts: Mapping[str, Any]) -> int:
    if form == "scale":
        return scaled(parts["scale"], parts["by"], int(parts["divisor"]))
    return math.ceil(parts["ceil"] * parts["by"]) - int(parts["less"])


def scaled(value: float, by: float, divisor: int) -> int:
    """Return the multiple of `divisor` next to a product, and never under 0.9 of it.

    So round MobileNetV2 (Sandler et al. 2018, their `_make_divisible`) and EfficientNet (Tan and
    Le 2019, `round_filters`).
    """
    wanted = value * by
    rounded = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * wanted else rounded
