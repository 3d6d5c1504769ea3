"""The one file that a killed run goes on from: everything that its future depends on.

Keras stores the states of its seed generators (Dropout, augmentation) in no file of its own,
nor the counters of callbacks: both stand here, beside the variables of model and optimizer.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files
from cnncli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

VERSION = 1


@dataclass(frozen=True)
class State:
    """Named arrays, and what is no array (position, history, callbacks) as JSON values."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


def capture(groups: Mapping[str, Sequence[Any]], facts: Mapping[str, Any]) -> State:
    """Copy the values of variables, by group and place, with names and shapes for checking."""
    arrays = {
        f"{group}/{index}": variable.numpy()
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
    """Read a state, or return None where none was written yet."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != "facts"}
            facts = json.loads(stored["facts"].tobytes())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise ModelError(
            f"{path}: no state of a run, or a damaged one ({error})",
            hint="Remove that file to begin the run again from its first epoch.",
        ) from error
    if facts.get("version") != VERSION:
        raise ModelError(f"{path}: written by another version of cnncli")
    return State(arrays, facts)


def _write(path: Path, state: State) -> None:
    import numpy as np

    facts = np.frombuffer(json.dumps(state.facts).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, **{"facts": facts, **state.arrays})  # type: ignore[arg-type]
