"""`cnncli predict MODEL DIR` of many small files: against Keras, and its memory as they grow more.

The peer is a whole Python script: it loads the same model, decodes all files with OpenCV into one
array, predicts that in batches with `model.predict`, and writes the same table. (It has the rows
in memory, and their last digits depend on the batches; cnncli has neither.)
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.data_memory import peak
from benchmarks.harness import rotate, run_process, verdict

COUNT = int(os.environ.get("CNNCLI_BENCH_IMAGES", "10000"))
SIDE = 32  # of the pictures
ARCHITECTURES = ("lenet5", "lesson")
KERAS = """
import csv, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from pathlib import Path
import cv2
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1], compile=False)
files = sorted(Path(sys.argv[2]).rglob("*.png"))
_, height, width, channels = model.input_shape
pixels = np.empty((len(files), height, width, channels), np.float32)
for place, file in enumerate(files):
    image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    how = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
    pixels[place] = cv2.resize(image, (width, height), interpolation=how)[:, :, None]
chances = model.predict(pixels, batch_size=32, verbose=0)
with open(sys.argv[3], "w", newline="") as table:
    rows = csv.writer(table)
    for file, row in zip(files, chances):
        rows.writerow([file, row.argmax(), row.max(), *row])
"""


def pictures(root: Path, count: int) -> None:
    """Write `count` small grey PNG files, no two alike, in ten folders."""
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = random.integers(0, 256, (SIDE // 4, SIDE // 4), np.uint8)
        picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        folder = root / f"{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def main() -> bool:
    """At most 1.1 of decoding and Keras; ten times the images take at most 1.1 of the memory."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        pictures(root / "many", COUNT)
        kept = [_speed(root, arch) for arch in ARCHITECTURES]
        pictures(root / "more", 10 * COUNT)
        return _memory(root) and all(kept)


def _speed(root: Path, arch: str) -> bool:
    model, many, table = (str(root / name) for name in (f"{arch}.keras", "many", "table.csv"))
    _python("-m", "cnncli", "export", arch, "-o", model)
    ours = ("-m", "cnncli", "predict", model, many, "-o", table, "--force")
    measured = rotate(
        {
            f"predict, {arch}": lambda: _python(*ours),
            "decoding and Keras": lambda: _python("-c", KERAS, model, many, table),
        },
        rounds=5,
    )
    return verdict(measured, f"predict, {arch}", "decoding and Keras", at_most=1.1)


def _memory(root: Path) -> bool:
    peaks = [_peak(root / "lenet5.keras", root / name) for name in ("many", "more")]
    grown = peaks[1] / peaks[0]
    print(
        f"{'ok  ' if grown <= 1.1 else 'MISS'} peak anonymous memory for {10 * COUNT:,} / "
        f"{COUNT:,} images: {grown:.3f} (at most 1.1)  "
        f"[{peaks[1] / 2**20:.0f} MiB / {peaks[0] / 2**20:.0f} MiB]"
    )
    return grown <= 1.1


def _peak(model: Path, images: Path) -> int:
    argv = ["-m", "cnncli", "predict", str(model), str(images), "--format", "csv", "--quiet"]
    return peak([sys.executable, *argv], dict(os.environ))


def _python(*arguments: str) -> float:
    return run_process([sys.executable, *arguments]).seconds


if __name__ == "__main__":
    sys.exit(not main())
