"""Addresses of workers: HOST:PORT."""

from __future__ import annotations


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT; ValueError for what is none."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError(address)
    host = host.removeprefix("[").removesuffix("]")
    host.encode("idna")  # as it is looked up; a ValueError for a..b
    return host, int(port)
