"""`cnncli convolve` as a whole process, against the imports it needs and against ImageMagick.

ImageMagick is found as `magick`, or as the `convert` that says it is ImageMagick; without it
(`apt-get install imagemagick`) its ratios are left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.harness import ratio, rotate, run_process, verdict

SOBEL = "3x3:-1,0,1,-2,0,2,-1,0,1"
FLOOR = [sys.executable, "-c", "import typer, rich, numpy, cv2"]


def main() -> bool:
    """Print all ratios; tell whether each keeps to its limit."""
    magick = _magick()
    if magick is None:
        print("(ImageMagick is not installed: its times are left out)")
    with tempfile.TemporaryDirectory() as folder:
        kept = [
            _small(Path(folder), magick),
            _large(Path(folder), magick, channels=1),
            _large(Path(folder), magick, channels=3),
        ]
    return all(kept)


def _small(folder: Path, magick: list[str] | None) -> bool:
    image = _photo(folder, 512, 1)
    candidates: dict[str, Callable[[], float]] = {
        "cnncli 512": lambda: run_process(_ours(image)).seconds,
        "imports": lambda: run_process(FLOOR).seconds,
    }
    if magick:
        candidates["ImageMagick 512"] = lambda: run_process(_theirs(magick, image)).seconds
    measured = rotate(candidates, rounds=21)
    kept = verdict(measured, "cnncli 512", "imports", at_most=1.25)
    if magick:
        verdict(measured, "cnncli 512", "ImageMagick 512")
    return kept


def _large(folder: Path, magick: list[str] | None, channels: int) -> bool:
    image = _photo(folder, 4000, channels)
    name = f"4000 x 4000 x {channels}"
    as_float32 = 4000 * 4000 * channels * 4
    peaks: list[int] = []

    def ours() -> float:
        process = run_process(_ours(image))
        peaks.append(process.peak_bytes)
        return process.seconds

    candidates: dict[str, Callable[[], float]] = {f"cnncli {name}": ours}
    if magick:
        candidates[f"ImageMagick {name}"] = lambda: run_process(_theirs(magick, image)).seconds
    measured = rotate(candidates, rounds=5)
    share = max(peaks) / as_float32
    print(f"{'ok  ' if share <= 6 else 'MISS'} peak memory: {share:.2f} x the image as float32")
    if not magick:
        return share <= 6
    verdict(measured, f"cnncli {name}", f"ImageMagick {name}", at_most=0.5)
    return share <= 6 and ratio(measured, f"cnncli {name}", f"ImageMagick {name}") <= 0.5


def _ours(image: Path) -> list[str]:
    output = str(image.with_name("ours.png"))
    return [
        *(sys.executable, "-m", "cnncli", "convolve", str(image)),
        *("--kernel", "sobel", "--quiet", "--force", "-o", output),
    ]


def _theirs(magick: list[str], image: Path) -> list[str]:
    output = str(image.with_name("theirs.png"))
    return [*magick, str(image), "-morphology", "Convolve", SOBEL, output]


def _photo(folder: Path, side: int, channels: int) -> Path:
    """Write a real photograph of `side` x `side` pixels."""
    import cv2

    from cnncli.images import reader

    pixels = reader.read("sample:china").pixels[:, :, ::-1]
    scaled = cv2.resize(np.ascontiguousarray(pixels), (side, side), interpolation=cv2.INTER_CUBIC)
    if channels == 1:
        scaled = cv2.cvtColor(scaled, cv2.COLOR_BGR2GRAY)
    path = folder / f"photo-{side}-{channels}.png"
    cv2.imwrite(str(path), scaled)
    return path


def _magick() -> list[str] | None:
    """Return the command of a real ImageMagick."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for name in ("magick", "convert"):
        for folder in folders:
            program = Path(folder, name)
            if program.is_file() and os.access(program, os.X_OK) and _is_real(program):
                return [str(program)]
    return None


def _is_real(program: Path) -> bool:
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    return said.stdout.startswith("Version: ImageMagick")


if __name__ == "__main__":
    sys.exit(not main())
