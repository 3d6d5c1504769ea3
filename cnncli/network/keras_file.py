"""Models in `.keras` files: untrusted, so checked before anything of them is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.faults import describe
from cnncli.network.parameters import DEFAULT_BOUND


def load(path: Path, *, max_params: int = DEFAULT_BOUND) -> Any:
    """Load the model of a `.keras` file, without what it was compiled with."""
    keras = load_keras()
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except MemoryError:
        raise
    except Exception as error:
        raise ModelError(f"{path}: Keras cannot load it: {describe(error)}") from error
