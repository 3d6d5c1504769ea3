"""`cnncli explain`: one image against `predict` of it; the memory of 200 images against 40.

Whole commands, with the lesson's network, trained for one epoch.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.data_memory import peak
from benchmarks.harness import rotate, run_process, verdict
from benchmarks.images import class_folders

FEW, MANY = 40, 200
METHODS = ("grad-cam", "grad-cam-plus-plus", "hires-cam", "occlusion", "gradient")


def main() -> bool:
    """One image by Grad-CAM, its sanity known from before, at most 1.3 times predict; 200 by five
    methods in constant memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environment = os.environ | {"XDG_CACHE_HOME": str(root / "cache")}
        class_folders(root / "few", FEW, 512)
        class_folders(root / "many", MANY, 512)
        cnncli = [sys.executable, "-m", "cnncli"]
        train = ["train", str(root / "few"), "--epochs", "1", "--out", str(root / "run"), "--quiet"]
        subprocess.run([*cnncli, *train], env=environment, check=True, capture_output=True)
        run, image = str(root / "run"), str(root / "few" / "class0" / "000000.png")
        drawn = ["-o", str(root / "picture.png"), "--force"]
        checked = ["explain", run, image, "-m", "grad-cam", "--sanity", *drawn]
        subprocess.run([*cnncli, *checked], env=environment, check=True, capture_output=True)

        def seconds(*words: str) -> float:
            return run_process([*cnncli, *words], env=environment).seconds

        measured = rotate(
            {
                "explain": lambda: seconds("explain", run, image, "-m", "grad-cam", *drawn),
                "predict": lambda: seconds("predict", run, image),
            },
            rounds=7,
        )
        kept = verdict(measured, "explain", "predict", at_most=1.3)
        ways = [word for name in METHODS for word in ("-m", name)]
        stored = [*drawn, "--raw", str(root / "maps.npz")]
        few, many = (
            peak([*cnncli, "explain", run, str(root / which), *ways, *stored], environment)
            for which in ("few", "many")
        )
    kept_memory = many <= 1.1 * few
    print(
        f"{'ok  ' if kept_memory else 'MISS'} memory of {MANY} images / {FEW}: {many / few:.3f} "
        f"(at most 1.1)  [{many / 1e6:.0f} MB / {few / 1e6:.0f} MB]"
    )
    return kept and kept_memory


if __name__ == "__main__":
    sys.exit(not main())
