"""Real images that come with the dependencies: `sample:china`, and the digits of scikit-learn."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

PREFIX = "sample:"
# Where each stands in an installed package; read from there, because importing scikit-learn
# or Matplotlib for a picture takes a second.
FILES = {
    "china": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "portrait": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "mri": ("matplotlib", "mpl-data/sample_data/s1045.ima.gz"),
}
ABOUT = {
    "china": "a temple in colour, 427 x 640 (scikit-learn)",
    "flower": "a dahlia in colour, 427 x 640 (scikit-learn)",
    "portrait": "Grace Hopper in colour, 600 x 512 (Matplotlib)",
    "mri": "a slice of a head in 16 bits of grey, 256 x 256 (Matplotlib)",
}
_DIGITS_FILE = ("sklearn", "datasets/data/digits.csv.gz")


def is_sample(source: object) -> bool:
    """Whether `source` names a sample rather than a file."""
    return isinstance(source, str) and source.startswith(PREFIX)


def content(name: str) -> bytes:
    """Return the file of the sample image `name` ("china"); of "mri", a PGM of its values."""
    if name not in FILES:
        known = ", ".join(f"{PREFIX}{each}" for each in FILES)
        raise UsageError(f"there is no sample image {PREFIX}{name}", hint=f"There are: {known}")
    data = _file(*FILES[name]).read_bytes()
    if name == "mri":
        import gzip

        return _mri(gzip.decompress(data))
    return data


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's 1,797 digits, uint8 (N x 8 x 8 x 1, 0..255), and their labels.

    Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (1998). The
    values, 0..16 in the file, are spread over 0..255.
    """
    import gzip

    import numpy as np

    with gzip.open(_file(*_DIGITS_FILE), "rt") as table:
        rows = np.loadtxt(table, delimiter=",", dtype=np.int64)
    images = np.rint(rows[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    images.setflags(write=False)
    return images, rows[:, -1]


def _file(package: str, path: str) -> Path:
    spec = find_spec(package)
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        file = Path(folder) / path
        if file.is_file():
            return file
    raise DataError(f"the installed {package} has no {path}, which this sample is read from")


def _mri(values: bytes) -> bytes:
    # 256 x 256, 16 bits, read as Matplotlib's own examples read it; a PGM is big-endian.
    import numpy as np

    pixels = np.frombuffer(values, "<u2").astype(">u2")
    return b"P5\n256 256\n65535\n" + pixels.tobytes()
