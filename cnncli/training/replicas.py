"""The figures of an epoch under way where several devices train: each counts its own images.

What is read of a metric is the sum over the devices. A run that goes on in the middle of an epoch
needs what each of them had counted: summed up in another order, the last bits would differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnncli.training import state
from cnncli.training.devices import Devices
from cnncli.training.state import State

if TYPE_CHECKING:
    import numpy as np

COUNTED = "replicas/metrics"  # devices x all values of the metrics, float64
METRICS = "metrics"


def capture(
    devices: Devices,
    groups: Mapping[str, Sequence[Any]],
    facts: Mapping[str, Any],
    still: state.Still | None = None,
) -> State:
    """Copy the values of variables, those of the metrics for each device."""
    if devices.strategy is None:
        return state.capture(groups, facts, still)
    table = devices.sum(_counted(devices, groups[METRICS]))
    made = state.capture({**groups, METRICS: []}, facts)
    summed = _cut(table.sum(axis=0), groups[METRICS])
    arrays = {f"{METRICS}/{place}": values for place, values in enumerate(summed)}
    made.facts["variables"][METRICS] = [each.path for each in groups[METRICS]]
    return State({**made.arrays, **arrays, COUNTED: table}, made.facts)


def restore(devices: Devices, saved: State, groups: Mapping[str, Sequence[Any]]) -> None:
    """Give variables the values of a state, of as many devices or of others."""
    state.restore(saved, groups)
    if devices.strategy is None:
        return
    metrics = groups[METRICS]
    table = saved.arrays.get(COUNTED)
    for number, replica in enumerate(range(devices.first, devices.first + devices.own)):
        if table is not None and len(table) == devices.count:
            row = _cut(table[replica], metrics)
        else:
            whole = [saved.arrays[f"{METRICS}/{place}"] for place in range(len(metrics))]
            row = whole if replica == 0 else [0 * values for values in whole]
        for variable, values in zip(metrics, row, strict=True):
            _of_each_device(devices, variable)[number].assign(values)


def _counted(devices: Devices, metrics: Sequence[Any]) -> np.ndarray:
    """Return a table with the rows of this process filled in, the others zero."""
    import numpy as np

    size = sum(int(np.prod(variable.shape)) for variable in metrics)
    table = np.zeros((devices.count, size))
    for number in range(devices.own):
        values = [_of_each_device(devices, each)[number].numpy().ravel() for each in metrics]
        table[devices.first + number] = np.concatenate([np.zeros(0), *values])
    return table


def _cut(row: np.ndarray, metrics: Sequence[Any]) -> list[np.ndarray]:
    """Cut a row of the table into the values of the metrics."""
    import numpy as np

    ends = np.cumsum([int(np.prod(variable.shape)) for variable in metrics])
    return [
        part.reshape(tuple(variable.shape)).astype(variable.dtype)
        for part, variable in zip(np.split(row, ends)[:-1], metrics, strict=True)
    ]


def _of_each_device(devices: Devices, variable: Any) -> Sequence[Any]:
    values: Sequence[Any] = devices.strategy.experimental_local_results(variable.value)
    return values
