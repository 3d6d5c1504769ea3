"""`cnncli summary` against a Python script that builds the same model and prints its summary."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import rotate, run_process, verdict

SCRIPT = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from keras.layers import Conv2D, Dense, Dropout, GlobalAveragePooling2D, Input, MaxPool2D
from keras.models import Model
inputs = x = Input(shape=(256, 256, 1))
for index, (filters, size) in enumerate(
    [(8, 3), (8, 3), (12, 3), (12, 3), (20, 5), (20, 5), (50, 5)]
):
    x = Conv2D(filters=filters, kernel_size=size, padding="same", activation="relu")(x)
    if index < 6:
        x = MaxPool2D()(x)
x = GlobalAveragePooling2D()(x)
x = Dropout(0.6)(Dense(128, activation="relu")(x))
outputs = Dense(1, activation="sigmoid")(Dense(32, activation="relu")(x))
Model(inputs=inputs, outputs=outputs).summary()
"""


def _summary(cache: Path, *options: str) -> float:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    return run_process(
        [sys.executable, "-m", "cnncli", "summary", "lesson", *options], env=environment
    ).seconds


def main() -> bool:
    """The first time at most 1.1 times the script; from then on at least 10 times faster."""
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder, "full")

        def first() -> float:
            with tempfile.TemporaryDirectory(dir=folder) as empty:
                return _summary(Path(empty))

        measured = rotate(
            {
                "first time": first,
                "second time": lambda: _summary(full),
                "script": lambda: run_process([sys.executable, "-c", SCRIPT]).seconds,
            },
            rounds=7,
        )
    kept = [
        verdict(measured, "first time", "script", at_most=1.1),
        verdict(measured, "script", "second time", at_least=10),
    ]
    return all(kept)


if __name__ == "__main__":
    sys.exit(not main())
