"""What an export format is that another program runs: written, opened, and added to."""

from __future__ import annotations

import errno
import json
import mmap
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnncli.errors import ModelError
from cnncli.exporters.network import Network
from cnncli.network.exported import Exported

ROOM = 250  # bytes that are kept free for what the check finds, which Netron shows below 256


def fill(path: Path, texts: Mapping[str, str]) -> None:
    """Put texts into the rooms that were kept for them, so that the file stays as it was checked.

    A room is a text that is found in the file: `room()`.
    """
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as held:
        for before, text in texts.items():
            place = held.find(before.encode("ascii"))
            if place < 0 or len(text) > ROOM:
                raise ModelError(f"{path}: holds no room for {text}")
            held[place : place + ROOM] = text.ljust(ROOM).encode("ascii")


def room() -> str:
    """Return a text of ASCII JSON that no other file has."""
    return json.dumps(f"to be filled {uuid.uuid4()}").ljust(ROOM)


@dataclass(frozen=True)
class Format:
    """One format: `write(network, path, quantize)`, `load(path)` in its own runtime.

    `fill(path, {room: text})` puts texts into the rooms that stood among those of the network.
    """

    write: Callable[[Network, Path, str | None], None]
    load: Callable[[Path], Exported]
    fill: Callable[[Path, Mapping[str, str]], None] = fill


def no_room(path: Path) -> OSError:
    """Return the error of a full disk, for programs that tell of it in words of their own."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
