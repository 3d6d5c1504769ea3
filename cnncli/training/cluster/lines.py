"""Lines between workers: messages as JSON or bytes over TCP, each after its length."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct(">Q")
SHORT = 1 << 20  # bytes that a stranger may send


class Broken(Exception):
    """The other end has gone, or speaks something else."""


def send(line: socket.socket, message: Any) -> None:
    """Send a message: bytes as they are, anything else as JSON. Raises Broken."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    try:
        line.sendall(_LENGTH.pack(len(data)))
        line.sendall(data)
    except OSError as error:
        raise Broken(str(error)) from error


def receive(line: socket.socket, most: int | None = None) -> bytes:
    """Return the next message. Raises Broken, and for one that is longer than `most`."""
    (length,) = _LENGTH.unpack(_read(line, _LENGTH.size))
    if most is not None and length > most:
        raise Broken("that is no message of a worker")
    return _read(line, length)


def receive_json(line: socket.socket, most: int | None = None) -> Any:
    """Return the next message, which is JSON. Raises Broken."""
    try:
        return json.loads(receive(line, most))
    except ValueError as error:
        raise Broken("that is no message of a worker") from error


def _read(line: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        try:
            part = line.recv(min(length - len(parts), SHORT))
        except OSError as error:
            raise Broken(str(error)) from error
        if not part:
            raise Broken("the other end has closed the line")
        parts += part
    return bytes(parts)


class Inbox:
    """Short messages of a line that is looked at now and then, and never waited for."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._pending = line, b""

    def read(self) -> list[Any]:
        """Return what has come since; raises Broken where the line has ended.

        To be called where something can be read.
        """
        try:
            part = self._line.recv(SHORT)
        except OSError as error:
            raise Broken(str(error)) from error
        if not part:
            raise Broken("the other end has closed the line")
        self._pending += part
        found = []
        while len(self._pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack(self._pending[: _LENGTH.size])
            end = _LENGTH.size + length
            if len(self._pending) < end:
                break
            found.append(json.loads(self._pending[_LENGTH.size : end]))
            self._pending = self._pending[end:]
        return found
