"""The fields of Keras's callbacks that the future of a run depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.errors import ModelError

FIELDS: Mapping[str, tuple[str, ...]] = {
    "EarlyStopping": ("wait", "stopped_epoch", "best", "best_epoch"),
    "ReduceLROnPlateau": ("best", "wait", "cooldown_counter"),
    "SwapEMAWeights": ("_ema_weights_in_model",),
    "TerminateOnNaN": (),
}


def capture(callbacks: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the fields of each callback as JSON values."""
    return [
        {name: _plain(getattr(callback, name)) for name in FIELDS[type(callback).__name__]}
        for callback in callbacks
    ]


def restore(callbacks: Sequence[Any], saved: Sequence[Mapping[str, Any]]) -> None:
    """Set the fields again, after `on_train_begin`, which resets them.

    Raises ModelError when they are not those of these callbacks.
    """
    known = [FIELDS[type(callback).__name__] for callback in callbacks]
    plain = all(isinstance(v, int | float | None) for fields in saved for v in fields.values())
    if not plain or [set(fields) for fields in saved] != [set(names) for names in known]:
        raise ModelError("the saved state does not fit the callbacks of the run")
    for callback, fields in zip(callbacks, saved, strict=True):
        for name, value in fields.items():
            setattr(callback, name, value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else float(value)
