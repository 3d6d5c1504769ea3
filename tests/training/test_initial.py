"""Beginning with the weights of a file that may be anybody's."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.training import initial
from tests.network.foreign import head


def test_weights_that_are_packed_to_take_all_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        for name in ("0", "1"):
            group.create_dataset(name, (10**9,), "f4", chunks=(10**6,), fillvalue=1.0)
    keras = load_keras()
    model = keras.Sequential([keras.Input((12, 12, 1)), *head()])
    with pytest.raises(ModelError, match="declares far more than it holds"):
        initial.start_from(model, str(path))
