"""Quality equals Keras's: the same recipe on the same split and pixels, over five seeds.

    python -m benchmarks quality            the digits of scikit-learn
    CNNCLI_BENCH_DATA=FOLDER python -m benchmarks quality    and a folder, with the lesson's network

Prints the test accuracy for each seed, and whether the means differ by less than the spread of
the seeds explains (twice the standard error of the difference).
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SEEDS = range(1, 6)


def cnncli(*argv: object) -> None:
    command = [sys.executable, "-m", "cnncli", *map(str, argv), "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def plain(code: str, folder: Path, seed: int, epochs: int, batch: int) -> float:
    """Train the network that `code` builds with `fit`, and return its test accuracy."""
    import keras

    scope: dict = {}
    keras.utils.set_random_seed(seed)
    exec(compile(code, "network.py", "exec"), scope)
    network = next(v for v in scope.values() if isinstance(v, keras.Model))
    pixels = np.load(folder / "pixels.npy").astype(np.float32)
    deviation = pixels.std(axis=(1, 2, 3), keepdims=True)
    pixels = (pixels - pixels.mean(axis=(1, 2, 3), keepdims=True)) / np.maximum(deviation, 1e-3)
    names, labels, parts = _split(folder)
    units = network.output_shape[-1]
    targets = np.array([names.index(label) for label in labels])
    loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
    network.compile(_optimizer(folder), loss, metrics=["accuracy"])
    best = folder / "plain.keras"
    keep = keras.callbacks.ModelCheckpoint(best, monitor="val_loss", save_best_only=True)

    def of(part: str) -> tuple[np.ndarray, np.ndarray]:
        rows = [i for i, name in enumerate(parts) if name == part]
        return pixels[rows], targets[rows]

    network.fit(
        *of("train"), validation_data=of("validation"), epochs=epochs, batch_size=batch,
        callbacks=[keep], verbose=0,
    )  # fmt: skip
    chances = keras.models.load_model(best).predict(of("test")[0], verbose=0)
    said = chances[:, 0] > 0.5 if units == 1 else chances.argmax(axis=1)
    return float((said == of("test")[1]).mean())


def _split(folder: Path) -> tuple[list[str], list[str], list[str]]:
    with (folder / "run" / "split.csv").open(newline="") as file:
        part = {row["file"]: row["split"] for row in csv.DictReader(file)}
    with (folder / "pixels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row["label"] for row in rows]
    return sorted(set(labels)), labels, [part[row["file"]] for row in rows]


def _optimizer(folder: Path) -> object:
    import keras

    from cnncli.network.objects import make
    from cnncli.spec import load_file

    thing = load_file(folder / "run" / "spec.yaml").training.optimizer
    return make(thing, "optimizer") if thing is not None else keras.optimizers.Adam()


def compare(name: str, data: str, arch: str, epochs: int) -> bool:
    """Print a table of both for each seed; return whether the means agree."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for seed in SEEDS:
            run = folder / "run"
            options = ("--arch", arch, "--epochs", epochs, "--seed", seed, "--out", run, "--force")
            cnncli("train", data, *options)
            cnncli("data", data, "--arch", run, "--array", folder / "pixels.npy", "--force")
            code = subprocess.run(
                [sys.executable, "-m", "cnncli", "export", str(run), "--format", "python"],
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
            ours = json.loads((run / "metrics.json").read_text())["test"]["accuracy"]
            batch = json.loads((run / "run.json").read_text())["batch_size"]
            rows.append((ours, plain(code, folder, seed, epochs, batch)))
            print(f"     {name}, seed {seed}: cnncli {rows[-1][0]:.4f}, Keras {rows[-1][1]:.4f}")
    columns = list(zip(*rows, strict=True))
    means = [statistics.mean(column) for column in columns]
    error = (sum(statistics.variance(column) for column in columns) / len(rows)) ** 0.5
    kept = abs(means[0] - means[1]) <= 2 * error
    print(
        f"{'ok  ' if kept else 'MISS'} {name}: cnncli {means[0]:.4f}, Keras {means[1]:.4f} "
        f"(standard error of the difference {error:.4f})"
    )
    return kept


def main() -> bool:
    kept = compare("digits", "sample:digits", "lenet5", 8)
    folder = os.environ.get("CNNCLI_BENCH_DATA")
    return (compare("folder", folder, "lesson", 12) if folder else True) and kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
