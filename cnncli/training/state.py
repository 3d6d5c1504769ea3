"""The one file that a killed run goes on from: everything that its future depends on.

Keras stores the states of its seed generators (Dropout, augmentation) in no file of its own,
nor the counters of callbacks: both stand here, beside the variables of model and optimizer.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files
from cnncli.errors import ModelError
from cnncli.runs.kinds import check
from cnncli.runs.schema import STATE

if TYPE_CHECKING:
    import numpy as np

VERSION = 1


@dataclass(frozen=True)
class State:
    """Named arrays, and what is no array (position, history, callbacks) as JSON values."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


class Still:
    """Variables that no step changes: their values are read once."""

    def __init__(self, variables: Sequence[Any] = ()) -> None:
        self._values: dict[int, np.ndarray | None] = {id(each): None for each in variables}

    def value(self, variable: Any) -> np.ndarray:
        """Return a copy of the value of any variable."""
        value = self._values.get(id(variable))
        if value is None:
            value = variable.numpy()
            if id(variable) in self._values:
                self._values[id(variable)] = value
        return value


def capture(
    groups: Mapping[str, Sequence[Any]], facts: Mapping[str, Any], still: Still | None = None
) -> State:
    """Copy the values of variables, by group and place, with names and shapes for checking."""
    value = (still or Still()).value
    arrays = {
        f"{group}/{index}": value(variable)
        for group, variables in groups.items()
        for index, variable in enumerate(variables)
    }
    paths = {group: [variable.path for variable in those] for group, those in groups.items()}
    return State(arrays, {**facts, "version": VERSION, "variables": paths})


def restore(state: State, groups: Mapping[str, Sequence[Any]]) -> None:
    """Give variables the values of a state; ModelError when they are not those it was made of."""
    for group, variables in groups.items():
        saved = state.facts["variables"].get(group, [])
        shapes = [state.arrays[f"{group}/{index}"].shape for index in range(len(saved))]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise ModelError(
                f"the saved state does not fit the network ({group}: {len(saved)} arrays saved, "
                f"{len(variables)} needed)",
                hint="The run's spec.yaml was changed, or another version of Keras is installed.",
            )
        for index, variable in enumerate(variables):
            values = state.arrays[f"{group}/{index}"]
            if values.dtype.kind == "V":  # bfloat16, which a .npz keeps as bytes
                values = values.view(variable.numpy().dtype)
            variable.assign(values)


def assign(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Give each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def write(path: Path, state: State) -> None:
    """Write a state whole or not at all; its folder appears with the first whole one."""
    if path.parent.is_dir():
        with files.replacing(path) as temporary:
            _write(temporary, state)
        return
    fresh = path.parent.with_name(f".{path.parent.name}-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        with files.replacing(fresh / path.name) as temporary:
            _write(temporary, state)
        fresh.rename(path.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read(path: Path) -> State | None:
    """Read a state, or return None where none was written yet.

    Raises ModelError for a file that is none of ours. Such a one takes no more memory than it
    has bytes: what is packed, or declares more than it holds, is refused.
    """
    if not path.exists():
        return None
    if not path.is_file():
        raise ModelError(f"{path}: is no regular file")
    try:
        size = path.stat().st_size
        with zipfile.ZipFile(path) as stored:
            arrays = {
                member.filename.removesuffix(".npy"): _array(stored, member, size)
                for member in stored.infolist()
            }
        facts = json.loads(arrays.pop("facts").tobytes())
    except (ValueError, KeyError, zipfile.BadZipFile, EOFError, OSError, RecursionError) as error:
        raise ModelError(
            f"{path}: no state of a run, or a damaged one ({error})",
            hint="Remove that file to begin the run again from its first epoch.",
        ) from error
    check(path, facts, STATE)
    if facts["version"] != VERSION:
        raise ModelError(f"{path}: written by another version of cnncli")
    for group, names in facts["variables"].items():
        missing = [i for i in range(len(names)) if f"{group}/{i}" not in arrays]
        if missing:
            raise ModelError(f"{path}: it holds no array {group}/{missing[0]}")
    return State(arrays, facts)


def _array(stored: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> np.ndarray:
    """Read one array; ValueError for one that would take more memory than it has bytes."""
    import numpy as np
    from numpy.lib import format as npy

    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is packed")
    with stored.open(member) as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(file)
        if math.prod(shape) * dtype.itemsize > min(member.file_size, most):
            raise ValueError(f"{member.filename} declares more than it holds")
    with stored.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _write(path: Path, state: State) -> None:
    import numpy as np

    facts = np.frombuffer(json.dumps(state.facts).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, **{"facts": facts, **state.arrays})  # type: ignore[arg-type]
