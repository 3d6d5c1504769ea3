"""Folders of images as people have them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np


def picture(number: int, height: int = 24, width: int = 32) -> np.ndarray:
    """A smooth picture, another for each number, uint8."""
    random = np.random.default_rng(number)
    coarse = random.integers(0, 256, (4, 5)).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


def classes(root: Path, counts: dict[str, int], ending: str = ".png") -> Path:
    """Make a folder for each class with so many pictures, all of them different."""
    number = 0
    for label, count in counts.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for place in range(count):
            write(root / label / f"{place:03}{ending}", picture(number))
            number += 1
    return root


def files(labels: Sequence[str]) -> list[str]:
    return [f"{label}/{number:04}.png" for number, label in enumerate(labels)]
