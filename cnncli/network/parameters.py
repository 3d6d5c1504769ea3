"""A bound on the parameters of a network, checked before memory is taken for them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

from cnncli.network import memory
from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault, describe
from cnncli.spec.graph import Position

DEFAULT_BOUND = 2_000_000_000

# What waits for the variables to have values, in each scope that is open.
_waiting: list[list[Callable[[], None]]] = []
_unfilled: list[bool] = []
_PENDING = "uninitialized_variables"  # Keras's own list of variables that have no memory yet


class Bound:
    """Counts the variables that have been declared since it was made, and refuses too many."""

    def __init__(self, max_params: int) -> None:
        self.max_params = max_params
        self.params = 0
        self._counted = 0
        self._owners: list[tuple[int, str, Position]] = []

    def check(self, what: str, where: Position) -> None:
        """Raise Fault at `where` if `what` has brought the network over the bound."""
        new = pending()[self._counted :]
        self._counted += len(new)
        self._owners.append((self._counted, what, where))
        added = sum(_size(variable) for variable in new)
        self.params += added
        if self.params > self.max_params:
            self.params -= added  # what follows is judged by itself
            raise Fault(
                f"{what} has {_count(added)} parameters, {_memory(new)} of memory; "
                f"the network may have {_count(self.max_params)}",
                where,
                hint="if that is meant, raise the bound with --max-params",
            )

    def total(self) -> tuple[int, int]:
        """Return the number of all parameters declared so far, and the bytes they will take."""
        variables = pending()
        return sum(map(_size, variables)), sum(_size(v) * _bytes(v.dtype) for v in variables)

    def initialize(self) -> None:
        """Give every variable its first value; Fault where an initializer refuses its shape."""
        for index, variable in enumerate(pending()):
            try:
                variable._deferred_initialize()
            except MemoryError:
                raise
            except Exception as error:
                what, where = next((w, p) for count, w, p in self._owners if count > index)
                raise Fault(f'{what}, "{variable.name}": {describe(error)}', where) from error


@contextlib.contextmanager
def deferred_weights(max_params: int, *, initialize: bool) -> Iterator[Bound]:
    """Declare variables without memory inside the block; give them their values behind it.

    Initializers draw their seeds when they are made and not when they are called, so the
    values are those that they would have had at once.
    """
    keras = load_keras()
    outside = pending()
    _set_pending([])
    waiting: list[Callable[[], None]] = []
    _waiting.append(waiting)
    try:
        with keras.StatelessScope(initialize_variables=False):
            bound = Bound(max_params)
            yield bound
        if initialize:
            bound.initialize()
    finally:
        _set_pending(outside)
        _waiting.pop()
    for function in waiting if initialize else ():
        function()


def once_initialized(function: Callable[[], None]) -> None:
    """Call a function when the variables declared so far have memory: at once, where they do.

    Where they never get any, it is not called.
    """
    if is_unfilled():
        return
    if _waiting:
        _waiting[-1].append(function)
    else:
        function()


def is_unfilled() -> bool:
    """Whether what is built now gets other values than those that it says."""
    return bool(_unfilled)


@contextlib.contextmanager
def unfilled(wanted: bool = True) -> Iterator[None]:
    """Leave away what waits for the variables: they will be given other values."""
    _unfilled.extend([wanted] * wanted)
    try:
        yield
    finally:
        del _unfilled[len(_unfilled) - wanted :]


def pending() -> list[Any]:
    """Return the variables that have been declared and have no memory yet."""
    from keras.src.backend.common import global_state

    return list(global_state.get_global_attribute(_PENDING) or [])


def _set_pending(variables: list[Any]) -> None:
    from keras.src.backend.common import global_state

    global_state.set_global_attribute(_PENDING, variables)


def _size(variable: Any) -> int:
    return math.prod(variable.shape)


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"{float(number):.1e}"


def _memory(variables: list[Any]) -> str:
    return memory.size(sum(_size(v) * _bytes(v.dtype) for v in variables))


def _bytes(dtype: str) -> int:
    digits = "".join(character for character in dtype if character.isdigit())
    return max(1, int(digits or 8) // 8)
