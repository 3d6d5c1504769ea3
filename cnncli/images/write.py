"""Pictures and raw values into files, by the ending of the name."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncli.errors import DataError
from cnncli.images.opencv import load_cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


def picture(path: Path, pixels: NDArray[np.uint8], ending: str) -> None:
    """Write pixels (height x width x 1 or 3, RGB) in the format that `ending` (".png") names."""
    path.write_bytes(_encoded(ending, pixels))


def raw(path: Path, values: NDArray[np.float32], ending: str) -> None:
    """Write float32 values unscaled: .npy, .tif (32 bits a value) or .csv (one channel)."""
    plane = values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values
    if ending == ".npy":
        with path.open("wb") as file:
            np.save(file, plane)
    elif ending == ".csv":
        text = io.StringIO()
        np.savetxt(text, plane, fmt="%.9g", delimiter=",")
        path.write_text(text.getvalue(), encoding="ascii")
    else:
        path.write_bytes(_encoded(ending, values))


def _encoded(ending: str, pixels: NDArray[Any]) -> bytes:
    # Encoded in memory: OpenCV's own writer crashes on a name that is not valid UTF-8.
    cv2 = load_cv2()
    ordered = pixels if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    try:
        done, data = cv2.imencode(ending, ordered)
    except cv2.error:
        done = False
    if not done:
        size = f"{pixels.shape[1]:,} x {pixels.shape[0]:,}"
        raise DataError(f"a picture of {size} pixels cannot be written as {ending}")
    return bytes(data)
