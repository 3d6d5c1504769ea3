"""How many labels that were made wrong `mistakes --suspects` finds: 5 % of them, three seeds.

    python -m benchmarks suspects           the digits of scikit-learn, lenet5, 8 epochs
    CNNCLI_BENCH_DATA=FOLDER CNNCLI_BENCH_GROUPS=REGEX python -m benchmarks suspects
                                            and a folder, with the lesson's network, 12 epochs

Prints for each seed how many of the flips are among the first tenth of the images, how many are
suspects, and how many suspects there are; the limit, on digits, is 80 % in the first tenth.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SEEDS = range(3)
SHARE = 0.05
LIMIT = 0.8
FOLDS = 5
Files = Sequence[tuple[Path, str]]  # each image with its class


def cnncli(*argv: object) -> str:
    command = [sys.executable, "-m", "cnncli", *map(str, argv), "--quiet"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def digits(folder: Path) -> Files:
    """Write the digits as images, and return them."""
    from PIL import Image
    from sklearn.datasets import load_digits

    folder.mkdir()
    made = load_digits()
    pixels = np.rint(made.images * 255 / 16).astype(np.uint8)
    paths = [folder / f"{number:04}.png" for number in range(len(pixels))]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    return list(zip(paths, map(str, made.target.tolist()), strict=True))


def of_folder(folder: Path) -> Files:
    """Return the images of a folder of classes."""
    return [(path, path.parent.name) for path in sorted(folder.glob("*/*")) if path.is_file()]


def plant(files: Files, folder: Path, seed: int) -> set[str]:
    """Copy images into class folders, SHARE of them into a wrong one; return those."""
    draws = np.random.default_rng(seed)
    classes = sorted({label for _, label in files})
    chosen = set(draws.choice(len(files), round(SHARE * len(files)), replace=False).tolist())
    wrong = set()
    for row, (path, label) in enumerate(files):
        if row in chosen:
            label = str(draws.choice([name for name in classes if name != label]))
            wrong.add(f"{label}/{path.name}")
        (folder / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / label / path.name)
    return wrong


def measure(name: str, files: Files, options: Sequence[str]) -> list[float]:
    """Return for each seed the share of the flips in the first tenth of the images."""
    shares = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as scratch:
            data, out = Path(scratch, "data"), Path(scratch, "cv")
            wrong = plant(files, data, seed)
            cnncli("crossval", data, "--folds", FOLDS, "--threads", 1, "--out", out, *options)
            said = json.loads(cnncli("mistakes", out, "--suspects", "--json"))
        found = [row["file"] in wrong for row in said["ranked"]]
        tenth, suspects = sum(found[: len(found) // 10]), sum(found[: said["suspects"]])
        shares.append(tenth / len(wrong))
        print(
            f"     {name}, seed {seed}: accuracy {said['accuracy']:.3f}; of {len(wrong)} flips "
            f"{tenth} in the first tenth of {len(found):,} images, {suspects} among "
            f"{said['suspects']:,} suspects",
            flush=True,
        )
    return shares


def main() -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        options = ("--arch", "lenet5", "--epochs", "8")
        kept = min(measure("digits", digits(Path(scratch, "digits")), options)) >= LIMIT
    print(f"{'ok  ' if kept else 'MISS'} digits: at least {LIMIT:.0%} in the first tenth")
    if folder := os.environ.get("CNNCLI_BENCH_DATA"):
        groups = os.environ.get("CNNCLI_BENCH_GROUPS")
        by = ["--group-by", groups] if groups else []
        measure("folder", of_folder(Path(folder)), ["--epochs", "12", *by])
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
