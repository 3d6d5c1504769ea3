"""A `.keras` file as an archive of members: opened in one place, and read with bounds.

What it holds may be made by anybody, and may unpack to far more than the file itself.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError, UsageError

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
MEANING = "cnncli.json"  # of ours: what the outputs mean; Keras ignores members it does not know
ZIP_MAGIC = b"PK\x03\x04"
HDF5_MAGIC = b"\x89HDF"
# Each byte takes Keras up to 70 bytes and 1.3 microseconds; NASNetLarge has 0.8 million.
_LARGEST_CONFIG = 4_000_000
_MOST_MEMBERS = 10_000


@contextlib.contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a `.keras` file; whatever is wrong with it as an archive is a ModelError.

    Raises UsageError for Keras's older format, which may hold code.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    refuse_hdf5(path, first_bytes(path))
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_MEMBERS:
                raise ModelError(f"{path}: it holds too many parts to be a model")
            yield archive
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise _damaged(path, error) from error
    except RuntimeError as error:  # zipfile's own, of a member with a password
        if type(error) is not RuntimeError:
            raise
        raise _damaged(path, error) from error


def read_json(archive: zipfile.ZipFile, path: Path, name: str, limit: int) -> Any:
    """Return what the member `name` says; ModelError where it is no JSON, or over `limit` bytes."""
    if archive.getinfo(name).file_size > limit:
        raise ModelError(f"{path}: its {name} is too large to be true")
    try:
        return json.loads(archive.read(name))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: its {name} cannot be read: {error}") from error


def read_config(path: Path) -> dict[str, Any]:
    """Read how the model is made; ModelError where the file is none of Keras's."""
    with opened(path) as archive:
        if CONFIG not in archive.namelist():
            raise ModelError(f"{path}: it is not a .keras file: it holds no {CONFIG}")
        config = read_json(archive, path, CONFIG, _LARGEST_CONFIG)
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ModelError(f"{path}: its {CONFIG} describes no model")
    return config


def first_bytes(path: Path) -> bytes:
    """Return how a file begins, by which its format is known; b"" where it cannot be read."""
    if not path.is_file():  # a pipe can be read only once, by the reader of specs
        return b""
    try:
        with path.open("rb") as content:
            return content.read(len(ZIP_MAGIC))
    except OSError:  # who opens it next says why it cannot be read
        return b""


def refuse_hdf5(path: Path, begins: bytes) -> None:
    """Raise UsageError for a file that begins as one of Keras's older format does."""
    if begins == HDF5_MAGIC:
        raise UsageError(
            f"{path} is an HDF5 file, the older format of Keras, which may hold code: "
            "it is not opened",
            hint="If you trust it, save it in the newer format: "
            f'keras.models.load_model("{path}").save("model.keras")',
        )


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"{path}: it is not a .keras file, or a damaged one: {error}",
        hint="A trained network is a run directory or a .keras file.",
    )
