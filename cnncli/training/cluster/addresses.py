"""Addresses of workers: HOST:PORT."""

from __future__ import annotations


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT; ValueError for what is none."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError(address)
    return host.removeprefix("[").removesuffix("]"), int(port)
