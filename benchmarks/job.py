"""The whole job: from the command to the written run with its pictures, against plain Keras.

700 drawn images of 512 x 512, 10 epochs of the lesson's network. Each candidate is a process of
its own; cnncli's cache of images is empty each time. CNNCLI_BENCH_IMAGES and
CNNCLI_BENCH_EPOCHS make it shorter, for trying the script.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from benchmarks.harness import rotate, run_process, verdict

IMAGES = int(os.environ.get("CNNCLI_BENCH_IMAGES", "700"))
EPOCHS = os.environ.get("CNNCLI_BENCH_EPOCHS", "10")
ROUNDS = int(os.environ.get("CNNCLI_BENCH_ROUNDS", "3"))
SHARES = (("train", 0.7225), ("validation", 0.1275), ("test", 0.15))


def draw(folder: Path, images: int = IMAGES) -> None:
    """Draw images of two classes: smooth noise, of which one class has a bright spot."""
    draws = np.random.default_rng(0)
    for part, share in SHARES:
        for name in ("normal", "spot"):
            place = folder / part / name
            place.mkdir(parents=True)
            for number in range(max(2, round(images / 2 * share))):
                coarse = draws.integers(0, 200, (64, 64)).astype(np.uint8)
                image = cv2.resize(coarse, (512, 512), interpolation=cv2.INTER_CUBIC)
                if name == "spot":
                    middle = tuple(int(v) for v in draws.integers(100, 412, 2))
                    cv2.circle(image, middle, 60, 255, -1)
                cv2.imwrite(str(place / f"{number:04}.png"), image)


def main() -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = folder / "data"
        draw(data)
        script = Path(__file__).with_name("plain_keras.py")
        out = folder / "out"

        def timed(*argv: object) -> float:
            shutil.rmtree(out, ignore_errors=True)
            shutil.rmtree(folder / "cache", ignore_errors=True)
            environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
            return run_process([sys.executable, *map(str, argv)], env=environment).seconds

        measured = rotate(
            {
                "cnncli": lambda: timed(
                    "-m", "cnncli", "train", data, "--epochs", EPOCHS, "--out", out
                ),
                "plain": lambda: timed(script, data, out, "--epochs", EPOCHS),
                "plain, cached": lambda: timed(script, data, out, "--epochs", EPOCHS, "--cache"),
            },
            ROUNDS,
        )
    kept = verdict(measured, "cnncli", "plain", at_most=0.85)
    return verdict(measured, "cnncli", "plain, cached", at_most=1.0) and kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
