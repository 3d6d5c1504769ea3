"""Memory does not grow with the folder: `cnncli train` on 60,000 images against 6,000.

Images of 256 x 256, a small network, one epoch; the whole process, from the index of the folder to
the figures on the test part.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.images import class_folders

DIFFERENT = 200
SMALL, LARGE = 6_000, 60_000
SPEC = """\
input: [256, 256, 1]
preprocess: standardize
layers:
  - Conv2D: {filters: 4, kernel_size: 8, strides: 8, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: 10, activation: softmax}
training: {epochs: 1, batch_size: 64}
"""


def peak(argv: list[str], environment: dict[str, str]) -> int:
    """Run a command; return its peak anonymous memory in bytes.

    Pages of the mapped array are not in it: they are the system's to take back.
    """
    child = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)
    status, highest = Path(f"/proc/{child.pid}/status"), 0
    while child.poll() is None:
        line = next((row for row in status.read_text().splitlines() if "RssAnon" in row), "0 0")
        highest = max(highest, int(line.split()[1]) * 1024)
        time.sleep(0.02)
    if child.returncode:
        raise RuntimeError(f"{' '.join(argv)} failed")
    return highest


def links(root: Path, pictures: list[Path], count: int) -> None:
    """Make `count` files that are hard links to a few pictures: as many paths, less disk."""
    for number in range(count):
        folder = root / f"class{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        os.link(pictures[number % len(pictures)], folder / f"{number:06}.png")


def main() -> bool:
    """Needs 5 GB of disk for the array of 60,000 images."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        class_folders(root / "pictures", DIFFERENT, 256)
        pictures = sorted((root / "pictures").rglob("*.png"))
        (root / "small.yaml").write_text(SPEC)
        environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
        peaks = {}
        for count in (SMALL, LARGE):
            links(root / str(count), pictures, count)
            argv = [sys.executable, "-m", "cnncli", "train", root / str(count), "--quiet"]
            argv += ["--arch", root / "small.yaml", "--out", root / f"run-{count}"]
            peaks[count] = peak([str(part) for part in argv], environment)
    grown = peaks[LARGE] / peaks[SMALL]
    print(
        f"{'ok  ' if grown <= 1.1 else 'MISS'} peak anonymous memory for {LARGE:,} / {SMALL:,} "
        f"images: {grown:.3f} (at most 1.1)  "
        f"[{peaks[LARGE] / 2**20:.0f} MiB / {peaks[SMALL] / 2**20:.0f} MiB]"
    )
    return grown <= 1.1


if __name__ == "__main__":
    sys.exit(not main())
