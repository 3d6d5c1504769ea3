"""Memory does not grow with the folder: 60,000 images of 256 x 256 against 6,000."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.images import class_folders

DIFFERENT = 200
SMALL, LARGE = 6_000, 60_000


def peak(folder: Path) -> int:
    """Read, split and go through one epoch in batches beside TensorFlow; return peak RssAnon.

    Anonymous memory only: pages of the mapped array are the system's to take back.
    """
    from cnncli.data.dataset import load
    from cnncli.data.index import find
    from cnncli.data.order import order
    from cnncli.data.split import split
    from cnncli.images.prepare import Target
    from cnncli.network.backend import load_keras

    load_keras()
    highest, done = [0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            status = Path("/proc/self/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            highest[0] = max(highest[0], int(line.split()[1]) * 1024)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    read = load(find(folder), Target(256, 256, 1))
    rows = split(read.items, digests=None).rows("train")
    chosen = order(0, 1, len(rows))
    total = sum(
        int(read.pixels[rows[chosen[at : at + 64]]].sum()) for at in range(0, len(rows), 64)
    )
    assert total > 0
    done.set()
    watcher.join()
    return highest[0]


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
        peaks = {}
        for count in (SMALL, LARGE):
            links(root / str(count), pictures, count)
            argv = [sys.executable, "-m", "benchmarks.data_memory", str(root / str(count))]
            environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
            done = subprocess.run(
                argv, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            peaks[count] = int(done.stdout.split()[-1])
    grown = peaks[LARGE] / peaks[SMALL]
    print(
        f"{'ok  ' if grown <= 1.1 else 'MISS'} peak anonymous memory for {LARGE:,} / {SMALL:,} "
        f"images: {grown:.3f} (at most 1.1)  "
        f"[{peaks[LARGE] / 2**20:.0f} MiB / {peaks[SMALL] / 2**20:.0f} MiB]"
    )
    return grown <= 1.1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(peak(Path(sys.argv[1])))
    else:
        sys.exit(not main())
