"""Each bound of the catalog stands where Keras begins to refuse."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from cnncli.network.backend import load_keras
from cnncli.network.bounds import edges
from cnncli.network.objects import APPLICATION_LAYERS
from cnncli.network.signatures import needed
from cnncli.spec import catalog
from cnncli.spec.families import FAMILIES

CASES = [
    (family, name, argument)
    for family in FAMILIES
    for name in dict.fromkeys(catalog.find(family, n).name for n in catalog.names(family))  # type: ignore[union-attr]
    for argument, bound in catalog.find(family, name).bounds.items()  # type: ignore[union-attr]
    if bound.keras
]
# One of these suits each layer whose bound shows when it is called.
SHAPES = ((8, 8, 3), (8, 3), (4,), (8, 8, 8, 3), (4, 8, 8, 3))


def test_there_are_bounds_to_check():
    assert len(CASES) > 200
    assert {family for family, _, _ in CASES} >= {"layer", "optimizer", "schedule", "metric"}


@pytest.mark.parametrize(("family", "name", "argument"), CASES)
def test_keras_takes_what_is_just_within_and_refuses_what_is_just_beyond(family, name, argument):
    load_keras()
    module = APPLICATION_LAYERS.get(name, FAMILIES[family])
    cls = getattr(importlib.import_module(module), name)
    entry = catalog.find(family, name)
    assert entry is not None
    whole = entry.arguments[argument].startswith("integer")
    keras = entry.bounds[argument].keras
    lengths = {"": (0,), "items": (1, 2, 3)}
    for part, bounds in (("", keras), ("items", keras.get("items", {}))):
        for word, within, beyond in edges(bounds, whole=whole):
            taken = [_works(cls, {argument: _of(within, n)}) for n in lengths[part]]
            refused = [_works(cls, {argument: _of(beyond, n)}) for n in lengths[part]]
            assert any(taken), f"{part} {word}: {within} is refused"
            assert not any(refused), f"{part} {word}: {beyond} is taken"


def _of(value: Any, length: int) -> Any:
    return [value] * length if length else value


def _works(cls: Any, arguments: dict[str, Any]) -> bool:
    """Say whether a class takes arguments; a layer that stands alone is called as well."""
    # Keras wants some numbers with a point: 1.0 for 1.
    pointed = {
        name: float(value) if isinstance(value, int) else value for name, value in arguments.items()
    }
    if not (_made(cls, arguments) or _made(cls, pointed)):
        return False
    if not cls.__module__.startswith("keras.src.layers"):
        return True
    suiting = [shape for shape in SHAPES if _called(cls, {}, shape)]
    return not suiting or any(_called(cls, arguments, shape) for shape in suiting)


def _made(cls: Any, arguments: dict[str, Any]) -> bool:
    try:
        cls(**{**needed(cls), **arguments})
    except (ValueError, TypeError, ZeroDivisionError, AssertionError):
        return False
    return True


def _called(cls: Any, arguments: dict[str, Any], shape: tuple[int, ...]) -> bool:
    try:
        with load_keras().StatelessScope():
            cls(**{**needed(cls), **arguments})(load_keras().Input(shape))
    except Exception:
        return False
    return True
