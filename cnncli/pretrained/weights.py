"""Weights that stand on the net: how they are known, where they are kept, if they are whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cnncli.cache import WEIGHTS
from cnncli.errors import UsageError

# Another server with the same paths, as institutes behind a firewall have one.
MIRROR = "CNNCLI_WEIGHTS_MIRROR"
_SHA256_DIGITS = 64


@dataclass(frozen=True)
class Weights:
    """A file of weights: its name, its address, and its MD5 or SHA-256 where that is known."""

    name: str
    address: str
    digest: str | None = None

    @property
    def place(self) -> Path:
        """Where it is kept."""
        return WEIGHTS.folder / self.name

    @property
    def asked_at(self) -> str:
        """The address to fetch it from: its own, or that of a mirror.

        Raises UsageError where the mirror is no address.
        """
        mirror = os.environ.get(MIRROR, "").rstrip("/")
        if not mirror:
            return self.address
        own, other = urlsplit(self.address), urlsplit(mirror)
        if other.scheme not in ("http", "https") or not other.netloc:
            raise UsageError(f"{MIRROR}={mirror} is no address: it begins with https:// or http://")
        return urlunsplit((other.scheme, other.netloc, other.path + own.path, "", ""))

    def found(self) -> Iterator[Path]:
        """Yield the places where it may stand already: ours, then that of Keras."""
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        for place in (self.place, home / "models" / self.name):
            if place.is_file():
                yield place

    def is_whole(self, path: Path) -> bool:
        """Whether a file holds these weights, as far as a digest tells it."""
        if self.digest is None:
            return True
        algorithm = "sha256" if len(self.digest) == _SHA256_DIGITS else "md5"
        return digest_of(path, algorithm) == self.digest.lower()


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """Return the digest of what a file holds, in hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()
